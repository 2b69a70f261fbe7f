"""`subject`: what an object model saw, weighed with what `auto` weighs; and the classes that `obj:` names."""

import json
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lacks import lacking
from PIL import Image

from imgcdn.gravity import choosing, importance, objects, subject
from imgcdn.model.analysis import ImportanceMap, ObjectMap, Thing
from imgcdn.model.geometry import Region
from imgcdn.model.media import Preview

FLAT = Preview(640, 320, bytes([90, 110, 130]) * (640 * 320))


def flat() -> ImportanceMap:
    return importance.measure(FLAT)


def seen(*things: tuple[str, float, float, float, float], width: int = 64, height: int = 32) -> ObjectMap:
    """A map with boxes (label, x, y, width, height)."""
    cells = np.zeros((height, width), np.uint8)
    for n, (_, x, y, w, h) in enumerate(things, 1):
        cells[round(y * height) : round((y + h) * height), round(x * width) : round((x + w) * width)] = n
    return ObjectMap(width, height, tuple(thing[0] for thing in things), b64encode(cells.tobytes()).decode())


def boxes(*things: tuple[str, float, float, float, float]) -> tuple[Thing, ...]:
    return tuple(Thing(label, Region(x, y, w, h, 0.9)) for label, x, y, w, h in things)


def window(objects: ObjectMap | None, aspect: float, *faces: Region, things: tuple[Thing, ...] = ()) -> Region:
    return subject.choose(flat(), objects, things, faces, aspect)[0].window


def place(chosen: Region) -> tuple[float, float, float, float]:
    return chosen.x, chosen.y, chosen.width, chosen.height


def keeps(chosen: Region, x: float, width: float) -> bool:
    return chosen.x <= x + 0.01 and x + width <= chosen.x + chosen.width + 0.01


@pytest.mark.parametrize("x", [0.0, 0.1, 0.4, 0.75])
def test_a_square_window_keeps_an_animal_whole_wherever_it_is(x: float) -> None:
    assert keeps(window(seen(("dog", x, 0.3, 0.25, 0.5)), 1.0), x, 0.25)


@pytest.mark.parametrize("x", [0.0, 0.75])
def test_boxes_serve_where_there_is_no_map(x: float) -> None:
    dog = ("dog", x, 0.3, 0.25, 0.5)
    chosen = window(None, 1.0, things=boxes(dog))
    plain = choosing.choose(flat(), (), 1.0)[0].window
    assert abs(chosen.centre.x - (x + 0.125)) < abs(plain.centre.x - (x + 0.125))


def test_a_map_from_another_grid_than_the_pictures_serves_as_well() -> None:
    fine = window(seen(("cat", 0.0, 0.2, 0.25, 0.6)), 1.0)
    coarse = window(seen(("cat", 0.0, 0.2, 0.25, 0.6), width=20, height=10), 1.0)
    assert fine.x == pytest.approx(coarse.x, abs=0.05)


@pytest.mark.parametrize("label", ["diningtable", "sofa", "sky", "bench"])
def test_scenery_moves_nothing(label: str) -> None:
    there = seen((label, 0.0, 0.0, 0.3, 1.0))
    assert place(window(there, 1.0)) == pytest.approx(place(choosing.choose(flat(), (), 1.0)[0].window))


def test_a_thing_that_fills_the_picture_moves_nothing() -> None:
    chosen = window(seen(("bottle", 0.0, 0.0, 1.0, 1.0)), 1.0)
    assert chosen.centre.x == pytest.approx(0.5, abs=0.01)


def test_without_map_and_things_the_windows_are_those_of_auto() -> None:
    face = Region(0.1, 0.3, 0.1, 0.25, 0.9)
    ours = subject.choose(flat(), None, (), (face,), 1.0, None, 3)
    autos = choosing.choose(flat(), (face,), 1.0, None, 3)
    assert [place(c.window) for c in ours] == [pytest.approx(place(c.window)) for c in autos]
    assert subject.confidence(flat(), None, (), (face,)) == pytest.approx(choosing.confidence(flat(), (face,)))


def test_a_lone_persons_body_is_kept_and_in_company_the_faces_decide() -> None:
    lone = (Region(0.3, 0.2, 0.05, 0.1, 0.9),)
    person = seen(("person", 0.0, 0.1, 0.4, 0.9))
    others = tuple(Region(x, 0.2, 0.05, 0.1, 0.9) for x in (0.3, 0.5, 0.6, 0.7))
    alone = subject.choose(flat(), person, (), lone, 1.0)[0].window
    company = subject.choose(flat(), person, (), others, 1.0)[0].window
    assert alone.x == pytest.approx(0.0, abs=0.03)
    assert all(company.x <= face.x and face.x + face.width <= company.x + company.width for face in others)


def test_more_is_sure_when_a_thing_is_seen() -> None:
    there = seen(("dog", 0.1, 0.2, 0.2, 0.4))
    assert subject.confidence(flat(), there, (), ()) > subject.confidence(flat(), None, (), ()) + 0.05


def test_other_candidates_lie_apart_and_are_worse() -> None:
    there = seen(("dog", 0.05, 0.3, 0.15, 0.4), ("dog", 0.8, 0.3, 0.15, 0.4))
    found = subject.choose(flat(), there, (), (), 1.0, None, 3)
    assert len(found) == 3
    assert sorted((c.score for c in found), reverse=True) == [c.score for c in found]
    assert all(abs(a.window.x - b.window.x) > 0.05 for a in found for b in found if a is not b)


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(0, 0.9), y=st.floats(0, 0.9), w=st.floats(0.02, 1), h=st.floats(0.02, 1),
    aspect=st.floats(0.2, 5), part=st.booleans(), label=st.sampled_from(["dog", "person", "car", "sofa", "bottle"]),
)  # fmt: skip
def test_a_window_lies_in_its_region_and_scores_the_sum_of_its_parts(x, y, w, h, aspect, part, label) -> None:
    region = Region(0.2, 0.1, 0.5, 0.8, 1.0) if part else None
    where = region or Region(0, 0, 1, 1, 1.0)
    for candidate in subject.choose(
        flat(), seen((label, x, y, min(w, 1 - x), min(h, 1 - y))), (), (), aspect, region, 2
    ):
        found = candidate.window
        assert where.x - 1e-6 <= found.x
        assert found.x + found.width <= where.x + where.width + 1e-6
        assert where.y - 1e-6 <= found.y
        assert found.y + found.height <= where.y + where.height + 1e-6
        assert found.width / found.height * 2 == pytest.approx(aspect, rel=1e-6)
        assert candidate.score == pytest.approx(sum(candidate.parts.values()))
        assert candidate.score <= 1 + 1e-6


def test_photographs_lose_less_of_their_subject_than_with_auto(shared: Path) -> None:
    """The animals of the shared photographs, in the shape that costs most: 9:16."""
    folder, data = shared / "models", shared / "data" / "dev"
    if not folder.is_dir():
        lacking(f"there are no models in {shared}")
    if not objects.is_runtime_installed():
        lacking("ai-edge-litert is not installed")
    model = objects.ObjectModel(
        folder / "deeplabv3_mnv2_pascal_quant.tflite", folder / "pascal_voc_segmentation_labels.txt"
    )
    records = [json.loads(line) for line in (data / "manifest.jsonl").read_text().splitlines()]
    ours, autos = [], []
    for record in records:
        if record["set"] != "pets" or "mask" not in record:
            continue
        image = Image.open(data / record["file"]).convert("RGB")
        preview = Preview(image.width, image.height, image.tobytes())
        mask = np.asarray(Image.open(data / record["mask"]).convert("L")) > 127
        measured = importance.measure(preview)
        found, things = model.detect(preview)
        ours.append(kept(mask, subject.choose(measured, found, things, (), 9 / 16)[0].window))
        autos.append(kept(mask, choosing.choose(measured, (), 9 / 16)[0].window))
    assert len(ours) >= 5
    assert np.mean(ours) > np.mean(autos)


def kept(mask: np.ndarray, chosen: Region) -> float:
    tall, wide = mask.shape
    left, right = round(chosen.x * wide), round((chosen.x + chosen.width) * wide)
    top, bottom = round(chosen.y * tall), round((chosen.y + chosen.height) * tall)
    return float(mask[top:bottom, left:right].sum() / mask.sum())
