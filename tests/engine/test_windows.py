"""Windows, sizes and places: what is cut is what was asked for, to the pixel, whatever the decoder shrinks."""

import numpy as np
import painting
import pytest
import pyvips
from measuring import psnr
from PIL import Image

from imgcdn.engine import steps
from imgcdn.model.geometry import Box, Size
from imgcdn.planning.settings import Encoding


@pytest.fixture(scope="module")
def ramp(tmp_path_factory):
    """A picture of 1600x1200 px whose colours say where each pixel was, as JPEG and as PNG."""
    folder = tmp_path_factory.mktemp("ramp")
    image = painting.ramp(1600, 1200)
    image.save(folder / "ramp.png", compress_level=1)
    image.save(folder / "ramp.jpg", quality=98, subsampling=0)
    return folder


def _where(pixels):
    """Return left, top, right, bottom in source pixels of the centres of the answer's corner pixels."""
    x, y = pixels[..., 0] / 255 * 1599, pixels[..., 1] / 255 * 1199
    return x[:, 0].mean(), y[0].mean(), x[:, -1].mean(), y[-1].mean()


@pytest.mark.parametrize("name", ["ramp.png", "ramp.jpg"])
@pytest.mark.parametrize(
    ("query", "box"),
    [
        ("rect=400,300,800,600&w=800", (400, 300, 1200, 900)),
        ("rect=400,300,800,600&w=200", (400, 300, 1200, 900)),
        ("rect=401,303,799,597&w=100", (401, 303, 1200, 900)),
        ("rect=0.25,0.25,0.5,0.5&w=100", (400, 300, 1200, 900)),
        ("rect=1400,1000,800,600&w=50", (1400, 1000, 1600, 1200)),
        ("w=300&h=300&fp=0,0", (0, 0, 1200, 1200)),
        ("w=300&h=300&fp=1,1", (400, 0, 1600, 1200)),
        ("w=200&h=400&fp=0.5,0.5", (500, 0, 1100, 1200)),
        ("w=300&h=300&fp=0.25,0.5&fpz=3", (200, 400, 600, 800)),
        ("w=60&h=60&gravity=east", (200, 0, 1400, 1200)),
    ],
)
def test_the_window_that_was_planned_is_the_one_that_is_cut(render, ramp, name, query, box):
    made = render(ramp / name, query)
    window = made.plan.window
    assert (window.left, window.top, window.right, window.bottom) == box
    scale = (box[2] - box[0]) / made.plan.size.width
    left, top, right, bottom = _where(made.pixels)
    half = scale / 2
    # One step of the ramp is 6.3 px wide, and averages of a row are finer than that; a pixel of the answer is `scale`.
    close = max(1.0, scale) + (6 if name.endswith("jpg") else 2)
    assert abs(left - (box[0] + half)) <= close
    assert abs(top - (box[1] + half)) <= close
    assert abs(right - (box[2] - half)) <= close
    assert abs(bottom - (box[3] - half)) <= close


@pytest.mark.parametrize("shrink", [1, 2, 4, 8])
def test_an_edge_stays_where_it_is_to_one_pixel_when_the_decoder_shrinks(render, tmp_path, shrink):
    image = Image.new("RGB", (1600, 800), "white")
    image.paste("black", (0, 0, 1000, 800))
    image.save(tmp_path / "edge.jpg", quality=98, subsampling=0)
    made = render(tmp_path / "edge.jpg", f"rect=600,0,800,800&w={800 // shrink}")
    assert made.plan.shrink == shrink
    row = made.pixels[made.plan.size.height // 2, :, 0]
    dark = float(np.sum(255 - row) / 255)
    assert abs(dark - 400 / shrink) <= 1.0


@pytest.mark.parametrize("shrink", ["full", "safe"])
@pytest.mark.parametrize("width", [866, 800, 430, 300, 200, 100])
def test_shrinking_while_decoding_looks_like_decoding_in_full(render, photos, width, shrink):
    made = render(photos / "photo.jpg", f"w={width}", encoding=Encoding(shrink=shrink))
    with Image.open(photos / "photo.jpg") as source:
        wanted = source.resize(made.image.size, Image.Resampling.LANCZOS)
    assert psnr(made.pixels, np.asarray(wanted, float)) >= 30


def test_the_decoder_shrinks_wherever_that_helps(render, photos):
    found = {width: render(photos / "photo.jpg", f"w={width}").plan.shrink for width in (1732, 866, 430, 215, 100)}
    assert found == {1732: 1, 866: 2, 430: 4, 215: 8, 100: 8}
    safe = Encoding(shrink="safe")
    assert render(photos / "photo.jpg", "w=430", encoding=safe).plan.shrink == 2


@pytest.mark.parametrize("is_grey", [False, True])
@pytest.mark.parametrize("size", [Size(400, 300), Size(900, 600), Size(33, 577), Size(1, 1)])
@pytest.mark.parametrize("box", [Box(0, 0, 866, 577), Box(3, 5, 101, 77), Box(1, 1, 1, 1)])
def test_plain_pixels_are_resized_to_the_very_pixels_of_thumbnail(photos, box, size, is_grey):
    photo = pyvips.Image.new_from_file(str(photos / "photo.jpg"), shrink=2)
    cut = steps.extract(photo.colourspace("b-w") if is_grey else photo, box)
    short, long = steps.resize(cut, size), cut.thumbnail_image(size.width, height=size.height, size="force")
    assert (short.width, short.height, short.interpretation) == (size.width, size.height, long.interpretation)
    assert short.write_to_memory() == long.write_to_memory()


@pytest.mark.parametrize("name", ["photo.jpg", "cat.png", "alpha.webp", "modern.avif", "scan.tif", "film.gif"])
def test_every_source_format_is_resized_faithfully(render, photos, name):
    made = render(photos / name, "w=100&bg=fff")
    with Image.open(photos / name) as source:
        rgba = source.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    white.alpha_composite(rgba)
    wanted = white.convert("RGB").resize(made.image.size, Image.Resampling.LANCZOS)
    assert psnr(made.pixels[..., :3], np.asarray(wanted, float)) >= 30


def test_a_letterbox_is_centred_and_the_picture_whole(render, ramp):
    made = render(ramp / "ramp.png", "w=300&h=300&fit=contain&bg=ff00ff")
    pixels = made.pixels
    assert pixels.shape[:2] == (300, 300)
    assert made.plan.canvas is not None
    assert (made.plan.canvas.left, made.plan.canvas.top) == (0, 37)
    bars = np.concatenate([pixels[:37], pixels[262:]])
    assert np.abs(bars[..., :3] - (255, 0, 255)).max() == 0
    assert np.abs(pixels[40:260, :, 2] - 128).max() <= 1
    left, top, right, bottom = _where(pixels[37:262])
    assert left < 12
    assert top < 12
    assert right > 1588
    assert bottom > 1188


@pytest.mark.parametrize(
    ("query", "top"), [("format=png", 0), ("format=webp&lossless=1", 0), ("format=jpeg&q=95", None)]
)
def test_bars_are_transparent_or_white_when_nothing_is_said(render, ramp, query, top):
    pixels = render(ramp / "ramp.png", f"w=100&h=100&fit=contain&{query}").pixels
    if top is None:
        assert pixels[4, 50].min() >= 250
    else:
        assert pixels[4, 50, 3] == top
        assert pixels[50, 50, 3] == 255


def test_bars_turn_with_the_picture(render, ramp):
    pixels = render(ramp / "ramp.png", "w=90&h=60&fit=contain&rotate=90&bg=ff00ff").pixels
    assert pixels.shape[:2] == (60, 90)
    assert np.abs(pixels[:, :20, :3] - (255, 0, 255)).max() == 0
    assert np.abs(pixels[:, 30:60, 2] - 128).max() <= 2


def test_fill_stretches(render, ramp):
    pixels = render(ramp / "ramp.png", "w=100&h=300&fit=fill").pixels
    assert pixels.shape[:2] == (300, 100)
    left, top, right, bottom = _where(pixels)
    assert (round(left / 50), round(top / 50), round(right / 50), round(bottom / 50)) == (0, 0, 32, 24)


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("w=400", (400, 300)),
        ("h=300", (400, 300)),
        ("w=2000", (1600, 1200)),
        ("w=2000&enlarge=1", (2000, 1500)),
        ("w=0.5", (800, 600)),
        ("w=200&dpr=2", (400, 300)),
        ("w=400&h=400&fit=inside", (400, 300)),
        ("w=400&h=400&fit=outside", (533, 400)),
        ("w=400&ar=1:1", (400, 400)),
        ("w=1&h=1", (1, 1)),
        ("w=8192&h=4", (8192, 4)),
        ("rect=0,0,1,1", (1, 1)),
        ("rect=0,0,1,1&w=50&h=50", (50, 50)),
        ("w=3000&h=3000&fit=cover-down", (1200, 1200)),
    ],
)
def test_the_answer_has_the_size_that_was_asked_for(render, ramp, query, size):
    assert render(ramp / "ramp.png", query).image.size == size


@pytest.mark.parametrize("output", ["jpeg", "png", "webp", "avif", "gif"])
@pytest.mark.parametrize("query", ["", "w=1", "w=64&h=64", "w=64&h=32&fit=contain", "rotate=90", "w=20&enlarge=1"])
def test_a_single_pixel_can_be_everything(render, photos, output, query):
    made = render(photos / "dot.png", f"{query}&format={output}".lstrip("&"))
    middle = made.pixels[made.plan.size.height // 2, made.plan.size.width // 2]
    assert np.abs(middle[:3] - (255, 165, 0)).max() <= 30


def test_large_answers_are_streamed_and_whole(render, photos):
    """Beyond 16 megapixels nothing is held in memory between resizing and encoding."""
    made = render(photos / "large.jpg", "w=5400&format=jpeg&q=60")
    assert made.image.size == (5400, 3600)
    assert made.pixels[-1, -1].shape == (3,)


@pytest.mark.parametrize("output", ["jpeg&q=90", "webp&q=90", "avif&q=90", "png", "webp&lossless=1"])
def test_each_encoder_writes_what_it_was_given(render, photos, output):
    plain = render(photos / "photo.jpg", "w=300").pixels
    coded = render(photos / "photo.jpg", f"w=300&format={output}").pixels
    assert psnr(plain, coded) >= (99 if output in {"png", "webp&lossless=1"} else 35)


def test_jpegs_are_progressive_unless_told_otherwise(render, photos):
    assert render(photos / "photo.jpg", "w=300&format=jpeg").image.info.get("progressive")
    assert not render(photos / "photo.jpg", "w=300&format=jpeg&jpgProgressive=0").image.info.get("progressive")


def test_less_quality_is_fewer_bytes(render, photos):
    for output in ("jpeg", "webp", "avif"):
        high, low = (len(render(photos / "photo.jpg", f"w=300&format={output}&q={q}").body) for q in (90, 40))
        assert low < high * 0.7, output
