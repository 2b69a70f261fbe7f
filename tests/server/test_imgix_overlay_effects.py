"""What imgix' parameters of marks, blends and texts do, seen in the pixels that come back."""

import numpy as np
import pytest
from imgix_asking import NAVY, RED, shows

MARK = "mark=/logo.png"


def box(pixels, colour=RED, tolerance=30):
    """Return left, top, right and bottom of all that has a colour; None where nothing has."""
    is_so = np.all(np.abs(pixels[..., :3] - colour) <= tolerance, axis=2)
    if not is_so.any():
        return None
    rows, columns = np.flatnonzero(is_so.any(axis=1)), np.flatnonzero(is_so.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


MARKS = {
    "": (175, 125, 235, 155),
    "mark-align=top,left": (5, 5, 65, 35),
    "mark-align=bottom,left": (5, 125, 65, 155),
    "mark-align=middle,center": (90, 65, 150, 95),
    "mark-pad=20": (160, 110, 220, 140),
    "mark-align=top,left&mark-pad=0": (0, 0, 60, 30),
    "mark-w=30": (205, 140, 235, 155),
    "mark-w=0.5": (115, 95, 235, 155),
    "mark-h=20": (195, 135, 235, 155),
    "mark-scale=25": (175, 125, 235, 155),
    "mark-scale=50": (115, 95, 235, 155),
    "mark-x=10&mark-y=20": (10, 20, 70, 50),
    "mark-x=10": (10, 125, 70, 155),
    "mark-align=top,left&mark-w=60&mark-h=60": (5, 5, 65, 35),
    "mark-align=top,left&mark-w=60&mark-h=60&mark-fit=crop": (5, 5, 65, 65),
    "mark-align=top,left&mark-w=60&mark-h=60&mark-fit=scale": (5, 5, 65, 65),
    "mark-align=top,left&mark-w=120&mark-h=120&mark-fit=max": None,
    "mark-align=middle,center&mark-rot=90": (105, 50, 135, 110),
}


@shows(
    "mark",
    "mark-align",
    "mark-w",
    "mark-h",
    "mark-scale",
    "mark-pad",
    "mark-x",
    "mark-y",
    "mark-fit",
    "mark-rot",
)
@pytest.mark.parametrize(("query", "place"), MARKS.items())
def test_a_mark_lies_where_it_must_as_large_as_it_must(ask, query, place):
    found = box(ask.pixels("navy.png", f"{MARK}&{query}"))
    if place is not None:
        assert found == pytest.approx(place, abs=1)
        return
    assert (found[2] - found[0], found[3] - found[1]) == (60, 30), "max never enlarges"


@shows("mark-rot")
def test_a_mark_turns_against_the_clock(ask):
    """Upright it is red at the upper left, green at the upper right, blue below."""
    found = ask.pixels("navy.png", "mark=/corners.png&mark-align=middle,center&mark-rot=90")
    assert np.abs(found[110, 95, :3] - RED).max() <= 2
    assert np.abs(found[50, 95, :3] - (0, 255, 0)).max() <= 2
    assert np.abs(found[110, 145, :3] - (0, 0, 255)).max() <= 2


@shows("mark-alpha")
def test_a_mark_lets_through_what_is_behind_it(ask):
    half = ask.pixels("navy.png", f"{MARK}&mark-alpha=50")[140, 200, :3]
    assert np.abs(half - (np.array(RED) + NAVY) / 2).max() <= 2
    assert box(ask.pixels("navy.png", f"{MARK}&mark-alpha=0")) is None


@shows("mark-tile")
def test_a_mark_is_repeated_all_over(ask):
    found = np.all(np.abs(ask.pixels("navy.png", f"{MARK}&mark-tile=grid&mark-pad=10")[..., :3] - RED) <= 30, axis=2)
    assert 4 * 60 * 30 < found.sum() < 240 * 160
    assert found[:, :120].any()
    assert found[:80].any()


@shows("mark-base")
def test_mark_base_stands_before_the_path(ask):
    found = ask.pixels("navy.png", "mark=logo.png&mark-base=/brand")
    assert box(found, (0, 255, 0)) == pytest.approx((215, 135, 235, 155), abs=1)


@shows("blend", "blend-mode")
@pytest.mark.parametrize(
    ("mode", "colour"),
    [
        ("normal", (255, 0, 0)),
        ("multiply", (0, 0, 0)),
        ("screen", (255, 0, 128)),
        ("darken", (0, 0, 0)),
        ("lighten", (255, 0, 128)),
        ("difference", (255, 0, 128)),
    ],
)
def test_a_colour_is_blended_by_its_mode(ask, mode, colour):
    found = ask.pixels("navy.png", f"blend=f00&blend-mode={mode}")
    assert np.abs(found[..., :3] - colour).max() <= 2


@shows("blend-color")
def test_blend_color_is_a_colour_where_blend_is_not_said(ask):
    assert np.array_equal(
        ask.pixels("navy.png", "blend-color=f00&bm=normal"), ask.pixels("navy.png", "blend=f00&bm=normal")
    )


@shows("blend-alpha")
def test_a_blend_lets_through_what_is_behind_it(ask):
    found = ask.pixels("navy.png", "blend=f00&blend-mode=normal&blend-alpha=50")
    assert np.abs(found[..., :3] - (np.array(RED) + NAVY) / 2).max() <= 2


BLENDS = {
    "": (0, 0, 60, 30),
    "blend-align=bottom,right": (180, 130, 240, 160),
    "blend-align=middle,center": (90, 65, 150, 95),
    "blend-pad=10": (10, 10, 70, 40),
    "blend-x=15&blend-y=25": (15, 25, 75, 55),
    "blend-w=120": (0, 0, 120, 60),
    "blend-h=15": (0, 0, 30, 15),
    "blend-w=40&blend-h=40&blend-fit=crop": (0, 0, 40, 40),
    "blend-w=40&blend-h=40&blend-fit=scale": (0, 0, 40, 40),
    "blend-size=inherit&blend-fit=crop": (0, 0, 240, 160),
}


@shows("blend", "blend-align", "blend-pad", "blend-x", "blend-y", "blend-w", "blend-h", "blend-fit", "blend-size")
@pytest.mark.parametrize(("query", "place"), BLENDS.items())
def test_a_blended_picture_lies_where_it_must(ask, query, place):
    found = box(ask.pixels("navy.png", f"blend=/logo.png&blend-mode=normal&{query}"))
    assert found == pytest.approx(place, abs=1)


@shows("blend-crop")
def test_a_blended_picture_is_cropped_at_the_side_that_is_said(ask):
    def shown(side):
        query = f"blend=/corners.png&blend-mode=normal&blend-w=40&blend-h=80&blend-fit=crop&blend-crop={side}"
        return ask.pixels("navy.png", query)[5, 20, :3]

    assert np.abs(shown("left") - RED).max() <= 2
    assert np.abs(shown("right") - (0, 255, 0)).max() <= 2


TEXT = "txt=Hlx&txt-color=f00&txt-size=30"


def lettering(ask, query):
    """Return the box of the red letters on a navy picture of 240x160."""
    return box(ask.pixels("navy.png", query), tolerance=100)


@shows("txt", "txt-size", "txt-color")
def test_a_text_is_drawn_in_its_colour_and_size(ask):
    assert box(ask.pixels("navy.png", "txt=Hlx&txt-size=30&txt-color=0f0"), (0, 255, 0), 100) is not None
    small, large = (lettering(ask, f"txt=H&txt-color=f00&txt-size={size}") for size in (20, 60))
    assert (large[3] - large[1]) / (small[3] - small[1]) == pytest.approx(3, abs=0.5)
    assert 10 <= small[3] - small[1] <= 20


@shows("txt-align", "txt-pad")
@pytest.mark.parametrize("row", ["top", "middle", "bottom"])
@pytest.mark.parametrize("column", ["left", "center", "right"])
def test_a_text_lies_at_the_side_that_is_said_away_from_the_edge(ask, row, column):
    left, top, right, bottom = lettering(ask, f"{TEXT}&txt-align={row},{column}&txt-pad=20")
    x, y = (left + right) / 2, (top + bottom) / 2
    assert {"left": x < 80, "center": 90 < x < 150, "right": x > 160}[column]
    assert {"top": y < 60, "middle": 60 < y < 100, "bottom": y > 100}[row]
    assert left >= 18
    assert right <= 222
    assert top >= 18
    assert bottom <= 142


@shows("txt-pad")
def test_padding_moves_a_text_in(ask):
    near, far = (lettering(ask, f"{TEXT}&txt-align=top,left&txt-pad={pad}") for pad in (0, 40))
    assert (far[0] - near[0], far[1] - near[1]) == pytest.approx((40, 40), abs=1)


@shows("txt-x", "txt-y")
def test_a_text_lies_at_a_place(ask):
    near, far = (lettering(ask, f"{TEXT}&txt-x={x}&txt-y={y}") for x, y in ((0, 0), (50, 30)))
    assert (far[0] - near[0], far[1] - near[1]) == pytest.approx((50, 30), abs=1)


@shows("txt-width")
def test_a_text_is_broken_into_lines_of_its_width(ask):
    words = "txt=one+two+three+four&txt-color=f00&txt-size=20&txt-align=top,left&txt-pad=5"
    wide, narrow = (lettering(ask, f"{words}&txt-width={width}") for width in (230, 60))
    assert wide[2] - wide[0] > 100
    assert narrow[2] - narrow[0] <= 62
    assert narrow[3] - narrow[1] > 2 * (wide[3] - wide[1])


@shows("txt-fit")
def test_a_text_grows_to_the_width_that_there_is(ask):
    left, _, right, _ = lettering(ask, "txt=Hlx&txt-color=f00&txt-size=12&txt-fit=max&txt-pad=10")
    assert right - left > 150


@shows("txt-font")
def test_a_font_may_be_bold_and_have_serifs(ask):
    def ink(query):
        found = ask.pixels("navy.png", f"{TEXT}&txt-align=middle,center&{query}")
        return np.all(np.abs(found[..., :3] - RED) <= 100, axis=2)

    plain, bold, serif = ink("txt-font=sans"), ink("txt-font=sans,bold"), ink("txt-font=serif")
    assert bold.sum() > 1.15 * plain.sum()
    assert (plain != serif).sum() > 0.1 * plain.sum()


@shows("txt-line", "txt-line-color")
def test_letters_have_an_outline_in_its_colour(ask):
    found = ask.pixels("navy.png", f"{TEXT}&txt-align=middle,center&txt-line=3&txt-line-color=0f0")
    inner, outer = box(found, tolerance=100), box(found, (0, 255, 0), 100)
    assert box(ask.pixels("navy.png", f"{TEXT}&txt-align=middle,center"), (0, 255, 0), 100) is None
    assert outer[0] < inner[0]
    assert outer[2] > inner[2]


@shows("txt-shad")
def test_letters_throw_a_shadow(ask):
    white = "txt=Hlx&txt-color=fff&txt-size=40&txt-align=middle,center&exp=100"
    plain, shaded = (ask.pixels("photo.jpg", f"w=240&h=160&fit=crop&{white}{query}") for query in ("", "&txt-shad=8"))
    darker = (plain - shaded).sum(axis=2) > 60
    assert darker.sum() > 100
