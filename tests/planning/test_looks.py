"""What colours and effects come to in a plan: lengths in px of the finished picture, and nothing where all is neutral."""

import pytest

from imgcdn.dialects import native
from imgcdn.model.effects import EffectsPlan, Grain
from imgcdn.model.spec import Colour, Spec
from imgcdn.planning import looks


def planned(query: str, dpr: float = 1.0):
    return looks.effects(native.parse("img", "a.jpg", query).spec.effects, dpr)


def adjusted(query: str):
    return looks.adjusted(native.parse("img", "a.jpg", query).spec.adjust)


def test_an_ask_that_says_nothing_of_looks_plans_nothing():
    assert looks.adjusted(Spec().adjust) is None
    assert looks.effects(Spec().effects, 2.0) is None


@pytest.mark.parametrize(
    "query",
    [
        "bri=100&con=100&sat=100",
        "hue=0",
        "hue=360",
        "gam=1",
        "exposure=0&vib=0&high=0&shad=0",
        "invert=0",
    ],
)
def test_neutral_colours_are_no_step(query):
    assert adjusted(query) is None


@pytest.mark.parametrize(
    "query",
    [
        "blur=0",
        "sharp=0",
        "usm=0",
        "usm=0&usmrad=10",
        "usm=80&usmrad=0",
        "usmrad=10",
        "nr=0",
        "nrs=0",
        "sepia=0",
        "monochrome=transparent",
        "monochrome=ff000000",
        "duotone=000,fff&duotone_alpha=0",
        "duotone_alpha=50",
        "px=0",
        "px=1",
        "htn=0",
        "htn=1",
    ],
)
def test_neutral_effects_are_no_step(query):
    assert planned(query) is None


def test_a_blur_too_small_to_change_a_level_is_no_step():
    assert planned("blur=1") is None


@pytest.mark.parametrize(("dpr", "sigma"), [(1, 6), (2, 12), (0.5, 3)])
def test_a_blur_of_ten_is_a_sigma_of_one_px_and_dpr_multiplies_it(dpr, sigma):
    assert planned("blur=60", dpr) == EffectsPlan(blur_sigma=sigma)


def test_dpr_multiplies_blocks_dots_and_the_radius_of_the_unsharp_mask_and_nothing_else():
    query = "px=10&htn=7&usm=50&usmrad=2.5&sharp=50&nr=20&sepia=40"
    one, two = planned(query, 1.0), planned(query, 2.0)
    assert (one.block, one.dots, one.unsharp_sigma) == (10, 7, 2.5)
    assert (two.block, two.dots, two.unsharp_sigma) == (20, 14, 5.0)
    assert (one.sharpness, one.unsharp, one.grain, one.sepia) == (two.sharpness, two.unsharp, two.grain, two.sepia)


def test_strengths_become_factors():
    plan = planned("sharp=50&usm=-40&sepia=25&duotone=000,fff&duotone_alpha=60&nr=20&nrs=-30")
    assert (plan.sharpness, plan.unsharp, plan.sepia, plan.duotone_share) == (1.0, -0.4, 0.25, 0.6)
    assert plan.duotone == (Colour(0, 0, 0), Colour(255, 255, 255))
    assert plan.grain == Grain(levels=6.0, low=0.0, high=0.7)


def test_noise_reduction_below_zero_doubles_low_detail():
    assert planned("nr=-20").grain == Grain(levels=6.0, low=2.0, high=1.0)


def test_the_names_of_siblings_are_understood_at_length():
    assert adjusted("vibrance=10&highlights=-20&shadows=30") == adjusted("vib=10&high=-20&shad=30")
    assert planned("mono=f00&halftone=8") == planned("monochrome=f00&htn=8")
