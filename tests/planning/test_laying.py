"""Where layers come to lie, and how large they become: exactly, on the plan."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.dialects import native
from imgcdn.model.colour import Colour
from imgcdn.model.geometry import Box, Size
from imgcdn.model.laying import Wash
from imgcdn.model.media import SourceInfo
from imgcdn.model.overlays import BlendMode, LayerFit, Tile
from imgcdn.model.spec import COMPASS
from imgcdn.planning import laying
from imgcdn.planning.settings import Encoding

WIDE = SourceInfo("pngload", Size(300, 200), 1, 1, True, False, 8, False, False)
PHOTO = SourceInfo("jpegload", Size(3200, 2400), 1, 1, False, False, 8, False, False)
LYING = SourceInfo("jpegload", Size(3200, 2400), 6, 1, False, False, 8, False, False)
PICTURE = Size(600, 400)


def lay(query, picture=PICTURE, *infos, scale=1.0):
    spec = native.parse("img", "a.jpg", query).spec
    return laying.lay(spec, picture, (infos or (WIDE,))[: len(laying.pictures_of(spec))], scale, Encoding())


def layer(query, picture=PICTURE, *infos, scale=1.0):
    (only,) = lay(query, picture, *infos, scale=scale).layers
    return only


def marked(query, picture=PICTURE, info=WIDE, scale=1.0):
    return layer(f"mark=logo.png&{query}", picture, info, scale=scale)


def test_nothing_is_laid_over_where_nothing_is_said():
    assert laying.lay(native.parse("img", "a.jpg", "w=400").spec, PICTURE, (), 1.0, Encoding()) is None


def test_settings_of_a_mark_that_is_not_there_lay_nothing_over():
    said = "markW=100&markPosition=north&blendMode=screen&textSize=40"
    assert laying.lay(native.parse("img", "a.jpg", said).spec, PICTURE, (), 1.0, Encoding()) is None


def test_a_mark_is_18_percent_wide_and_5_px_from_the_bottom_right_corner():
    found = marked("")
    assert found.resized == Size(108, 72)
    assert found.box == Box(600 - 5 - 108, 400 - 5 - 72, 108, 72)
    assert found.opacity == 0.78
    assert found.mode is BlendMode.NORMAL


@pytest.mark.parametrize(
    ("position", "left", "top"),
    [
        ("northwest", 5, 5),
        ("north", 246, 5),
        ("east", 487, 164),
        ("center", 246, 164),
        ("southwest", 5, 323),
        ("bottom,center", 246, 323),
    ],
)
def test_a_mark_is_where_the_compass_says(position, left, top):
    assert marked(f"markPosition={position}").box == Box(left, top, 108, 72)


@pytest.mark.parametrize(
    ("said", "resized", "box"),
    [
        ("markW=150", (150, 100), (445, 295, 150, 100)),
        ("markH=100", (150, 100), (445, 295, 150, 100)),
        ("markW=0.5", (300, 200), (295, 195, 300, 200)),
        ("markH=0.25", (150, 100), (445, 295, 150, 100)),
        ("markScale=50", (300, 200), (295, 195, 300, 200)),
        ("markScale=0", (300, 200), (295, 195, 300, 200)),
        ("markW=100&markH=100", (100, 67), (495, 328, 100, 67)),
        ("markW=100&markH=100&markFit=crop", (100, 100), (495, 295, 100, 100)),
        ("markW=100&markH=100&markFit=scale", (100, 100), (495, 295, 100, 100)),
        ("markW=100&markH=100&markFit=fill", (100, 67), (495, 311, 100, 67)),
        ("markW=500&markH=390&markFit=max", (300, 200), (295, 195, 300, 200)),
        ("markW=500&markH=390&markFit=clip", (500, 333), (95, 62, 500, 333)),
    ],
)
def test_a_mark_meets_its_box_as_its_fit_says(said, resized, box):
    found = marked(said)
    assert found.resized == Size(*resized)
    assert found.box == Box(*box)


@pytest.mark.parametrize(
    ("place", "window"),
    [
        ("", Box(50, 0, 200, 200)),
        ("west", Box(0, 0, 200, 200)),
        ("northeast", Box(100, 0, 200, 200)),
        ("south", Box(50, 0, 200, 200)),
    ],
)
def test_of_a_picture_that_is_cropped_the_place_is_kept_that_is_said(place, window):
    said = f"&blendCrop={place}" if place else ""
    assert layer(f"blend=a.png&blendW=100&blendH=100{said}").stored_window == window
    tall = layer(f"blend=a.png&blendW=300&blendH=100{said}").stored_window
    assert tall.top == {"northeast": 0, "south": 100}.get(place, 50)


def test_a_mark_that_is_cropped_keeps_its_middle():
    assert marked("markW=100&markH=100&markFit=crop").stored_window == Box(50, 0, 200, 200)


def test_a_mark_is_never_larger_than_the_picture_and_its_pad_yields():
    assert marked("markW=8000").box == Box(0, 0, 600, 400)
    assert marked("markScale=100", Size(100, 100)).box == Box(0, 28, 100, 67)
    assert marked("markScale=100", Size(1, 1)).box == Box(0, 0, 1, 1)


def test_x_and_y_win_over_the_position_and_never_leave_the_picture():
    assert marked("markX=30&markY=40").box == Box(30, 40, 108, 72)
    assert marked("markX=8000").box == Box(492, 323, 108, 72)


def test_lengths_in_pixels_grow_with_the_scale_and_shares_do_not():
    assert marked("markW=100&markX=10&markY=20", scale=2.0).box == Box(20, 40, 200, 133)
    assert marked("markW=0.5&markPad=10", scale=2.0).box == Box(280, 180, 300, 200)
    assert marked("markScale=0&markX=0&markY=0", Size(1200, 800), scale=2.0).box.size == Size(600, 400)


def test_a_turned_mark_lies_within_the_picture_with_its_whole_bounds():
    found = marked("markRot=90")
    assert found.resized == Size(108, 72)
    assert found.turned == Size(72, 108)
    assert found.box == Box(600 - 5 - 72, 400 - 5 - 108, 72, 108)
    large = marked("markRot=45&markScale=100")
    assert large.turned.width <= 600
    assert large.turned.height <= 400


def test_a_grid_covers_the_picture_with_the_pad_between_the_marks():
    found = marked("markTile=grid&markPad=20", scale=2.0)
    assert found.box == Box(0, 0, 600, 400)
    assert found.gap == 40
    assert found.turned == Size(108, 72)


def test_a_mark_that_lies_on_its_side_is_measured_upright_and_read_as_stored():
    found = marked("markScale=50", info=LYING)
    assert found.resized == Size(300, 400)
    assert found.orientation == 6
    assert found.stored_window == Box(0, 0, 3200, 2400)
    assert found.shrink == 8


def test_a_large_photo_is_shrunk_while_it_is_decoded():
    assert marked("", info=PHOTO).shrink == 8


def test_a_colour_covers_the_picture_or_its_box():
    assert layer("blend=ff0000&blendAlpha=40&blendMode=multiply") == Wash(
        Colour(255, 0, 0), Box(0, 0, 600, 400), 0.4, BlendMode.MULTIPLY
    )
    assert layer("blend=f00&blendH=60&blendPosition=south").box == Box(0, 340, 600, 60)


def test_a_layer_without_any_opacity_is_left_out():
    assert lay("blend=f00&blendAlpha=0") is None
    assert lay("blend=/img/b.jpg&blendAlpha=0") is None


def test_a_picture_that_is_blended_in_covers_the_one_beneath_unless_told_otherwise():
    found = layer("blend=b.jpg", PICTURE, PHOTO)
    assert found.box == Box(0, 0, 600, 400)
    assert found.stored_window == Box(0, 133, 3200, 2133)
    assert layer("blend=b.png&blendSize=own").box == Box(150, 100, 300, 200)
    assert layer("blend=b.png&blendW=90&blendPosition=northwest&blendPad=7").box == Box(7, 7, 90, 60)


def test_layers_come_in_the_order_blend_mark_and_know_their_pictures():
    found = lay("mark=m.png&blend=/img/b.jpg", PICTURE, PHOTO, WIDE).layers
    assert [(one.param, one.index) for one in found] == [("blend", 0), ("watermark", 1)]
    spec = native.parse("img", "a.jpg", "mark=m.png&blend=f00").spec
    assert laying.pictures_of(spec) == (("watermark", "m.png"),)


sides = st.integers(1, 4000)


@settings(max_examples=300, deadline=None)
@given(
    st.builds(Size, sides, sides),
    st.builds(Size, sides, sides),
    st.sampled_from(LayerFit),
    st.sampled_from(sorted(COMPASS)),
    st.none() | st.integers(1, 8192),
    st.none() | st.integers(1, 8192),
    st.integers(0, 1000),
    st.floats(0.1, 5),
)
def test_no_mark_that_is_not_turned_ever_leaves_the_picture(picture, mark, fit, place, width, height, pad, scale):
    said = f"markFit={fit.value}&markPosition={place}&markPad={pad}"
    said += "" if width is None else f"&markW={width}"
    said += "" if height is None else f"&markH={height}"
    info = SourceInfo("pngload", mark, 1, 1, True, False, 8, False, False)
    found = marked(said, picture, info, scale)
    assert min(found.box.left, found.box.top) >= 0
    assert found.box.right <= picture.width
    assert found.box.bottom <= picture.height
    assert found.box.size == found.resized
    window = found.stored_window
    assert window.right <= mark.width
    assert window.bottom <= mark.height


@settings(max_examples=200, deadline=None)
@given(
    st.builds(Size, sides, sides),
    st.builds(Size, sides, sides),
    st.integers(0, 359),
    st.floats(0, 100),
    st.none() | st.just(Tile.GRID),
)
def test_a_turned_mark_leaves_the_picture_by_no_more_than_the_pixel_that_turning_adds(
    picture, mark, angle, scale, tile
):
    said = f"markRot={angle}&markScale={scale:.6f}" + ("" if tile is None else "&markTile=grid")
    info = SourceInfo("pngload", mark, 1, 1, True, False, 8, False, False)
    found = marked(said, picture, info)
    assert found.turned.width <= max(picture.width, 2)
    assert found.turned.height <= max(picture.height, 2)
