"""`edges`: where a picture has edges, measured once, and the window that keeps the most of them."""

from base64 import b64decode, b64encode
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.gravity import edges
from imgcdn.gravity.resolver import ChainResolver
from imgcdn.model.analysis import EdgeMap, Finding, Focus, Look
from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.media import Preview
from imgcdn.model.spec import Spec

GROUND = 110
CHECKS = (np.indices((640, 640)).sum(0) // 8 % 2 * 60 + 90).astype(np.uint8)


def picture(*marks: tuple[float, float], width: int = 640, height: int = 320) -> Preview:
    """A flat ground with chequered squares, a quarter of the shorter side, about these points (0–1)."""
    pixels = np.full((height, width), GROUND, np.uint8)
    half = min(width, height) // 8
    for x, y in marks:
        left, top = round(x * width) - half, round(y * height) - half
        place = np.s_[max(0, top) : top + 2 * half, max(0, left) : left + 2 * half]
        pixels[place] = CHECKS[place]
    return Preview(width, height, pixels[..., None].repeat(3, -1).tobytes())


def shares(found: EdgeMap) -> np.ndarray:
    return np.frombuffer(b64decode(found.cells), np.uint8).reshape(found.height, found.width) / 255


def best(found: EdgeMap, aspect: float, region: Region | None = None) -> Region:
    return edges.choose(found, aspect, region)[0].window


# the map


@pytest.mark.parametrize(("width", "height"), [(640, 640), (640, 480), (481, 640), (640, 100), (639, 7), (640, 1)])
def test_a_map_is_small_enough_to_be_kept_for_ever(width, height):
    noise = np.random.default_rng(3).integers(0, 255, (height, width, 3), np.uint8)
    found = edges.measure(Preview(width, height, noise.tobytes()))
    assert len(found.cells) <= 5.5 * 1024
    assert len(b64decode(found.cells)) == found.width * found.height


def test_edges_are_where_something_begins_or_ends():
    found = shares(edges.measure(picture((0.25, 0.5))))
    assert found[16, 16] > 0.5
    assert found[:, 32:].max() == 0


def test_a_slope_is_no_edge_and_a_weak_outline_is_as_much_of_one_as_a_strong_one():
    slope = np.linspace(0, 255, 640).astype(np.uint8)[None].repeat(320, 0)
    slope = Preview(640, 320, slope[..., None].repeat(3, -1).tobytes())
    assert shares(edges.measure(slope)).max() == 0
    weak, strong = np.full((320, 640), 60, np.uint8), np.full((320, 640), 60, np.uint8)
    weak[:, 320:], strong[:, 320:] = 140, 250
    found = [shares(edges.measure(Preview(640, 320, p[..., None].repeat(3, -1).tobytes()))) for p in (weak, strong)]
    assert found[0].sum() == pytest.approx(found[1].sum(), rel=0.2)
    assert found[0].sum() > 0


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (1, 300), (640, 3), (3, 3)])
def test_pictures_too_thin_to_judge_have_a_map_and_nothing_to_choose(width, height):
    found = edges.measure(Preview(width, height, bytes(width * height * 3)))
    assert edges.choose(found, 1.0) == ()


# the window


@pytest.mark.parametrize("x", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_window_holds_all_edges_where_it_can(x):
    (first, *_) = edges.choose(edges.measure(picture((x, 0.5))), 1.0)
    assert first.kept == pytest.approx(1, abs=1e-6)
    assert first.window.x <= max(0, x - 0.0625) + 0.01
    assert first.window.x + first.window.width >= min(1, x + 0.0625) - 0.01


def test_a_window_goes_where_there_are_more_edges():
    found = edges.measure(picture((0.1, 0.3), (0.1, 0.7), (0.9, 0.5)))
    assert best(found, 1.0).x == pytest.approx(0, abs=0.1)
    tall = edges.measure(picture((0.3, 0.1), (0.5, 0.9), (0.7, 0.9), width=320, height=640))
    assert best(tall, 1.0).y == pytest.approx(0.5, abs=0.1)


def test_of_windows_that_keep_as_much_the_one_nearest_the_centre_is_taken():
    even = EdgeMap(2, 1, 2.0, "gIA=")
    assert best(even, 1.0) == Region(0.25, 0, 0.5, 1, 0.5)
    found = edges.measure(picture((0.5, 0.5)))
    assert best(found, 1.0).centre.x == pytest.approx(0.5)


def test_only_edges_of_the_part_that_is_wanted_count():
    found = edges.measure(picture((0.05, 0.5), (0.1, 0.5), (0.9, 0.5)))
    part = Region(0.5, 0, 0.5, 1, 1)
    (first, *_) = edges.choose(found, 0.5, part)
    assert first.kept == pytest.approx(1, abs=1e-6)
    assert part.x <= first.window.x <= 0.85
    assert edges.choose(found, 0.5, Region(0.3, 0, 0.4, 1, 1)) == ()


cells = st.lists(st.integers(0, 255), min_size=48, max_size=48).filter(any)


@settings(max_examples=200, deadline=None)
@given(cells, st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0]))
def test_no_window_on_whole_cells_keeps_more_than_the_chosen_one(values, aspect):
    grid = np.array(values, np.uint8).reshape(6, 8)
    found = EdgeMap(8, 6, 8 / 6, b64encode(grid.tobytes()).decode())
    (first, *_) = edges.choose(found, aspect)
    window = first.window
    total = grid.sum()
    if window.height > 0.999:
        lines, length = grid.sum(0), window.width * 8
    else:
        lines, length = grid.sum(1), window.height * 6
    sums = np.concatenate([[0], np.cumsum(lines)])
    starts = [start for start in range(len(lines)) if start + length <= len(lines)]
    most = max(np.interp(start + length, range(len(sums)), sums) - sums[start] for start in starts)
    assert first.kept >= most / total - 0.01


def test_other_candidates_lie_apart_and_keep_less():
    found = edges.choose(edges.measure(picture((0.1, 0.3), (0.1, 0.7), (0.9, 0.5))), 0.5, most=3)
    assert len(found) == 3
    assert all(one.score >= other.score for one, other in pairwise(found))


# in a chain


class Eyes:
    def __init__(self, **findings: Finding) -> None:
        self.findings = findings
        self.asked: list[Look] = []

    async def __call__(self, look: Look) -> Finding:
        self.asked.append(look)
        return self.findings.get(look.engine, Finding(look.engine))


async def focus_of(eyes: Eyes, *gravity: str, aspect: float = 1.0) -> Focus:
    return await ChainResolver().focus(Spec(gravity=gravity), Box(0, 0, 2000, 1000), Size(2000, 1000), aspect, eyes)


async def test_one_look_serves_every_shape():
    eyes = Eyes(edges=Finding("edges", edges=edges.measure(picture((0.1, 0.5)))))
    found = [await focus_of(eyes, "edges", aspect=aspect) for aspect in (0.5, 1.0, 1.7)]
    assert set(eyes.asked) == {Look("edges")}
    assert all(focus.engine == "edges" and focus.point.x < 0.5 for focus in found)
    assert [trial.weighed for trial in found[0].tried if trial.engine == "edges"] == [edges.STEPS]


async def test_a_picture_without_an_edge_is_handed_on():
    flat = Finding("edges", edges=edges.measure(picture()))
    focus = await focus_of(Eyes(edges=flat), "edges")
    assert (focus.engine, focus.tried[-1].outcome) == ("center", "no edge in this part of the picture")
    assert (await focus_of(Eyes(edges=flat), "edges", "west")).engine == "west"


async def test_edges_decide_where_no_face_is_found():
    seen = Finding("edges", edges=edges.measure(picture((0.9, 0.5))))
    focus = await focus_of(Eyes(face=Finding("face", why="no face"), edges=seen), "faces", "edges")
    assert (focus.engine, focus.is_final) == ("edges", True)
    assert focus.point.x > 0.5


async def test_an_engine_that_could_not_look_leaves_a_focus_that_is_not_final():
    focus = await focus_of(Eyes(edges=Finding("edges", is_available=False, why="crashed")), "edges")
    assert (focus.engine, focus.is_final) == ("center", False)
