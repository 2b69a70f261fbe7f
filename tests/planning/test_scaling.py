"""Lengths keep their proportion to the picture where a hint or a ladder gives it another size than the URL."""

import pytest
from sizing_rules import info, planned

from imgcdn.dialects import native
from imgcdn.model.edges import Margins
from imgcdn.model.geometry import Size
from imgcdn.model.spec import Hint
from imgcdn.planning import hints, ladders
from imgcdn.planning.settings import HintSettings, Ladder

LADDER = Ladder(allow_widths=(100, 200, 400, 800))
PHOTO = info(1600, 900)


def spec_of(query):
    return native.parse("img", "a", query).spec


def padding(spec):
    plan = planned(spec, PHOTO)
    return plan.size, plan.edges.padding


def test_a_width_that_a_browser_tells_takes_padding_along():
    spec, _ = hints.apply(spec_of("w=400&h=200&pad=10"), (Hint.WIDTH,), {"width": "800"}, HintSettings())
    assert padding(spec) == (Size(800, 400), Margins(20, 20, 20, 20))


def test_a_ratio_that_a_browser_tells_takes_padding_along():
    spec, _ = hints.apply(spec_of("w=400&h=200&pad=10"), (Hint.DPR,), {"dpr": "2"}, HintSettings())
    assert padding(spec) == (Size(800, 400), Margins(20, 20, 20, 20))


@pytest.mark.parametrize(
    ("query", "size"),
    [("w=200&h=100&dpr=2", Size(400, 200)), ("w=150&h=75", Size(200, 100)), ("h=100&ar=2:1", Size(200, 100))],
)
def test_a_step_of_a_ladder_takes_padding_along(query, size):
    spec = ladders.admit(spec_of(f"{query}&pad=10"), LADDER, is_signed=False)
    found, around = padding(spec)
    asked = spec_of(query).width or 200
    assert found == size
    assert around.left == round(10 * size.width / asked)


def test_sizes_without_lengths_still_share_one_rendition():
    texts = {
        native.canonical(ladders.admit(spec_of(query), LADDER, is_signed=False))
        for query in ("w=400", "w=200&dpr=2", "w=399", "w=100&dpr=4")
    }
    assert texts == {"w=400"}


def test_sizes_whose_lengths_differ_do_not():
    texts = {
        native.canonical(ladders.admit(spec_of(f"{query}&pad=9"), LADDER, is_signed=False))
        for query in ("w=400", "w=200&dpr=2")
    }
    assert texts == {"enlarge=1&pad=9&w=400", "enlarge=1&pad=9&scale=2.0&w=400"}
