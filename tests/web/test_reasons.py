"""The sentences of `explain`: each against the decision that it speaks of, planned by the planner itself."""

import re
from fractions import Fraction

import numpy as np
import pytest

from imgcdn.gravity import choosing, content, importance, smart
from imgcdn.gravity.resolver import ChainResolver
from imgcdn.model.analysis import Candidate, Finding, Focus, Look, Override, Trial
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.media import Format, Preview, SourceInfo
from imgcdn.model.spec import Colour, FacePreset, Fit, Rect, Spec
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits
from imgcdn.web.reasons import held, reasons

SIZE = Size(1200, 800)
PHOTO = SourceInfo("jpegload", SIZE, 1, 1, False, False, 8, False, False)
ANNE, BERT = Region(0.1, 0.2, 0.1, 0.15, 0.97), Region(0.8, 0.3, 0.1, 0.15, 0.88)
DOUBT = Region(0.45, 0.3, 0.05, 0.1, 0.3)
TALL = Spec(width=100, height=300)


def told(spec: Spec, focus: Focus | None, source: SourceInfo = PHOTO) -> list[str]:
    plan = planner.plan(spec, source, focus, Format.JPEG, Limits(), Encoding())
    return reasons(spec, plan, focus, planner.upright_size(spec, source))


async def resolved(spec: Spec, *faces: Region, override: Override | None = None) -> Focus:
    """Ask the resolver with a face engine that found these, and no other engine."""

    async def look(question: Look) -> Finding:
        return Finding(question.engine, faces=faces) if question.engine == "face" else Finding(question.engine)

    upright = planner.upright_size(spec, PHOTO)
    region = planner.region_of(spec, upright)
    aspect = planner.wanted_aspect(spec, upright, Limits())
    assert aspect is not None
    return await ChainResolver().focus(spec, region, upright, aspect, look, override)


def weighed(engine="auto", score=0.7, confidence=0.5, seen=(), **parts) -> Focus:
    parts = {"saliency": 0.6, "faces": 0.2, "away": -0.005} | parts
    best = Candidate(Region(0.1, 0.0, 0.2, 1.0, score), score, parts, 0.91)
    other = Candidate(Region(0.6, 0.0, 0.2, 1.0, 0.5), 0.5, parts | {"faces": 0.05, "away": -0.005}, 0.84)
    trial = Trial(engine, "used", 3.0, len(seen), tuple(seen), 201)
    return Focus(
        best.window.centre, engine, confidence, tried=(Trial("override", "none"), trial), candidates=(best, other)
    )


# how much of it is in the window


@pytest.mark.parametrize(
    ("window", "state"),
    [
        (Box(0, 0, 1200, 800), "whole"),
        (Box(120, 160, 120, 120), "whole"),
        (Box(121, 161, 118, 118), "whole"),
        (Box(122, 160, 120, 120), "cut"),
        (Box(0, 0, 130, 800), "cut"),
        (Box(240, 0, 300, 800), "outside"),
        (Box(0, 280, 1200, 300), "outside"),
    ],
)
def test_a_face_is_whole_cut_or_outside_but_for_a_pixel_of_rounding(window, state):
    assert held(ANNE, window, SIZE) == state


# nothing to choose


def test_a_picture_that_is_not_cropped_is_said_to_be_kept_by_its_fit():
    assert told(Spec(width=100), None) == ["nothing is cut away: fit=inside keeps all of the picture"]
    assert told(Spec(width=100, height=100, fit=Fit.CONTAIN, background=Colour(0, 0, 0)), None) == [
        "nothing is cut away: fit=contain keeps all of the picture"
    ]


def test_a_picture_of_the_shape_asked_for_is_said_to_have_it():
    assert told(Spec(width=300, height=200), None) == [
        "nothing is cut away: the picture has the shape 3:2 that is asked for"
    ]
    rect = Spec(width=300, height=300, rect=Rect(0, 0, 500, 500))
    assert told(rect, None) == ["nothing is cut away: the part that rect names has the shape 1:1 that is asked for"]


# who decided


async def test_who_was_asked_in_vain_comes_first_with_the_reason():
    spec = Spec(width=100, height=300, gravity=("face", "west"))
    sentences = told(spec, await resolved(spec, DOUBT))
    assert sentences[:2] == [
        "face did not decide: 1 face, not as sure as face_min=0.5",
        "west is next in the list, and names a place",
    ]


async def test_a_place_asked_for_by_name_is_not_called_a_way_out():
    spec = Spec(width=100, height=300, gravity=("north",))
    assert told(spec, await resolved(spec))[0] == "north names a place, so no engine was asked"


async def test_the_middle_after_everybody_failed_is_called_one():
    spec = Spec(width=100, height=300, gravity=("entropy",))
    sentences = told(spec, await resolved(spec))
    assert sentences[:2] == [
        "entropy did not decide: found nothing",
        "nobody decided, so the window stays in the middle",
    ]


async def test_an_override_and_a_focal_point_are_named():
    override = await resolved(TALL, ANNE, override=Override(Point(0.5, 0.5), "", 0.0))
    assert told(TALL, override)[0] == "an art director's override decided; it beats every engine"
    spec = Spec(width=100, height=300, focal_point=Point(0.5, 0.5))
    assert told(spec, await resolved(spec)) == [
        "fp names the point, so no engine was asked",
        "the window has the shape 1:3 and all of the height of the picture",
        "the window is centred on 0.500, 0.500",
    ]


async def test_a_point_near_an_edge_is_not_said_to_be_in_the_middle_of_the_window():
    spec = Spec(width=100, height=300, focal_point=Point(0.01, 0.5))
    assert told(spec, await resolved(spec))[-1] == "the window is centred on 0.010, 0.500, as nearly as the edges allow"


# faces


async def test_the_faces_that_decided_are_counted_as_they_lie_in_the_window():
    spec = Spec(width=100, height=300, gravity=("faces",))
    focus = await resolved(spec, ANNE, BERT, DOUBT)
    sentences = told(spec, focus)
    assert sentences[0].startswith("faces decided: 2 faces were found with a confidence of face_min=0.5 or more")
    assert sentences[1] == "of the 2 faces that decided 1 is whole in the window, 1 is outside of it"
    wide = Spec(width=300, height=100, gravity=("faces",))
    assert "of the 2 faces that decided 2 are whole in the window" in told(wide, await resolved(wide, ANNE, BERT))


async def test_a_lone_face_that_no_window_of_the_shape_can_hold_is_said_to_be_cut():
    large = Region(0.2, 0.1, 0.6, 0.8, 0.9)
    spec = Spec(width=30, height=300, gravity=("face",))
    assert "the face that decided is cut at its edge" in told(spec, await resolved(spec, large))


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (1, "face_index=1 counts by size and takes the one with a confidence of 0.97"),
        (2, "face_index=2 counts by size and takes the one with a confidence of 0.88"),
        (3, "face_index=3 is beyond the last and changes nothing"),
    ],
)
async def test_a_face_taken_by_its_number_is_named_by_its_confidence(index, text):
    larger = Region(0.1, 0.2, 0.11, 0.16, 0.97)
    spec = Spec(width=100, height=300, gravity=("face",), face_index=index)
    assert text in told(spec, await resolved(spec, larger, BERT))[0]


# size


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (Spec(width=100, height=300), "the window has the shape 1:3 and all of the height of the picture"),
        (Spec(width=1920, height=1080), "the window has the shape 16:9 and all of the width of the picture"),
        (Spec(width=3, height=4000), "the window has the shape 3:4000 and all of the height of the picture"),
        (Spec(width=1000, height=1667), "the window has the shape of about 3:5 and all of the height of the picture"),
        (Spec(width=4000, height=3), "the window has the shape 4000:3 and all of the width of the picture"),
        (Spec(aspect=Fraction(1), rect=Rect(0, 0, 300, 600)), "1:1 and all of the width of the part that rect names"),
    ],
)
async def test_the_shape_is_named_with_the_side_that_is_kept(spec, text):
    assert any(text in sentence for sentence in told(spec, await resolved(spec)))


async def test_zoom_is_told_after_the_window_it_divides():
    spec = Spec(width=300, height=200, focal_point=Point(0.5, 0.5), zoom=4)
    assert told(spec, await resolved(spec))[1:3] == [
        "the window has the shape of the picture",
        "fpz=4 then divides both sides of it by 4",
    ]


@pytest.mark.parametrize(("preset", "times"), [(FacePreset.CLOSEUP, "1.8"), (FacePreset.UPPER_BODY, "4.5")])
async def test_a_preset_is_told_with_its_multiplier(preset, times):
    spec = Spec(width=100, height=100, gravity=("face",), face_preset=preset)
    sentences = told(spec, await resolved(spec, ANNE))
    assert sentences[-1] == f"face_preset={preset.value} asks for a window {times} times as high as the face"


async def test_a_picture_too_small_for_the_framing_says_how_much_room_there_is():
    spec = Spec(width=100, height=100, gravity=("face",), face_preset=FacePreset.HALF_BODY, face_pad=2)
    sentences = told(spec, await resolved(spec, ANNE))
    # 0.15 x 800 px x 7 x 2 = 1680 px are wanted, 800 px are there.
    assert sentences[-2:] == [
        "face_preset=half-body asks for a window 7 times face_pad=2 times as high as the face",
        "there is room for 48 % of that size",
    ]


async def test_framing_around_several_faces_says_that_it_grew_for_them():
    near = Region(0.3, 0.3, 0.1, 0.15, 0.9)
    spec = Spec(width=100, height=100, gravity=("faces",), face_preset=FacePreset.CLOSEUP)
    assert "the window is higher than that, so that all faces fit" in told(spec, await resolved(spec, ANNE, near))


async def test_framing_without_a_face_says_that_it_changes_nothing():
    spec = Spec(width=100, height=300, gravity=("face", "center"), face_preset=FacePreset.CLOSEUP)
    assert "no face decided, so face_preset and face_pad change nothing" in told(spec, await resolved(spec))


# windows that were weighed


def test_the_best_window_and_the_next_are_told_by_what_they_keep():
    sentences = told(TALL, weighed(seen=(ANNE, BERT)))
    assert sentences[:4] == [
        "auto weighed 201 places for the window; the best one keeps 91 % of what matters and is worth 0.700",
        "the next best apart from it keeps 84 % of what matters and is worth 0.500; it loses most by faces (0.150)",
        "what counts most in it: saliency 0.60, faces 0.20",
        "the confidence is 0.50",
    ]
    assert sentences[4] == "of the 2 faces weighed with the rest 1 is whole in the window, 1 is outside of it"


def test_a_weak_subject_is_called_weak_and_the_middle_the_middle():
    sentences = told(TALL, weighed(confidence=0.04, away=-0.0))
    assert "the confidence is 0.04; below 0.3 nothing stands out clearly" in sentences
    assert "it is the one in the middle; leaving that costs a little" in sentences
    assert "no face was found to be weighed with the rest" in sentences


def test_a_window_that_is_not_in_the_middle_is_not_said_to_be():
    assert not [sentence for sentence in told(TALL, weighed()) if "middle" in sentence]


def test_a_focus_that_must_not_last_says_so():
    focus = Focus(Point(0.5, 0.5), "center", tried=(Trial("auto", "the worker died"),), is_final=False)
    assert told(TALL, focus)[-1].startswith("an engine could not look")


@pytest.mark.parametrize("aspect", [0.2, 0.7, 1.9])
@pytest.mark.parametrize("faces", [(), (ANNE,)])
def test_what_a_window_keeps_is_a_share_and_its_score_without_what_is_taken_off(measured, aspect, faces):
    found, seen = measured
    for candidate in choosing.choose(found, faces, aspect, most=3):
        off = sum(candidate.parts[name] for name in ("cut faces", "edge", "away"))
        assert candidate.kept == pytest.approx(candidate.score - off)
        assert 0 <= candidate.kept <= 1.000001
    for candidate in content.choose(seen, found, faces, aspect, most=3):
        off = sum(candidate.parts[name] for name in ("thirds", "edge", "cut faces", "away"))
        assert candidate.kept == pytest.approx(candidate.score - off)
        assert 0 <= candidate.kept <= 1.000001


@pytest.fixture(scope="module")
def measured():
    pixels = np.full((200, 300, 3), 90, np.uint8)
    pixels[60:120, 200:260] = (220, 40, 30)
    preview = Preview(300, 200, pixels.tobytes())
    return importance.measure(preview), smart.measure(preview)


def test_no_sentence_ends_with_a_stop_or_starts_with_a_capital():
    for focus in (weighed(), weighed("smart", seen=(ANNE,)), Focus(Point(0.5, 0.5), "center")):
        assert all(re.fullmatch(r"[a-z].*[^.]", sentence) for sentence in told(TALL, focus))
