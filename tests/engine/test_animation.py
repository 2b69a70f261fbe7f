"""Animations keep their frames, their times and their loops through every operation; stills are their first frame."""

import numpy as np
import pytest
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
