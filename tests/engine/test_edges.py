"""Padding, border and shape in pixels: where they lie, how smooth they are, and that they come around every frame."""

import numpy as np
import painting
import pytest
from PIL import Image

from imgcdn.engine import shapes
from imgcdn.model.geometry import Size


@pytest.fixture
def red(tmp_path):
    Image.new("RGB", (300, 200), "red").save(tmp_path / "red.png")
    return tmp_path / "red.png"


def area(mask):
    return np.frombuffer(mask.write_to_memory(), np.uint8).astype(float).sum() / 255


@pytest.mark.parametrize(("width", "height"), [(100, 100), (101, 60), (60, 101), (31, 31), (500, 20), (2, 2), (3, 2)])
def test_an_ellipse_has_the_area_of_an_ellipse(width, height):
    mask = shapes.ellipse(Size(width, height))
    assert area(mask) == pytest.approx(np.pi * width * height / 4, rel=0.02, abs=1.5)


@pytest.mark.parametrize("radius", [1, 2, 5, 20, 50])
def test_round_corners_take_off_what_a_circle_leaves_of_its_square(radius):
    mask = shapes.rounded(Size(120, 100), (radius,) * 4)
    assert area(mask) == pytest.approx(120 * 100 - (4 - np.pi) * radius**2, abs=0.6 + radius / 20)


def test_masks_are_the_same_from_all_sides():
    for mask in (shapes.ellipse(Size(61, 40)), shapes.rounded(Size(61, 40), (15,) * 4)):
        pixels = np.frombuffer(mask.write_to_memory(), np.uint8).reshape(40, 61)
        assert (pixels == pixels[::-1]).all()
        assert (pixels == pixels[:, ::-1]).all()


def test_edges_of_masks_are_smooth():
    """A corner of 40 px passes through more shades than two."""
    pixels = np.frombuffer(shapes.rounded(Size(80, 80), (40,) * 4).write_to_memory(), np.uint8)
    assert len(np.unique(pixels)) > 15


def test_each_corner_has_its_own_radius(render, red):
    made = render(red, "radius=0,20,40,60")
    alpha = made.pixels[:, :, 3]
    corners = [alpha[:100, :150], alpha[:100, 150:][:, ::-1], alpha[100:, 150:][::-1, ::-1], alpha[100:, :150][::-1]]
    gone = [100 * 150 - corner.astype(float).sum() / 255 for corner in corners]
    assert gone == pytest.approx([(1 - np.pi / 4) * radius**2 for radius in (0, 20, 40, 60)], abs=4)


def test_padding_and_border_lie_where_the_plan_has_them(render, red):
    pixels = render(red, "w=200&h=150&pad=20&pad_left=30&border=5&borderColor=00f&bg=0f0").pixels[:, :, :3]
    assert pixels.shape[:2] == (150, 200)
    blue, lime, ground = (0, 0, 255), (0, 255, 0), (255, 0, 0)
    assert (pixels[:5] == blue).all()
    assert (pixels[:, -5:] == blue).all()
    assert (pixels[5:25, 5:195] == lime).all()
    assert (pixels[5:-5, 5:35] == lime).all()
    assert (pixels[25:-25, 35:-25] == ground).all()


def test_padding_is_transparent_unless_a_background_is_named(render, red):
    pixels = render(red, "w=100&pad=10").pixels
    assert (pixels[:10, :, 3] == 0).all()
    assert (pixels[10:-10, 10:-10] == (255, 0, 0, 255)).all()


def test_a_border_follows_the_round_corner_on_both_sides(render, red):
    pixels = render(red, "w=200&h=200&radius=max&border=20&borderColor=00f").pixels
    y, x = np.mgrid[0:200, 0:200] + 0.5
    away = np.hypot(x - 100, y - 100)
    assert (pixels[away < 79] == (255, 0, 0, 255)).all()
    assert (pixels[(away > 81) & (away < 99)] == (0, 0, 255, 255)).all()
    assert (pixels[away > 101][:, 3] == 0).all()


def test_colours_at_a_smooth_edge_are_not_darkened(render, red):
    """Half covered pixels are red as ever, and half as opaque: no rim on light ground, none on dark."""
    for query in ("radius=60", "mask=ellipse", "pad=10&radius=60&bg=f00"):
        pixels = render(red, query).pixels
        part = pixels[(pixels[:, :, 3] > 0)]
        assert (part[:, :3] == (255, 0, 0)).all()


def test_a_translucent_border_stays_translucent(render, red):
    pixels = render(red, "w=100&h=100&border=10&borderColor=0000ff80").pixels
    assert (pixels[:10] == (0, 0, 255, 128)).all()
    round_ = render(red, "w=100&h=100&border=10&borderColor=0000ff80&radius=max").pixels
    assert np.abs(round_[50, 3].astype(int) - (0, 0, 255, 128)).max() <= 1


@pytest.mark.parametrize(
    ("query", "corner"), [("", (255, 255, 255)), ("&bg=0f0", (0, 255, 0)), ("&bg=0f0&mask_bg=00f", (0, 0, 255))]
)
def test_a_format_without_alpha_shows_a_colour_outside(render, red, query, corner):
    made = render(red, f"w=90&mask=ellipse&format=jpeg&q=95{query}")
    assert np.abs(made.pixels[0, 0, :3].astype(int) - corner).max() <= 6
    assert np.abs(made.pixels[30, 45, :3].astype(int) - (255, 0, 0)).max() <= 6


QUERIES = (
    "radius=max&border=1",
    "mask=ellipse&pad=3&bg=fff8",
    "w=40&h=30&fit=contain&fill=blur&radius=4",
    "w=40&h=30&fit=contain&extend=copy&border=2&borderColor=f008",
    "rotate=30&pad=2&border=2&radius=9&transparency=grid",
    "w=60&h=50&mask=corners&mask_bg=0808&transparency=grid",
)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(
    "name", ["dot.png", "alpha.png", "deep.png", "cmyk.jpg", "film.gif", "alpha.webp", "turned-6.jpg"]
)
@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "gif", "avif"])
def test_every_kind_of_source_comes_out_in_the_size_of_its_plan(render, photos, query, name, form):
    made = render(photos / name, f"{query}&format={form}")
    assert made.image.size == (made.plan.size.width, made.plan.size.height)


@pytest.mark.parametrize("kind", ["L", "LA", "I;16", "1"])
@pytest.mark.parametrize("query", QUERIES)
def test_grey_pictures_have_coloured_edges(render, tmp_path, kind, query):
    Image.new("L", (3, 2), 99).convert(kind).save(tmp_path / "a.png")
    made = render(tmp_path / "a.png", query)
    assert made.image.size == (made.plan.size.width, made.plan.size.height)


def test_a_border_of_a_grey_picture_is_of_its_own_colour(render, tmp_path):
    Image.new("L", (30, 20), 99).save(tmp_path / "a.png")
    pixels = render(tmp_path / "a.png", "border=4&borderColor=f00").pixels
    assert (pixels[0, 0, :3] == (255, 0, 0)).all()
    assert (pixels[10, 10, :3] == (99, 99, 99)).all()


@pytest.mark.parametrize("form", ["gif", "webp&lossless=1"])
def test_every_frame_has_the_same_edges(render, photos, form):
    image = render(photos / "film.gif", f"w=100&h=100&radius=max&border=6&borderColor=fff&format={form}").image
    assert image.n_frames == 4
    for index in range(4):
        image.seek(index)
        pixels = np.asarray(image.convert("RGBA"))
        assert pixels[0, 0, 3] == 0
        assert np.abs(pixels[50, 3].astype(int) - 255).max() <= 8
    bars = []
    for index in range(4):
        image.seek(index)
        middle = np.asarray(image.convert("RGB"))[50, 10:90].astype(int)
        yellow = np.flatnonzero((middle[:, 0] > 150) & (middle[:, 1] > 150) & (middle[:, 2] < 120))
        bars.append(yellow.mean() if len(yellow) else -1)
    assert len(set(bars)) == 4, "the frames still differ"


def test_a_turned_picture_has_transparent_corners_inside_its_border(render, red):
    pixels = render(red, "w=100&h=60&rotate=30&border=4&borderColor=00f&radius=10").pixels
    assert (pixels[40, 0] == (0, 0, 255, 255)).all()
    assert pixels[0, 0, 3] == 0
    assert pixels[8, 20, 3] == 0  # beside the turned picture
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
    assert (middle == (255, 0, 0, 255)).all()


def test_large_edges_of_a_large_picture_are_made_within_reason(render, tmp_path):
    painting.ramp(600, 400).save(tmp_path / "a.png")
    made = render(tmp_path / "a.png", "w=5000&h=4000&enlarge=1&radius=max&border=100&format=jpeg")
    assert made.image.size == (5000, 4000)


def test_each_side_has_a_border_of_its_own_width(render, red):
    pixels = render(red, "w=200&h=150&border=5&border_left=30&border_top=0&border_bottom=17&borderColor=00f").pixels
    blue, inner = (0, 0, 255), (255, 0, 0)
    assert pixels.shape[:2] == (150, 200)
    assert (pixels[:, :30, :3] == blue).all()
    assert (pixels[:, -5:, :3] == blue).all()
    assert (pixels[-17:, :, :3] == blue).all()
    assert (pixels[:-17, 30:-5, :3] == inner).all()


def test_the_inner_corners_of_a_border_may_be_round_and_the_outer_ones_not(render, red):
    pixels = render(red, "w=200&h=200&border=20&radius_inner=max&borderColor=00f").pixels[:, :, :3]
    y, x = np.mgrid[0:200, 0:200] + 0.5
    away = np.hypot(x - 100, y - 100)
    assert (pixels[away < 79] == (255, 0, 0)).all()
    assert (pixels[away > 81] == (0, 0, 255)).all()
    square = render(red, "w=200&h=200&border=20&radius=max&radius_inner=0&borderColor=00f").pixels
    assert (square[20:-20, 20:-20][away[20:-20, 20:-20] < 99][:, :3] == (255, 0, 0)).all()
    assert square[3, 3, 3] == 0


def test_inner_corners_never_overlap_where_the_border_is_wider_than_some_of_them(render, red):
    """Corners of 0 and 90 px inside a border of 30 leave room for 40."""
    pixels = render(red, "w=100&h=100&border=30&radius=0,90,0,0&borderColor=00f").pixels
    assert pixels.shape[:2] == (100, 100)
    assert (pixels[60, 35, :3] == (255, 0, 0)).all()
