"""Marks and blended pictures in pixels: where they are, how much shows through, and what is left alone."""

import colorsys
import io

import numpy as np
import painting
import pytest
from measuring import pixels_of
from PIL import Image, ImageCms

from imgcdn import errors
from imgcdn.engine import probe
from imgcdn.model.geometry import Box
from imgcdn.model.overlays import BlendMode

GREY = (100, 100, 100)
OUTSIDE = 2.0
"""Pixels apart from a layer differ by no more from those without one."""


@pytest.fixture
def folder(tmp_path):
    """Flat pictures, so that every pixel of a result is known."""
    Image.new("RGB", (400, 300), GREY).save(tmp_path / "grey.png")
    Image.new("RGB", (200, 100), (255, 0, 0)).save(tmp_path / "red.png")
    painting.corners(200, 100).save(tmp_path / "corners.png")
    half = Image.new("RGBA", (200, 100), (0, 0, 255, 255))
    half.paste((0, 255, 0, 0), (100, 0, 200, 100))
    half.save(tmp_path / "half.png")
    Image.new("RGBA", (400, 300), (10, 200, 30, 0)).save(tmp_path / "clear.png")
    Image.new("RGBA", (400, 300), (0, 0, 255, 128)).save(tmp_path / "veil.png")
    return tmp_path


@pytest.fixture
def marked(render, folder):
    def make(query, mark="red.png", base="grey.png"):
        return render(folder / base, f"mark=x&{query}", pictures=(folder / mark,))

    return make


def box_of(rendered) -> Box:
    return rendered.plan.overlays.layers[0].box


def mean(pixels, box):
    return pixels[box.top : box.bottom, box.left : box.right].reshape(-1, pixels.shape[2]).mean(axis=0)


def without(pixels, box):
    """Return the pixels outside of a box."""
    outside = np.ones(pixels.shape[:2], bool)
    outside[box.top : box.bottom, box.left : box.right] = False
    return pixels[outside]


@pytest.mark.parametrize("position", ["northwest", "north", "east", "center", "southwest", "southeast"])
def test_a_mark_covers_the_planned_box_to_the_pixel_and_nothing_else(marked, position):
    made = marked(f"markPosition={position}&markOpacity=1")
    box = box_of(made)
    assert box.size.width == 72
    inside = made.pixels[box.top : box.bottom, box.left : box.right]
    assert np.abs(inside - (255, 0, 0)).max() <= 1
    assert np.abs(without(made.pixels, box) - GREY).max() <= 0


@pytest.mark.parametrize("opacity", [0.05, 0.4, 0.78, 1])
def test_a_mark_is_as_opaque_as_it_is_said(marked, opacity):
    made = marked(f"markOpacity={opacity}")
    wanted = np.array(GREY) * (1 - opacity) + np.array((255, 0, 0)) * opacity
    assert np.abs(mean(made.pixels, box_of(made)) - wanted).max() <= 1.5


def test_what_is_transparent_in_a_mark_shows_the_picture(marked):
    made = marked("markOpacity=1&markScale=50&markPosition=northwest&markPad=0", "half.png")
    box = box_of(made)
    assert np.abs(made.pixels[:, : box.width // 2 - 4][: box.height] - (0, 0, 255)).max() <= 1
    assert np.abs(made.pixels[:, box.width // 2 + 4 :] - GREY).max() <= 0


def test_a_mark_over_a_clear_picture_keeps_its_own_colour_and_alpha(marked):
    made = marked("markOpacity=0.5", base="clear.png")
    box = box_of(made)
    inside = mean(made.pixels, box)
    assert np.abs(inside[:3] - (255, 0, 0)).max() <= 2
    assert inside[3] == pytest.approx(127.5, abs=1.5)
    assert without(made.pixels, box)[:, 3].max() == 0


def test_a_half_clear_mark_over_a_half_clear_picture_adds_up_as_porter_and_duff_say(marked):
    made = marked("markOpacity=0.5", base="veil.png")
    under, over = 128 / 255, 0.5
    alpha = over + under * (1 - over)
    wanted = (np.array((255, 0, 0)) * over + np.array((0, 0, 255)) * under * (1 - over)) / alpha
    inside = mean(made.pixels, box_of(made))
    assert inside[3] == pytest.approx(alpha * 255, abs=2)
    assert np.abs(inside[:3] - wanted).max() <= 3


def test_a_picture_without_alpha_stays_without(marked):
    assert not marked("").image.has_transparency_data


def test_a_mark_that_is_turned_by_a_right_angle_shows_its_corners_turned(marked):
    made = marked("markRot=90&markOpacity=1&markScale=50&markPosition=northwest&markPad=0", "corners.png")
    box = box_of(made)
    assert (box.width, box.height) == (100, 200)
    # red, green / blue, white becomes blue, red / white, green
    assert tuple(made.pixels[20, 20]) == (0, 0, 255)
    assert tuple(made.pixels[20, 80]) == (255, 0, 0)
    assert tuple(made.pixels[180, 80]) == (0, 255, 0)


def test_a_mark_that_is_turned_by_any_angle_has_clear_corners_and_no_dark_fringe(marked):
    made = marked("markRot=45&markOpacity=1&markScale=40&markPosition=center")
    box = box_of(made)
    middle = made.pixels[box.top + box.height // 2, box.left + box.width // 2]
    assert np.abs(middle - (255, 0, 0)).max() <= 1
    assert np.abs(made.pixels[box.top + 2, box.left + 2] - GREY).max() <= 1
    # Between grey and red nothing is darker than both.
    assert made.pixels[..., 0].min() >= GREY[0] - OUTSIDE


def test_a_grid_repeats_the_mark_at_equal_distances_with_gaps_between(marked):
    made = marked("markTile=grid&markScale=10&markPad=15&markOpacity=1")
    is_red = (np.abs(made.pixels - (255, 0, 0)).max(axis=2) <= 1).astype(int)
    columns, rows = is_red.max(axis=0), is_red.max(axis=1)
    starts = np.flatnonzero(np.diff(np.concatenate(([0], columns))) == 1)
    assert starts[0] == 15
    assert set(np.diff(starts)) == {40 + 15}
    assert set(np.diff(np.flatnonzero(np.diff(np.concatenate(([0], rows))) == 1))) == {20 + 15}


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_mark_is_laid_upright_whatever_its_exif_says(marked, folder, orientation):
    painting.save_turned(painting.corners(200, 100), folder / "turned.jpg", orientation, quality=95)
    made = marked("markScale=50&markOpacity=1&markPosition=northwest&markPad=0", "turned.jpg")
    box = box_of(made)
    assert (box.width, box.height) == (200, 100)
    assert np.abs(made.pixels[20, 20] - (255, 0, 0)).max() <= 12
    assert np.abs(made.pixels[80, 20] - (0, 0, 255)).max() <= 12


def test_an_animated_picture_bears_the_mark_on_every_frame(render, folder, film):
    made = render(film, "mark=x&markOpacity=1&format=webp&lossless=1", pictures=(folder / "red.png",))
    box = box_of(made)
    image = made.image
    assert image.n_frames == 3
    for index in range(3):
        image.seek(index)
        inside = np.asarray(image.convert("RGB"), float)[box.top : box.bottom, box.left : box.right]
        assert np.abs(inside - (255, 0, 0)).max() <= 2


def test_an_animated_mark_shows_its_first_frame(marked, folder):
    first, other = Image.new("RGB", (60, 60), (0, 255, 0)), Image.new("RGB", (60, 60), (0, 0, 255))
    first.save(folder / "moving.webp", save_all=True, append_images=[other], duration=50, lossless=True)
    made = marked("markOpacity=1", "moving.webp")
    assert np.abs(mean(made.pixels, box_of(made)) - (0, 255, 0)).max() <= 2


@pytest.mark.parametrize("base", ["one", "small", "grey", "deep", "cmyk"])
@pytest.mark.parametrize("mark", ["one", "grey", "deep", "cmyk", "half"])
def test_every_kind_of_mark_lies_on_every_kind_of_picture(render, folder, base, mark):
    for name, image in {
        "one": Image.new("RGB", (1, 1), "navy"),
        "small": Image.new("L", (3, 2), 128),
        "grey": Image.new("L", (90, 60), 128),
        "deep": Image.new("I;16", (90, 60), 30_000),
        "cmyk": Image.new("CMYK", (90, 60), (200, 20, 20, 0)),
    }.items():
        image.save(folder / f"{name}.tif")
    picture = folder / f"{mark}.png" if mark == "half" else folder / f"{mark}.tif"
    for said in ("", "&markRot=30", "&markTile=grid"):
        made = render(folder / f"{base}.tif", f"mark=x&blend=y&blendAlpha=30{said}", pictures=(picture, picture))
        assert made.image.size == probed(folder / f"{base}.tif")


def probed(path):
    size = probe.probe(str(path)).upright
    return size.width, size.height


def test_a_damaged_mark_is_an_error_that_names_the_parameter(marked, folder):
    painting.sample("coffee.png").save(folder / "photo.png")
    body = (folder / "photo.png").read_bytes()
    (folder / "half-there.png").write_bytes(body[: len(body) // 2])
    with pytest.raises(errors.CorruptImageError) as caught:
        marked("", "half-there.png")
    assert caught.value.param == "watermark"


# blending

COLOURS = [(200, 40, 90), (20, 180, 220), (128, 128, 128), (250, 240, 10), (0, 0, 0), (255, 255, 255)]
FORMULAS = {
    BlendMode.NORMAL: lambda b, s: s,
    BlendMode.MULTIPLY: lambda b, s: b * s,
    BlendMode.SCREEN: lambda b, s: b + s - b * s,
    BlendMode.OVERLAY: lambda b, s: np.where(b <= 0.5, 2 * b * s, 1 - 2 * (1 - b) * (1 - s)),
    BlendMode.DARKEN: np.minimum,
    BlendMode.LIGHTEN: np.maximum,
    BlendMode.COLOR_DODGE: lambda b, s: np.where(b == 0, 0, np.minimum(1, b / np.maximum(1 - s, 1e-9))),
    BlendMode.COLOR_BURN: lambda b, s: np.where(b == 1, 1, 1 - np.minimum(1, (1 - b) / np.maximum(s, 1e-9))),
    BlendMode.HARD_LIGHT: lambda b, s: np.where(s <= 0.5, 2 * b * s, 1 - 2 * (1 - b) * (1 - s)),
    BlendMode.DIFFERENCE: lambda b, s: np.abs(b - s),
    BlendMode.EXCLUSION: lambda b, s: b + s - 2 * b * s,
}
"""W3C Compositing and Blending 1, §10.1: backdrop and source, each 0–1."""


@pytest.fixture
def patches(tmp_path):
    image = Image.new("RGB", (len(COLOURS), 1))
    image.putdata(COLOURS)
    image.resize((len(COLOURS) * 10, 10), Image.Resampling.NEAREST).save(tmp_path / "patches.png")
    return tmp_path / "patches.png"


@pytest.mark.parametrize("mode", FORMULAS)
@pytest.mark.parametrize("colour", COLOURS)
def test_a_mode_mixes_colours_as_its_formula_says(render, patches, mode, colour):
    text = "".join(f"{part:02x}" for part in colour)
    found = render(patches, f"blend={text}&blendMode={mode.value}").pixels[5, 5::10]
    wanted = FORMULAS[mode](np.array(COLOURS) / 255, np.array(colour) / 255) * 255
    # A black picture under white and a white one under black are 0/0, which libvips takes for the other end.
    is_defined = np.array([{sum(beneath), sum(colour)} != {0, 765} for beneath in COLOURS])
    assert np.abs(found - wanted)[is_defined].max() <= 1.01


@pytest.mark.parametrize("colour", COLOURS[:4])
def test_luminosity_and_colour_swap_the_lightness_of_two_pictures(render, patches, colour):
    text = "".join(f"{part:02x}" for part in colour)
    weights = (0.3, 0.59, 0.11)
    lit = render(patches, f"blend={text}&blendMode=luminosity").pixels[5, 5::10]
    assert np.abs(lit @ weights - np.array(colour) @ weights).max() <= 1.5
    tinted = render(patches, f"blend={text}&blendMode=color").pixels[5, 5::10]
    assert np.abs(tinted @ weights - np.array(COLOURS) @ weights).max() <= 1.5


def test_hue_keeps_the_lightness_of_the_picture_and_takes_the_hue_of_the_layer(render, patches):
    found = render(patches, "blend=14b4dc&blendMode=hue").pixels[5, 5::10]
    hue = colorsys.rgb_to_hsv(0x14 / 255, 0xB4 / 255, 0xDC / 255)[0]
    assert np.abs(found @ (0.3, 0.59, 0.11) - np.array(COLOURS) @ (0.3, 0.59, 0.11)).max() <= 1.5
    assert colorsys.rgb_to_hsv(*(found[0] / 255))[0] == pytest.approx(hue, abs=0.02)
    assert np.ptp(found[2]) <= 1  # grey has no saturation that could be kept


def test_a_layer_that_is_half_opaque_goes_half_the_way(render, patches):
    found = render(patches, "blend=ff0000&blendAlpha=50").pixels[5, 5::10]
    assert np.abs(found - np.add(COLOURS, (255, 0, 0)) / 2).max() <= 1.5


def test_the_blend_lies_below_the_mark(render, folder):
    made = render(folder / "grey.png", "mark=x&markOpacity=1&blend=00f", pictures=(folder / "red.png",))
    layers = made.plan.overlays.layers
    box = layers[1].box
    assert np.abs(mean(made.pixels, box) - (255, 0, 0)).max() <= 1
    assert np.abs(without(made.pixels, box) - (0, 0, 255)).max() <= 1


def test_layers_lie_on_the_turned_picture_and_inside_its_border(render, folder):
    made = render(
        folder / "grey.png",
        "w=200&rotate=90&border=10&mark=x&markOpacity=1&markPosition=northwest&markPad=0",
        pictures=(folder / "red.png",),
    )
    inner = box_of(made)
    assert tuple(made.pixels[5, 5]) == (0, 0, 0)
    assert np.abs(made.pixels[12, 12] - (255, 0, 0)).max() <= 1
    assert inner.left == inner.top == 0


def test_a_mark_and_a_colour_look_the_same_on_a_picture_of_a_wider_gamut(render, folder):
    for said, pictures in (("mark=x&markOpacity=1", (folder / "red.png",)), ("blend=f00", ())):
        image = render(folder / "grey.png", f"cs=p3&{said}", pictures=pictures).image
        assert np.abs(pixels_of(image)[280, 370] - (255, 0, 0)).max() > 10  # red is another number there
        own = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        seen = ImageCms.profileToProfile(image.convert("RGB"), own, ImageCms.createProfile("sRGB"))
        assert np.abs(pixels_of(seen)[280, 370] - (255, 0, 0)).max() <= 4
