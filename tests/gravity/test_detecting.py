"""Things that are asked for: what a model saw and what the face engine saw, joined, and fitted to the window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcdn.gravity import detecting, resolver
from imgcdn.gravity.detecting import Sighting
from imgcdn.model.analysis import Finding, Look, Match, Thing
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.spec import Spec

ANNE = Region(0.30, 0.20, 0.10, 0.10, 0.9)
BERT = Region(0.70, 0.25, 0.10, 0.10, 0.8)
MIDDLE = Point(0.5, 0.5)
NO_MODEL = Finding("objects", is_available=False, is_installed=False, why="no object model is named in the settings")
NO_FACES = Finding("face", is_available=False, is_installed=False, why="mediapipe is not installed")


class Eyes:
    """Answers looks, and notes which engines were asked."""

    def __init__(self, *things: Thing, faces: tuple[Region, ...] = (), **findings: Finding) -> None:
        self.asked: list[str] = []
        self._findings = {
            "objects": Finding("objects", things=things),
            "face": Finding("face", faces=faces),
        } | findings

    async def __call__(self, look: Look) -> Finding:
        self.asked.append(look.engine)
        return self._findings[look.engine]


def holds(outer: Region, inner: Region) -> bool:
    return (
        outer.x <= inner.x + 1e-9
        and outer.y <= inner.y + 1e-9
        and inner.x + inner.width <= outer.x + outer.width + 1e-9
        and inner.y + inner.height <= outer.y + outer.height + 1e-9
    )


@pytest.mark.parametrize(
    "hint", ["face", "faces", "person", "people", "man", "woman", "the kids", "portrait of a lady"]
)
async def test_people_and_faces_are_found_without_any_object_model(hint: str) -> None:
    found = await detecting.detect([hint], Eyes(faces=(ANNE, BERT), objects=NO_MODEL))
    seen = found.things[hint]
    assert len(seen) == 2
    assert all(holds(one.region, face) for one, face in zip(seen, (ANNE, BERT), strict=True))
    assert found.is_final


async def test_a_person_is_the_face_and_the_body_below_it_and_a_face_is_no_more_than_the_head() -> None:
    found = await detecting.detect(["person", "face"], Eyes(faces=(ANNE,), objects=NO_MODEL))
    (person,), (face,) = found.things["person"], found.things["face"]
    assert person.is_person
    assert person.region.height > 4 * ANNE.height
    assert person.region.width > 2 * ANNE.width
    assert person.region.centre.x == pytest.approx(ANNE.centre.x)
    assert holds(person.region, face.region)
    assert face.region.height < 2 * ANNE.height


async def test_doubtful_faces_are_nobody() -> None:
    doubtful = Region(0.1, 0.1, 0.1, 0.1, 0.3)
    assert (await detecting.detect(["person"], Eyes(faces=(doubtful,)))).things == {}


async def test_the_face_engine_is_asked_for_people_only() -> None:
    eyes = Eyes(Thing("dog", ANNE))
    assert set((await detecting.detect(["dog"], eyes)).things) == {"dog"}
    assert eyes.asked == ["objects"]
    assert detecting.engines(["dog"]) == {"objects"}
    assert detecting.engines(["dog", "a woman"]) == {"objects", "face"}


async def test_what_may_decide_where_a_thing_is_too_large_is_named_before_anybody_looks() -> None:
    eyes = Eyes(
        Thing("dog", Region(0.0, 0.0, 1.0, 1.0, 0.9)), auto=Finding("auto", is_available=False, is_installed=False)
    )
    spec = Spec(gravity=("obj:dog", "center"))
    await resolver.ChainResolver().focus(spec, Box(0, 0, 100, 200), Size(100, 200), 1.0, eyes, None)
    assert set(eyes.asked) == {"objects", "face", "auto"}
    assert set(eyes.asked) <= resolver.engines(spec)


async def test_of_an_animal_too_tall_for_the_window_the_head_is_kept() -> None:
    eyes = Eyes(
        Thing("cat", Region(0.2, 0.1, 0.5, 0.8, 0.9)), auto=Finding("auto", is_available=False, is_installed=False)
    )
    spec = Spec(gravity=("obj:cat", "center"))
    focus = await resolver.ChainResolver().focus(spec, Box(0, 0, 100, 200), Size(100, 200), 2.0, eyes, None)
    (kept,) = focus.things
    assert (kept.y, kept.height) == (0.1, 0.25)


async def test_what_no_detector_knows_matches_nothing() -> None:
    found = await detecting.detect(["a red umbrella", ""], Eyes(Thing("dog", ANNE), faces=(ANNE,)))
    assert found.things == {}
    assert found.is_final


async def test_a_body_that_a_model_saw_and_its_face_are_one_person() -> None:
    body = Region(0.25, 0.22, 0.2, 0.6, 0.5)
    found = await detecting.detect(["person"], Eyes(Thing("person", body), faces=(ANNE, BERT)))
    first, second = found.things["person"]
    assert holds(first.region, body)
    assert holds(first.region, ANNE)
    assert first.region.width < 0.3, "the model knows better how wide it is"
    assert holds(second.region, BERT), "whom the model did not see"


async def test_a_crowd_that_a_model_saw_as_one_is_its_people() -> None:
    both = Region(0.2, 0.15, 0.7, 0.8, 0.5)
    found = await detecting.detect(["people"], Eyes(Thing("person", both), faces=(ANNE, BERT)))
    assert len(found.things["people"]) == 2
    assert all(one.head is not None for one in found.things["people"])


@pytest.mark.parametrize(
    ("objects", "faces", "is_final"),
    [(NO_MODEL, NO_FACES, True), (Finding("objects", is_available=False, why="it hung"), NO_FACES, False)],
)
async def test_an_engine_that_is_there_and_failed_makes_the_answer_one_that_must_not_last(
    objects, faces, is_final
) -> None:
    found = await detecting.detect(["person"], Eyes(objects=objects, face=faces))
    assert (found.things, found.is_final) == ({}, is_final)
    assert objects.why in found.why
    assert faces.why in found.why


side = st.floats(0.01, 0.5)


@given(x=side, y=side, w=side, h=side, wide=st.floats(0.05, 1), tall=st.floats(0.05, 1))
def test_a_person_too_large_for_the_window_is_cut_from_the_feet_up_and_stays_inside(x, y, w, h, wide, tall) -> None:
    region = Region(x, y, w, h, 0.9)
    fitted = detecting.fitted(Sighting(region, is_person=True, has_head_on_top=True), wide, tall, MIDDLE)
    assert fitted.width <= wide + 1e-9
    assert fitted.height <= tall + 1e-9
    assert fitted.y == region.y
    assert holds(region, fitted)
    thing = detecting.fitted(Sighting(region), wide, tall, MIDDLE)
    assert (thing.width, thing.height) == (min(w, wide), min(h, tall))
    assert holds(region, thing)
    assert (thing == region) is detecting.is_whole(Sighting(region), wide, tall)


async def test_the_window_is_narrowed_around_the_head() -> None:
    body = Sighting(
        Region(0.0, 0.1, 0.9, 0.8, 0.9), is_person=True, head=Region(0.6, 0.1, 0.1, 0.1, 0.9), has_head_on_top=True
    )
    fitted = detecting.fitted(body, 0.3, 0.3, MIDDLE)
    assert fitted.centre.x == pytest.approx(0.65)
    assert holds(fitted, Region(0.6, 0.1, 0.1, 0.1, 0.9))


async def test_hints_are_matched_each_on_its_own() -> None:
    eyes = Eyes(Thing("dog", ANNE), faces=(BERT,))
    hints = ["a cat", "the dogs", "people", "boats", "Animal"]
    assert await resolver.ChainResolver().matching(hints, eyes) == (
        Match("the dogs", "dog", "plural"),
        Match("people", "person", "synonym"),
        Match("Animal", "dog", "kind"),
    )


class Meanings:
    """A text model that knows some texts."""

    is_there = True

    def __init__(self, **known: detecting.Meant) -> None:
        self._known = known

    async def of(self, text: str) -> detecting.Meant:
        return self._known.get(text, detecting.Meant())


async def test_a_hint_that_names_nothing_is_taken_for_what_it_means() -> None:
    eyes = Eyes(Thing("cat", ANNE), Thing("dog", BERT))
    found = await detecting.detect(
        ["feline", "cats", "ship"], eyes, None, Meanings(feline=detecting.Meant({"cat": 0.8}))
    )
    assert set(found.things) == {"feline", "cats"}
    assert found.things["feline"] == found.things["cats"]
    assert found.matches == (Match("feline", "cat", "meaning", 0.8), Match("cats", "cat", "plural"))
    assert found.is_final


async def test_a_hint_that_means_people_is_looked_for_by_faces() -> None:
    meanings = Meanings(grandfather=detecting.Meant({"person": 0.7}))
    found = await detecting.detect(["grandfather"], Eyes(faces=(ANNE,), objects=NO_MODEL), None, meanings)
    assert found.things["grandfather"][0].is_person
    assert found.matches == (Match("grandfather", "person", "meaning", 0.7),)


async def test_a_text_model_that_fails_makes_the_answer_one_for_now() -> None:
    found = await detecting.detect(
        ["dog", "feline"], Eyes(Thing("dog", ANNE)), None, Meanings(feline=detecting.Meant(why="it is down"))
    )
    assert set(found.things) == {"dog"}
    assert (found.is_final, found.why) == (False, "it is down")


def test_where_there_is_a_text_model_it_and_the_faces_may_decide_on_any_hint() -> None:
    spec = Spec(gravity=("obj:feline", "center"))
    without = resolver.ChainResolver().engines(spec)
    assert resolver.ChainResolver(Meanings()).engines(spec) == without | {"face", "meaning"}
    assert resolver.ChainResolver(Meanings()).engines(Spec(gravity=("smart",))) == resolver.ChainResolver().engines(
        Spec(gravity=("smart",))
    )


async def test_the_ten_heaviest_of_all_wanted_things_decide() -> None:
    many = [Thing("dog" if n % 2 else "cat", Region(0.05 * n, 0.1, 0.01 + 0.01 * n, 0.2, 0.9)) for n in range(14)]
    eyes = Eyes(*many, Thing("car", Region(0, 0, 1, 1, 0.9)))
    size = Size(1000, 1000)
    spec = Spec(gravity=("obj:dog+cats", "center"))
    focus = await resolver.ChainResolver().focus(spec, Box(0, 0, 1000, 1000), size, 1.0, eyes, None)
    assert focus.engine == "obj:dog+cats"
    assert focus.things == tuple(thing.region for thing in reversed(many[4:14]))
