"""What imgix' parameters of colour, style, ground, borders and masks do, seen in the pixels that come back."""

import numpy as np
import pytest
from imgix_asking import NAVY, RED, STRIPES, WHITE, shows
from measuring import psnr

DARK, MIDDLE, LIGHT, REDDISH, GREENISH, BLUISH, MUTED = range(len(STRIPES))


def light(colour):
    return sum(colour)


def colourful(colour):
    return max(colour) - min(colour)


@shows("bri", "exp", "gam")
@pytest.mark.parametrize("name", ["bri", "exp", "gam"])
def test_light_goes_up_and_down(ask, name):
    plain, more, less = (ask.stripes(f"{name}={value}") for value in (0, 40, -40))
    assert plain == list(STRIPES)
    assert light(less[MIDDLE]) + 20 < light(plain[MIDDLE]) < light(more[MIDDLE]) - 20


@shows("gam")
def test_gamma_leaves_black_and_white(ask):
    corners = ask.pixels("corners.png", "gam=60")
    assert corners[60, 100].tolist() == [255, 255, 255]
    assert corners[10, 10].tolist() == [255, 0, 0]


@shows("con")
def test_contrast_spreads_light_and_dark(ask):
    def spread(query):
        found = ask.stripes(query)
        return light(found[LIGHT]) - light(found[DARK])

    assert spread("con=-50") + 50 < spread("con=0") < spread("con=50") - 50


@shows("sat")
def test_saturation_goes_from_grey_to_more(ask):
    assert all(colourful(colour) == 0 for colour in ask.stripes("sat=-100"))
    assert colourful(ask.stripes("sat=50")[MUTED]) > colourful(STRIPES[MUTED]) + 5
    assert colourful(ask.stripes("sat=-50")[REDDISH]) == pytest.approx(75, abs=10)


@shows("vib")
def test_vibrance_counts_most_where_there_is_little_colour(ask):
    found = ask.stripes("vib=100")
    assert colourful(found[MUTED]) / colourful(STRIPES[MUTED]) > 1.2
    assert colourful(found[REDDISH]) / colourful(STRIPES[REDDISH]) < 1.2
    assert colourful(found[MIDDLE]) == 0
    assert colourful(ask.stripes("vib=-100")[MUTED]) < colourful(STRIPES[MUTED])


@shows("high", "shad")
@pytest.mark.parametrize(
    ("query", "moved", "kept", "sign"), [("high=-100", LIGHT, DARK, -1), ("shad=100", DARK, LIGHT, 1)]
)
def test_highlights_and_shadows_move_their_own_end(ask, query, moved, kept, sign):
    found = ask.stripes(query)
    change = sign * (light(found[moved]) - light(STRIPES[moved]))
    assert change > 100
    assert abs(light(found[kept]) - light(STRIPES[kept])) < change / 5


@shows("hue")
def test_hue_turns_the_colours(ask):
    found = ask.stripes("hue=120")
    assert max(range(3), key=found[REDDISH].__getitem__) == 1
    assert max(range(3), key=found[GREENISH].__getitem__) == 2
    assert found[MIDDLE] == STRIPES[MIDDLE]


@shows("invert")
def test_inverted_colours_are_what_is_missing_to_white(ask):
    assert ask.stripes("invert=true") == [tuple(255 - value for value in colour) for colour in STRIPES]


def roughness(pixels):
    """Return how much neighbours differ, in the mean."""
    return float(np.abs(np.diff(pixels[..., :3], axis=1)).mean())


@shows("sharp", "usm", "usmrad")
@pytest.mark.parametrize("query", ["sharp=80", "usm=80", "usm=80&usmrad=6"])
def test_edges_get_harder(ask, query):
    assert roughness(ask.pixels("photo.jpg", f"w=300&{query}")) > 1.1 * roughness(ask.pixels("photo.jpg", "w=300"))


@shows("usm", "usmrad")
def test_usm_below_0_softens_and_its_radius_says_how_far_from_an_edge_it_reaches(ask):
    assert roughness(ask.pixels("photo.jpg", "w=300&usm=-80")) < roughness(ask.pixels("photo.jpg", "w=300"))

    def reach(radius):
        row = ask.pixels("stripes.png", f"usm=80&usmrad={radius}")[20, 20:40, 0]
        return int((np.abs(row - STRIPES[MIDDLE][0]) >= 1).sum())

    assert reach(1) < reach(4)


@shows("nr", "nrs")
def test_noise_goes_and_the_edge_stays(ask):
    plain, calm, hard = (ask.pixels("noise.png", query) for query in ("", "nr=60", "nr=60&nrs=100"))
    flat = (slice(None), slice(10, 70))
    assert calm[flat].std() < 0.8 * plain[flat].std()
    assert calm[:, 100:].mean() - calm[:, :60].mean() == pytest.approx(100, abs=6)
    assert psnr(calm, hard) < 60


@shows("blur")
def test_blur_softens_more_and_more(ask):
    found = [roughness(ask.pixels("photo.jpg", f"w=300&blur={blur}")) for blur in (0, 20, 200)]
    assert found[0] > 1.5 * found[1] > 2 * found[2]


@shows("monochrome")
def test_monochrome_leaves_one_hue(ask):
    found = ask.stripes("monochrome=ff0000")
    assert all(green == blue <= red for red, green, blue in found)
    assert found[LIGHT][0] > found[DARK][0]
    assert all(colourful(colour) <= 1 for colour in ask.stripes("mono=808080"))


@shows("sepia")
def test_sepia_is_brown(ask):
    red, green, blue = ask.stripes("sepia=100")[MIDDLE]
    assert red > green > blue
    assert ask.stripes("sepia=0") == list(STRIPES)


@shows("px")
def test_px_makes_squares_of_one_colour(ask):
    found = ask.pixels("photo.jpg", "w=160&h=80&fit=crop&px=8")
    squares = found.reshape(10, 8, 20, 8, 3)
    assert np.abs(squares - squares[:, :1, :, :1]).max() <= 1
    assert roughness(found[:, ::8]) > 5


@shows("duotone", "duotone-alpha")
def test_duotone_goes_from_the_first_colour_to_the_second(ask):
    found = ask.pixels("corners.png", "duotone=000080,ffff00")
    assert np.abs(found[60, 100] - (255, 255, 0)).max() <= 2
    assert np.abs(ask.pixels("noise.png", "duotone=000080,000080")[5, 5] - NAVY).max() <= 2
    assert ask.stripes("duotone=000080,ffff00&duotone-alpha=0") == list(STRIPES)
    half, whole = (ask.stripes(f"duotone=000080,ffff00&duotone-alpha={alpha}") for alpha in (50, 100))
    middle = [(one + other) / 2 for one, other in zip(whole[REDDISH], STRIPES[REDDISH], strict=True)]
    assert half[REDDISH] == pytest.approx(middle, abs=2)


@shows("htn")
def test_halftone_makes_dots(ask):
    plain, dots = (ask.pixels("navy.png", f"exp=60&invert=true{query}")[..., :3] for query in ("", "&htn=8"))
    assert plain.std(axis=(0, 1)).max() < 1
    assert dots.std(axis=(0, 1)).max() > 20


@shows("bg")
def test_bg_is_seen_where_there_is_nothing_else(ask):
    assert ask.pixels("alpha.png", "w=150&bg=f00")[0, 0].tolist() == list(RED)
    assert ask.pixels("alpha.png", "w=150&bg=red")[0, 0].tolist() == list(RED)
    assert ask.pixels("alpha.png", "w=150&bg=80ff0000")[0, 0].tolist() == [255, 0, 0, 128]
    assert ask.pixels("alpha.png", "w=150&fm=jpg")[0, 0] == pytest.approx([255, 255, 255], abs=4)
    assert ask.pixels("navy.png", "w=60&h=60&fit=fill&bg=f00")[2, 30].tolist() == list(RED)


@shows("bg", "pad", "fill")
@pytest.mark.parametrize("query", ["w=120&h=120&fit=fill", "w=120&h=120&fit=fillmax", "w=120&h=120&fit=crop&pad=20"])
@pytest.mark.parametrize("fm", ["png", "webp", "avif", "jpg"])
def test_margins_are_clear_where_the_format_can_be_and_white_where_it_cannot(ask, query, fm):
    found = ask.pixels("navy.png", f"{query}&fm={fm}")
    if fm == "jpg":
        assert found[2, 60] == pytest.approx(WHITE, abs=4)
    else:
        assert (found[2, 60, 3], found[60, 60, 3]) == (0, 255)
    assert found[60, 60, :3] == pytest.approx(NAVY, abs=4)
    assert ask.pixels("navy.png", f"{query}&fm={fm}&bg=f00")[2, 60, :3] == pytest.approx(RED, abs=6)


@shows("bg")
def test_what_is_clear_in_the_source_stays_so_in_a_letterbox_and_loses_no_colour(ask):
    plain, filled = ask.pixels("alpha.png", ""), ask.pixels("alpha.png", "w=300&h=220&fit=fill")[10:210]
    assert np.array_equal(plain, filled)


@shows("fill", "fill-color")
def test_what_a_letterbox_is_filled_with(ask):
    box = "w=200&h=200&fit=fill"
    assert ask.pixels("photo.jpg", f"{box}&fill=solid&fill-color=00f")[5, 100].tolist() == [0, 0, 255]
    assert ask.pixels("photo.jpg", f"{box}&fill=solid")[5, 100].tolist() == [*WHITE, 0]
    blurred = ask.pixels("photo.jpg", f"{box}&fill=blur")[:30]
    assert blurred.mean() < 230
    assert blurred.std(axis=(0, 1)).max() > 2
    assert roughness(blurred) < 4


PADS = {
    "pad=10": (10, 10, 10, 10),
    "pad-left=10": (10, 0, 0, 0),
    "pad-top=10": (0, 10, 0, 0),
    "pad-right=10": (0, 0, 10, 0),
    "pad-bottom=10": (0, 0, 0, 10),
    "pad=10&pad-left=20": (20, 10, 10, 10),
}


@shows("pad", "pad-left", "pad-top", "pad-right", "pad-bottom")
@pytest.mark.parametrize(("query", "sides"), PADS.items())
def test_padding_is_part_of_the_size_and_shows_the_ground(ask, query, sides):
    left, top, right, bottom = sides
    found = ask.pixels("navy.png", f"w=120&h=80&fit=crop&{query}&bg=f00")
    assert found.shape == (80, 120, 3)
    inside = np.all(np.abs(found - NAVY) <= 2, axis=2)
    assert inside.sum() == (120 - left - right) * (80 - top - bottom)
    assert inside[top : 80 - bottom, left : 120 - right].all()


@shows("transparency", "grid-size", "grid-colors")
@pytest.mark.parametrize(
    ("query", "side", "colours"),
    [
        ("", 4, {(208, 215, 221), WHITE}),
        ("&grid-size=6&grid-colors=f00,00f", 6, {RED, (0, 0, 255)}),
        ("&grid-colors=f00", 4, {RED, WHITE}),
    ],
)
def test_a_grid_is_behind_what_is_transparent(ask, query, side, colours):
    found = ask.pixels("alpha.png", f"transparency=grid{query}")
    assert found.shape[2] == 3 or found[..., 3].min() == 255
    assert {tuple(colour) for colour in found[:12, :60, :3].reshape(-1, 3)} == colours
    changes = np.flatnonzero(np.abs(np.diff(found[0, :48, :3], axis=0)).sum(axis=1)) + 1
    assert changes.tolist() == list(range(side, 48, side))


@shows("mask")
def test_an_ellipse_is_transparent_outside(ask):
    found = ask.pixels("navy.png", "mask=ellipse")
    assert (found[0, 0, 3], found[80, 120, 3], found[80, 2, 3]) == (0, 255, 255)
    assert (found[..., 3] > 128).mean() == pytest.approx(np.pi / 4, abs=0.01)


@shows("mask", "corner-radius")
def test_corners_are_as_round_as_is_said_one_by_one(ask):
    found = ask.pixels("navy.png", "mask=corners&corner-radius=40,0,20,10")[..., 3]
    empty = [
        int((part < 128).sum()) for part in (found[:80, :120], found[:80, 120:], found[80:, 120:], found[80:, :120])
    ]
    assert empty == pytest.approx([radius**2 * (1 - np.pi / 4) for radius in (40, 0, 20, 10)], abs=12)
    all_round = ask.pixels("navy.png", "mask=corners&corner-radius=40")[..., 3]
    assert (all_round < 128).sum() == pytest.approx(4 * 1600 * (1 - np.pi / 4), abs=24)


@shows("mask-bg")
def test_mask_bg_is_what_a_mask_shows(ask):
    assert ask.pixels("navy.png", "mask=ellipse&mask-bg=f00")[0, 0, :3].tolist() == list(RED)


@shows("border")
def test_a_border_is_part_of_the_size(ask):
    found = ask.pixels("navy.png", "w=120&h=80&fit=crop&border=10,f00")
    assert found.shape == (80, 120, 3)
    is_red = np.all(found == RED, axis=2)
    assert is_red.sum() == 120 * 80 - 100 * 60
    assert not is_red[10:70, 10:110].any()


@shows("border-radius")
def test_a_border_is_round_where_that_is_said(ask):
    found = ask.pixels("navy.png", "w=120&h=80&fit=crop&border=10,f00&border-radius=30&fm=png")
    assert found.shape[2] == 4
    assert found[0, 0, 3] == 0
    assert found[0, 60].tolist() == [255, 0, 0, 255]


@shows("border-radius-inner")
def test_a_border_is_round_inside_where_that_is_said(ask):
    plain, round_inside = (
        ask.pixels("navy.png", f"w=120&h=80&fit=crop&border=10,f00&border-radius=30{query}")
        for query in ("", "&border-radius-inner=20")
    )
    assert plain[12, 12, :3] == pytest.approx(NAVY, abs=2)
    assert round_inside[12, 12, :3].tolist() == list(RED)
    assert round_inside[40, 12, :3] == pytest.approx(NAVY, abs=2)


SIDES = {"left": (20, 0, 0, 0), "top": (0, 20, 0, 0), "right": (0, 0, 20, 0), "bottom": (0, 0, 0, 20)}


@shows("border-left", "border-top", "border-right", "border-bottom")
@pytest.mark.parametrize("side", SIDES)
def test_a_side_of_the_border_has_a_width_of_its_own(ask, side):
    left, top, right, bottom = (width or 5 for width in SIDES[side])
    found = ask.pixels("navy.png", f"w=120&h=80&fit=crop&border=5,f00&border-{side}=20")
    is_inside = np.all(np.abs(found - NAVY) <= 2, axis=2)
    assert is_inside.sum() == (120 - left - right) * (80 - top - bottom)
    assert is_inside[top : 80 - bottom, left : 120 - right].all()
