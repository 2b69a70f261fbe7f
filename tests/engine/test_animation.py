"""Animations keep their frames, their times and their loops through every operation; stills are their first frame."""

import numpy as np
import pytest
import pyvips
from measuring import durations, pixels_of

FILM_MS = [100, 200, 300, 400]


@pytest.mark.parametrize("source", ["film.gif", "film.webp"])
@pytest.mark.parametrize("output", ["gif", "webp"])
@pytest.mark.parametrize("query", ["", "w=60", "w=40&h=40", "rotate=90", "w=200&h=200&fit=contain&bg=fff", "rotate=45"])
def test_frames_and_delays_are_kept(render, photos, source, output, query):
    made = render(photos / source, f"{query}&format={output}".lstrip("&"))
    image = made.image
    assert image.n_frames == 4
    assert durations(image) == FILM_MS
    assert image.size == (made.plan.size.width, made.plan.size.height)


@pytest.mark.parametrize("query", ["", "w=60&h=60"])
def test_loops_are_kept(render, photos, query):
    # A GIF counts repetitions after the first run, WebP counts runs; 0 is for ever in both.
    join = f"{query}&format=" if query else "format="
    assert render(photos / "film.gif", f"{join}gif").image.info["loop"] == 0
    assert render(photos / "film.gif", f"{join}webp").image.info["loop"] == 0
    assert render(photos / "film.webp", f"{join}webp").image.info["loop"] == 3
    assert render(photos / "film.webp", f"{join}gif").image.info["loop"] in {2, 3}


@pytest.mark.parametrize("output", ["gif", "webp&lossless=1"])
def test_each_frame_shows_what_it_showed(render, photos, output):
    image = render(photos / "film.gif", f"w=60&format={output}").image
    for index in range(4):
        image.seek(index)
        pixels = pixels_of(image)[20, :, :3]
        yellow = np.flatnonzero((pixels[:, 0] > 150) & (pixels[:, 1] > 150) & (pixels[:, 2] < 100))
        assert abs(yellow.mean() - (index * 15 + 7)) <= 1.5, index


@pytest.mark.parametrize("output", ["jpeg&q=95", "png", "avif&q=90"])
def test_a_still_format_takes_the_first_frame(render, photos, output):
    made = render(photos / "film.gif", f"format={output}")
    assert made.image.size == (120, 80)
    assert np.abs(made.pixels[40, 15, :3] - (255, 255, 0)).max() <= 24
    assert np.abs(made.pixels[40, 100, :3] - (0, 0, 128)).max() <= 24


def test_a_window_is_cut_from_every_frame(render, photos):
    image = render(photos / "film.gif", "rect=30,0,30,80&format=gif").image
    yellow = []
    for index in range(4):
        image.seek(index)
        yellow.append(bool((pixels_of(image)[40, :, 0] > 150).all()))
    assert image.size == (30, 80)
    assert yellow == [False, True, False, False]


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """Six frames of plain colours that differ a lot from their neighbours, as a GIF and as a WebP, with uneven times."""
    folder = tmp_path_factory.mktemp("counted")
    greys = [0, 250, 40, 210, 80, 170]
    frames = np.stack([np.full((40, 50, 3), grey, np.uint8) for grey in greys])
    strip = pyvips.Image.new_from_memory(frames.tobytes(), 50, 240, 3, "uchar").copy(interpretation="srgb")
    strip.set_type(pyvips.GValue.gint_type, "page-height", 40)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [100, 200, 300, 400, 500, 600])
    strip.set_type(pyvips.GValue.gint_type, "loop", 4)
    strip.gifsave(str(folder / "counted.gif"), dither=0)
    strip.webpsave(str(folder / "counted.webp"), lossless=True)
    return folder, greys


def seen_in(image):
    """The grey of each frame, at its middle, and how far its edges are from it."""
    found = []
    for index in range(image.n_frames):
        image.seek(index)
        pixels = pixels_of(image)[..., :3]
        middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2, 0]
        assert np.abs(pixels - middle).max() <= 2, index
        found.append(middle)
    return found


@pytest.mark.parametrize("name", ["counted.gif", "counted.webp"])
@pytest.mark.parametrize(
    "query", ["w=25", "w=23", "w=120&h=30&fit=fill", "w=50&h=17&fit=fill", "rect=0,0,50,33&w=20", ""]
)
def test_no_frame_bleeds_into_the_next(render, counted, name, query):
    folder, greys = counted
    found = seen_in(render(folder / name, f"{query}&format=webp&lossless=1".lstrip("&")).image)
    assert np.abs(np.array(found) - greys).max() <= 2


@pytest.mark.parametrize("name", ["counted.gif", "counted.webp"])
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("frame=2-4", [2, 3, 4]),
        ("frame=5-", [5, 6]),
        ("frame=-2", [1, 2]),
        ("interval=2", [1, 3, 5]),
        ("skip=2", [2, 4, 6]),
        ("reverse=1", [6, 5, 4, 3, 2, 1]),
        ("frame=2-5&interval=2&reverse=1", [4, 2]),
    ],
)
@pytest.mark.parametrize("more", ["w=30", "w=30&rotate=90", "w=40&h=40&fit=contain&bg=0000"])
def test_chosen_frames_come_in_their_order_each_for_its_time(render, counted, name, query, wanted, more):
    folder, greys = counted
    image = render(folder / name, f"{query}&{more}&format=webp&lossless=1").image
    assert durations(image) == [100 * frame for frame in wanted]
    if "contain" not in more:
        assert np.abs(np.array(seen_in(image)) - [greys[frame - 1] for frame in wanted]).max() <= 2
    assert image.info["loop"] == 4


@pytest.mark.parametrize("frame", [1, 4, 6])
@pytest.mark.parametrize("output", ["png", "webp&lossless=1", "gif"])
def test_one_frame_is_a_still(render, counted, frame, output):
    folder, greys = counted
    for name in ("counted.gif", "counted.webp"):
        image = render(folder / name, f"w=20&frame={frame}&format={output}").image
        assert getattr(image, "n_frames", 1) == 1
        assert np.abs(pixels_of(image)[..., :3] - greys[frame - 1]).max() <= 2


@pytest.mark.parametrize(("output", "runs"), [("webp", [0, 1, 3]), ("gif", [0, None, 2])])
def test_loop_says_how_often_it_runs_in_all(render, counted, output, runs):
    """A GIF says how often it is repeated, so one less, and nothing for a single run."""
    folder, _ = counted
    for loops, expected in zip([0, 1, 3], runs, strict=True):
        image = render(folder / "counted.gif", f"loop={loops}&format={output}").image
        assert image.info.get("loop") == expected


@pytest.mark.parametrize("output", ["gif", "webp"])
def test_fps_shows_every_frame_equally_long(render, counted, output):
    folder, _ = counted
    assert durations(render(folder / "counted.webp", f"fps=4&format={output}").image) == [250] * 6


def test_animated_0_is_the_first_frame_in_any_format(render, counted):
    folder, greys = counted
    for output in ("webp", "gif", "png"):
        image = render(folder / "counted.gif", f"animated=0&format={output}").image
        assert getattr(image, "n_frames", 1) == 1
        assert np.abs(pixels_of(image)[..., :3] - greys[0]).max() <= 2


def test_long_animations_are_decoded_in_parts_and_none_is_lost(render, tmp_path):
    """Frames beyond what is decoded at once come as those before them."""
    count, side = 30, 500
    strip = pyvips.Image.arrayjoin(
        [pyvips.Image.black(side, side, bands=3).linear(1, 8 * index).cast("uchar") for index in range(count)], across=1
    ).copy(interpretation="srgb")
    strip.set_type(pyvips.GValue.gint_type, "page-height", side)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [40] * count)
    strip.webpsave(str(tmp_path / "long.webp"), lossless=True, effort=0)
    found = seen_in(render(tmp_path / "long.webp", "w=40&format=webp&lossless=1").image)
    assert np.abs(np.array(found) - 8 * np.arange(count)).max() <= 2


def test_half_transparent_frames_keep_their_transparency_and_their_colours(render, tmp_path):
    frame = np.zeros((40, 40, 4), np.uint8)
    frame[:, :20] = (255, 0, 0, 128)
    frame[:, 20:] = (0, 255, 0, 0)
    strip = pyvips.Image.new_from_memory(np.stack([frame] * 3).tobytes(), 40, 120, 4, "uchar").copy(
        interpretation="srgb"
    )
    strip.set_type(pyvips.GValue.gint_type, "page-height", 40)
    strip.webpsave(str(tmp_path / "half.webp"), lossless=True, exact=True)
    image = render(tmp_path / "half.webp", "w=10&format=webp&lossless=1").image
    pixels = pixels_of(image)
    assert np.abs(pixels[5, 1] - (255, 0, 0, 128)).max() <= 2
    assert pixels[..., 1][pixels[..., 3] > 8].max() <= 8
