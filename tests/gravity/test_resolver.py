from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.gravity import asking, choosing, importance
from imgcdn.gravity.resolver import ChainResolver
from imgcdn.model.analysis import Finding, Focus, Look, Trial
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.media import Preview
from imgcdn.model.spec import COMPASS, ENGINES, Spec

UPRIGHT = Size(2000, 1000)
WHOLE = Box(0, 0, 2000, 1000)
HERE = Point(0.25, 0.75)

SMALL = Region(0.1, 0.1, 0.05, 0.1, 0.9)
MIDDLE = Region(0.4, 0.4, 0.1, 0.2, 0.7)
LARGE = Region(0.7, 0.2, 0.2, 0.4, 0.6)
BY_SIZE = (LARGE, MIDDLE, SMALL)
NO_OVERRIDE = Trial("override", "none")


@dataclass
class Eyes:
    """Answers looks from a script, and remembers what was asked; an engine without an answer finds nothing."""

    findings: dict[str, Finding] = field(default_factory=dict)
    asked: list[Look] = field(default_factory=list)

    async def __call__(self, look: Look) -> Finding:
        self.asked.append(look)
        return self.findings.get(look.engine, Finding(look.engine))

    @property
    def engines(self) -> list[str]:
        return [look.engine for look in self.asked]


def finds(engine: str, point: Point = HERE, confidence: float | None = 0.8) -> Finding:
    return Finding(engine, point=point, confidence=confidence)


def faces(*found: Region) -> Finding:
    return Finding("face", faces=found)


def unavailable(engine: str) -> Finding:
    return Finding(engine, is_available=False, why=f"{engine} is missing")


async def resolve(spec: Spec, eyes: Eyes, region: Box = WHOLE, aspect: float = 1.0) -> Focus:
    return await ChainResolver().focus(spec, region, UPRIGHT, aspect, eyes)


# chains


@pytest.mark.parametrize(
    ("gravity", "chain"),
    [
        ((), ["auto", "attention"]),
        (("auto",), ["auto", "attention"]),
        (("smart",), ["smart", "attention"]),
        (("face",), ["face", "smart", "attention"]),
        (("faces",), ["faces", "smart", "attention"]),
        (("entropy",), ["entropy"]),
        (("attention",), ["attention"]),
        (("edges",), ["edges"]),
        (("subject",), ["subject", "smart", "attention"]),
        (("obj:dog",), ["obj:dog", "smart", "attention"]),
        (("obj:dog+cat",), ["obj:dog+cat", "smart", "attention"]),
        # A list is the caller's own order, and nothing is added to it.
        (("face", "entropy"), ["face", "entropy"]),
        (("auto", "smart"), ["auto", "smart"]),
        (("subject", "entropy"), ["subject", "entropy"]),
        (("obj:dog", "obj:cat"), ["obj:dog", "obj:cat"]),
    ],
)
async def test_each_gravity_is_tried_in_its_order_and_ends_in_the_center(gravity, chain):
    focus = await resolve(Spec(gravity=gravity), Eyes())
    assert [trial.engine for trial in focus.tried] == ["override", *chain]
    assert all(trial.outcome not in {"", "used"} for trial in focus.tried)
    assert (focus.engine, focus.point) == ("center", Point(0.5, 0.5))
    assert focus.is_final


@pytest.mark.parametrize("stop", [0, 1, 2])
async def test_the_first_engine_that_finds_something_decides_and_no_further_one_is_asked(stop):
    chain = ["face", "entropy", "attention"]
    found = [faces(MIDDLE), finds("entropy"), finds("attention")]
    eyes = Eyes({chain[i]: found[i] for i in range(stop, 3)})
    focus = await resolve(Spec(gravity=tuple(chain)), eyes)
    assert focus.engine == chain[stop]
    assert eyes.engines == chain[: stop + 1]
    assert [trial.engine for trial in focus.tried] == ["override", *chain[: stop + 1]]
    assert focus.tried[-1].outcome == "used"


async def test_an_engine_that_found_nothing_says_why_among_the_tried():
    eyes = Eyes({"face": Finding("face", why="no face"), "attention": finds("attention")})
    focus = await resolve(Spec(gravity=("face",)), eyes)
    assert focus.tried == (
        NO_OVERRIDE,
        Trial("face", "no face", faces=0),
        Trial("smart", "could not look"),
        Trial("attention", "used"),
    )


async def test_face_is_never_worse_than_auto_when_there_is_no_face():
    eyes = Eyes({"attention": finds("attention")})
    auto, face = await resolve(Spec(), eyes), await resolve(Spec(gravity=("face",)), eyes)
    assert (auto.point, auto.engine) == (face.point, face.engine)


@pytest.mark.parametrize("name", COMPASS)
async def test_compass_is_arithmetic_and_costs_no_look(name):
    eyes = Eyes({"attention": finds("attention")})
    focus = await resolve(Spec(gravity=(name,)), eyes)
    assert (focus.engine, focus.point) == (name, COMPASS[name])
    assert eyes.asked == []


async def test_a_compass_point_ends_a_list_and_what_stands_behind_it_is_not_asked():
    eyes = Eyes({"smart": finds("smart")})
    focus = await resolve(Spec(gravity=("face", "north", "smart")), eyes)
    assert (focus.engine, eyes.engines) == ("north", ["face"])
    assert focus.tried == (NO_OVERRIDE, Trial("face", "no face in this part", faces=0))


async def test_a_focal_point_wins_over_gravity_and_costs_no_look():
    eyes = Eyes({"face": faces(SMALL)})
    focus = await resolve(Spec(gravity=("face",), focal_point=Point(0.1, 0.2)), eyes)
    assert (focus.engine, focus.point, focus.faces) == ("fp", Point(0.1, 0.2), ())
    assert eyes.asked == []


async def test_a_gravity_whose_detector_is_missing_says_so_and_the_next_is_tried():
    eyes = Eyes({"objects": unavailable("objects"), "subject": unavailable("subject")})
    focus = await resolve(Spec(gravity=("subject", "obj:dog", "north")), eyes)
    assert [trial.engine for trial in focus.tried] == ["override", "subject", "obj:dog"]
    assert all(trial.outcome != "used" for trial in focus.tried)
    assert focus.engine == "north"


# regions


async def test_points_of_a_region_become_points_of_the_upright_source():
    region = Box(1000, 500, 500, 250)
    eyes = Eyes({"attention": finds("attention", Point(0.5, 0.0))})
    assert (await resolve(Spec(), eyes, region)).point == Point(0.625, 0.5)
    assert (await resolve(Spec(focal_point=Point(1, 1)), eyes, region)).point == Point(0.75, 0.75)
    assert (await resolve(Spec(gravity=("west",)), eyes, region)).point == Point(0.5, 0.625)


async def test_engines_are_told_the_region_they_look_at_and_nothing_when_it_is_the_whole_picture():
    eyes = Eyes()
    await resolve(Spec(gravity=("entropy",)), eyes)
    await resolve(Spec(gravity=("entropy",)), eyes, Box(500, 0, 1000, 500))
    assert [look.region for look in eyes.asked] == [None, Region(0.25, 0.0, 0.5, 0.5, 1.0)]


async def test_faces_are_looked_for_in_the_whole_picture_whatever_region_and_aspect_are_asked_for():
    eyes = Eyes({"face": faces(LARGE)})
    await resolve(Spec(gravity=("face",)), eyes, aspect=1.0)
    await resolve(Spec(gravity=("faces",)), eyes, Box(1000, 0, 1000, 1000), aspect=0.5)
    assert eyes.asked == [Look("face"), Look("face")]


async def test_an_orientation_of_the_url_is_part_of_every_question():
    eyes = Eyes()
    await resolve(Spec(gravity=("face",), orientation=3), eyes)
    assert len(eyes.asked) >= 3
    assert {look.orientation for look in eyes.asked} == {3}


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 20), st.integers(1, 20))
def test_all_sizes_of_one_ratio_share_one_look(w, h, k, m):
    for rounded in (asking._rounded, asking._coarse):
        assert rounded(Size(w * k, h * k).aspect) == rounded(Size(w * m, h * m).aspect)


@settings(max_examples=100, deadline=None)
@given(st.floats(0.01, 100))
def test_a_rounded_aspect_is_near_the_asked_one(aspect):
    assert asking._rounded(aspect) == pytest.approx(aspect, rel=0.006)
    assert asking._coarse(aspect) == pytest.approx(aspect, rel=0.2)


# faces


async def test_all_faces_are_kept_for_faces_and_one_for_face():
    eyes = Eyes({"face": faces(SMALL, MIDDLE, LARGE)})
    assert set((await resolve(Spec(gravity=("faces",)), eyes)).faces) == set(BY_SIZE)
    assert len((await resolve(Spec(gravity=("face",)), eyes)).faces) == 1


async def test_face_takes_the_more_confident_of_two_equals_and_the_larger_of_two_as_confident():
    sure, unsure = Region(0.1, 0.1, 0.1, 0.1, 0.95), Region(0.6, 0.1, 0.1, 0.1, 0.6)
    eyes = Eyes({"face": faces(unsure, sure)})
    assert (await resolve(Spec(gravity=("face",)), eyes)).faces == (sure,)
    near, far = Region(0.1, 0.1, 0.2, 0.2, 0.9), Region(0.6, 0.1, 0.1, 0.1, 0.9)
    eyes = Eyes({"face": faces(far, near)})
    assert (await resolve(Spec(gravity=("face",)), eyes)).faces == (near,)


@pytest.mark.parametrize("gravity", ["face", "faces"])
@pytest.mark.parametrize("index", [1, 2, 3])
async def test_face_index_counts_faces_by_size_from_the_largest(gravity, index):
    eyes = Eyes({"face": faces(SMALL, LARGE, MIDDLE)})
    focus = await resolve(Spec(gravity=(gravity,), face_index=index), eyes)
    assert focus.faces == (BY_SIZE[index - 1],)
    assert focus.point.x == pytest.approx(BY_SIZE[index - 1].centre.x)
    assert focus.point.y == pytest.approx(BY_SIZE[index - 1].centre.y)


@pytest.mark.parametrize("gravity", ["face", "faces"])
async def test_an_index_beyond_the_last_face_is_as_if_it_were_not_given(gravity):
    eyes = Eyes({"face": faces(SMALL, LARGE, MIDDLE)})
    assert await resolve(Spec(gravity=(gravity,), face_index=4), eyes) == await resolve(Spec(gravity=(gravity,)), eyes)


@pytest.mark.parametrize(
    ("face_min", "kept"), [(0.0, 3), (0.5, 3), (0.6, 3), (0.61, 2), (0.7, 2), (0.8, 1), (0.9, 1), (0.91, 0)]
)
async def test_faces_less_sure_than_face_min_are_not_used_and_the_floor_itself_is(face_min, kept):
    eyes = Eyes({"face": faces(*BY_SIZE)})
    focus = await resolve(Spec(gravity=("faces",), face_min=face_min), eyes)
    assert len(focus.faces) == kept
    assert focus.engine == ("faces" if kept else "center")


async def test_a_face_of_no_confidence_at_all_is_no_face():
    eyes = Eyes({"face": faces(Region(0.1, 0.1, 0.1, 0.1, 0.0))})
    assert (await resolve(Spec(gravity=("face",), face_min=0.0), eyes)).engine == "center"


async def test_faces_whose_middle_lies_outside_rect_are_ignored():
    region = Box(1300, 0, 700, 1000)
    eyes = Eyes({"face": faces(SMALL, MIDDLE, LARGE)})
    assert (await resolve(Spec(gravity=("faces",)), eyes, region)).faces == (LARGE,)
    assert (await resolve(Spec(gravity=("faces",), face_index=2), eyes, region)).faces == (LARGE,)
    assert (await resolve(Spec(gravity=("faces",)), eyes, Box(0, 900, 100, 100))).engine == "center"


async def test_a_single_face_is_the_focus_with_its_confidence():
    focus = await resolve(Spec(gravity=("face",)), Eyes({"face": faces(SMALL)}))
    assert (focus.confidence, focus.engine) == (0.9, "face")
    assert focus.field() == "face;x=0.125;y=0.150;c=0.90"


async def test_the_focus_of_several_faces_lies_between_them_nearer_to_the_heavier():
    left, right = Region(0.1, 0.4, 0.1, 0.1, 0.9), Region(0.8, 0.4, 0.2, 0.2, 0.9)
    focus = await resolve(Spec(gravity=("faces",)), Eyes({"face": faces(left, right)}))
    assert focus.point.x == pytest.approx((0.15 * 1 + 0.9 * 4) / 5)
    assert focus.confidence == 0.9


# what a missing engine does


async def test_an_engine_that_cannot_look_makes_the_answer_provisional():
    eyes = Eyes({"face": unavailable("face"), "attention": finds("attention")})
    focus = await resolve(Spec(gravity=("face",)), eyes)
    assert (focus.engine, focus.is_final) == ("attention", False)
    assert focus.tried[:2] == (NO_OVERRIDE, Trial("face", "face is missing", faces=0))


@pytest.mark.parametrize("gravity", [("face",), ("face", "north"), ("faces", "entropy")])
async def test_an_answer_is_provisional_however_the_chain_ends(gravity):
    assert not (await resolve(Spec(gravity=gravity), Eyes({"face": unavailable("face")}))).is_final


async def test_an_engine_that_is_missing_behind_the_one_that_decided_changes_nothing():
    eyes = Eyes({"face": faces(LARGE), "smart": unavailable("smart")})
    assert (await resolve(Spec(gravity=("face",)), eyes)).is_final


# the engines that a cache key must name


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        (Spec(), {"auto", "face", "attention"}),
        (Spec(gravity=("face",)), {"face", "smart", "auto", "attention"}),
        (Spec(gravity=("faces",)), {"face", "smart", "auto", "attention"}),
        (Spec(gravity=("entropy",)), {"entropy"}),
        (Spec(gravity=("faces", "edges")), {"face", "edges"}),
        (Spec(gravity=("north",)), set()),
        (Spec(gravity=("face", "north", "smart")), {"face"}),
        (Spec(gravity=("auto", "north")), {"auto", "face"}),
        (Spec(gravity=("face",), focal_point=Point(0, 0)), set()),
    ],
)
def test_a_spec_depends_on_exactly_these_engines(spec, names):
    assert ChainResolver().engines(spec) == names


gravities = st.lists(st.sampled_from([*ENGINES, *COMPASS, "obj:dog"]), max_size=5, unique=True).map(tuple)


@settings(max_examples=200, deadline=None)
@given(gravities, st.none() | st.just(Point(0.5, 0.5)))
async def test_every_engine_that_is_asked_is_named_and_nearly_every_named_one_is_asked(gravity, point):
    spec = Spec(gravity=gravity, focal_point=point)
    eyes = Eyes()
    await resolve(spec, eyes)
    named = ChainResolver().engines(spec)
    # Objects are asked for first: where there are none, nobody asks what the subject is, or where in a large one to look.
    spared = {"subject", "auto", "face"} if "objects" in eyes.engines else set()
    assert set(eyes.engines) <= named <= {*eyes.engines, *spared}


@pytest.mark.parametrize(
    ("found", "why"),
    [((SMALL,), "1 face, not as sure as face_min=0.95"), ((SMALL, LARGE), "2 faces, none as sure as face_min=0.95")],
)
async def test_faces_that_are_not_sure_enough_are_counted_and_handed_on(found, why):
    focus = await resolve(Spec(gravity=("face",), face_min=0.95), Eyes({"face": faces(*found)}))
    trial = focus.tried[1]
    assert (trial.outcome, trial.faces, trial.seen) == (why, 0, found)


async def test_those_who_weigh_windows_say_how_many_and_over_which_faces():
    found = importance.measure(Preview(64, 32, bytes(range(256)) * 24))
    seen = {"face": faces(SMALL, Region(0.6, 0.6, 0.1, 0.1, 0.1)), "auto": Finding("auto", importance=found)}
    focus = await resolve(Spec(), Eyes(seen))
    assert (focus.tried[-1].weighed, focus.tried[-1].seen) == (choosing.STEPS, (SMALL,))


async def test_a_focal_point_in_a_list_is_asked_after_what_stands_before_it():
    spec = Spec(gravity=("face", "fp"), focal_point=Point(0.1, 0.2))
    eyes = Eyes()
    focus = await resolve(spec, eyes)
    assert (focus.engine, focus.point) == ("fp", Point(0.1, 0.2))
    assert [trial.engine for trial in focus.tried] == ["override", "face"]
    assert ChainResolver().engines(spec) == {"face"}


async def test_a_focal_point_in_a_list_that_is_not_said_is_the_middle():
    focus = await resolve(Spec(gravity=("fp", "face")), Eyes())
    assert (focus.engine, focus.point) == ("fp", Point(0.5, 0.5))
