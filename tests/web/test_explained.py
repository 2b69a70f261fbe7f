"""`explain=1` as JSON: coordinates are those of the picture as the URL turns it, and faces are told one by one."""

import json

import pytest

from imgcdn.model.analysis import Candidate, Focus, Trial
from imgcdn.model.geometry import Point, Region, Size
from imgcdn.model.media import Format, Source, SourceInfo
from imgcdn.model.spec import Ask, Delivery, SourceRef, Spec
from imgcdn.pipeline.stages import Explanation
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits
from imgcdn.web.explained import explanation

LYING = SourceInfo("jpegload", Size(1200, 800), 1, 1, False, False, 8, False, False)
ANNE, BERT, DOUBT = (
    Region(0.1, 0.2, 0.1, 0.1, 0.97),
    Region(0.8, 0.85, 0.1, 0.1, 0.88),
    Region(0.4, 0.4, 0.05, 0.05, 0.3),
)


def told(spec: Spec, focus: Focus | None, info: SourceInfo = LYING) -> dict:
    source = Source("d" * 64, "/srv/a.jpg", 1000, None, None)
    plan = planner.plan(spec, info, focus, Format.JPEG, Limits(), Encoding())
    found = Explanation(source, True, info, focus, plan, "base", "k", None, 60.0, {"focus": 1.0})
    return json.loads(json.dumps(explanation(Ask(SourceRef("img", "a.jpg"), spec, Delivery()), found)))


def looked(engine: str, *decided: Region, seen: tuple[Region, ...] | None) -> Focus:
    tried = (Trial("override", "none"), Trial(engine, "used", 3.0, len(decided), seen))
    return Focus(decided[0].centre if decided else Point(0.5, 0.5), engine, 0.9, decided, tried)


@pytest.mark.parametrize(
    ("info_orientation", "orient", "size"),
    [(1, None, (1200, 800)), (6, None, (800, 1200)), (1, 6, (800, 1200)), (6, 0, (1200, 800))],
)
def test_windows_and_faces_are_in_pixels_of_the_picture_as_the_url_turns_it(info_orientation, orient, size):
    info = SourceInfo("jpegload", Size(1200, 800), info_orientation, 1, False, False, 8, False, False)
    spec = Spec(width=100, height=100, orientation=orient, gravity=("face",))
    candidate = Candidate(Region(0.0, 0.0, 1.0, 1.0, 0.5), 0.5, {})
    focus = looked("face", ANNE, seen=(ANNE,))
    told_of = told(spec, focus, info)
    assert (told_of["source"]["width"], told_of["source"]["height"]) == size
    (face,) = told_of["faces"]
    assert (face["x"], face["y"]) == (round(0.1 * size[0]), round(0.2 * size[1]))
    window = told_of["window"]
    assert window["left"] + window["width"] <= size[0]
    assert window["top"] + window["height"] <= size[1]
    whole = told(spec, Focus(Point(0.5, 0.5), "auto", candidates=(candidate,)), info)["candidates"][0]["window"]
    assert (whole["width"], whole["height"]) == size


def test_a_turned_picture_counts_the_faces_that_the_window_keeps():
    spec = Spec(width=100, height=100, orientation=6, gravity=("faces",))
    tried = told(spec, looked("faces", ANNE, BERT, seen=(ANNE, BERT)))["focus"]["tried"]
    # 800x1200 px: the square holds 800 of 1200 px, so both ends do not fit.
    assert tried[-1]["kept"] == 1


def test_faces_are_listed_by_their_confidence_with_their_part_in_the_decision():
    spec = Spec(width=100, height=300, gravity=("faces",))
    faces = told(spec, looked("faces", BERT, ANNE, seen=(DOUBT, ANNE, BERT)))["faces"]
    assert [(face["confidence"], face["decided"]) for face in faces] == [(0.97, True), (0.88, True), (0.3, False)]
    assert {face["held"] for face in faces} == {"whole", "outside"}


def test_nobody_having_looked_for_faces_is_not_the_same_as_none_being_there():
    spec = Spec(width=100, height=300)
    assert told(spec, looked("attention", seen=None))["faces"] is None
    assert told(spec, looked("auto", seen=()))["faces"] == []
    assert told(Spec(width=100), None)["faces"] is None


def test_the_things_that_decided_are_listed():
    focus = Focus(ANNE.centre, "obj:dog", 0.97, tried=(Trial("obj:dog", "used"),), things=(ANNE,))
    (thing,) = told(Spec(width=100, height=300), focus)["things"]
    assert thing == {"x": 120, "y": 160, "width": 120, "height": 80, "confidence": 0.97, "held": "whole"}


def test_the_reasons_come_first():
    told_of = told(Spec(width=100), None)
    assert next(iter(told_of)) == "why"
    assert told_of["why"] == ["nothing is cut away: fit=inside keeps all of the picture"]
