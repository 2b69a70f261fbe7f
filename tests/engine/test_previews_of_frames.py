"""Animations are sampled from their first to their last frame; stills and damaged animations are one preview."""

import numpy as np
import pytest
import pyvips
from measuring import Pixels

from imgcdn import errors
from imgcdn.engine import preview, probe
from imgcdn.model.geometry import Region
from imgcdn.model.media import Preview

WIDTH, HEIGHT = 96, 64


def film(path, count: int, *, noise: bool = False):
    """Write an animation whose frame `k` is one grey of 20 + 3k, or noise about it."""
    rng = np.random.default_rng(3)
    frames = np.stack([np.full((HEIGHT, WIDTH, 3), 20 + 3 * k, np.uint8) for k in range(count)])
    if noise:
        frames[:, :, : WIDTH // 2] = rng.integers(0, 255, (count, HEIGHT, WIDTH // 2, 3))
    strip = pyvips.Image.new_from_memory(frames.tobytes(), WIDTH, HEIGHT * count, 3, "uchar")
    strip = strip.copy(interpretation="srgb")
    strip.set_type(pyvips.GValue.gint_type, "page-height", HEIGHT)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [40] * count)
    if path.suffix == ".gif":
        strip.gifsave(str(path), dither=0, effort=7, interframe_maxerror=0, interpalette_maxerror=0)
    else:
        strip.webpsave(str(path), lossless=True, effort=0)
    return path


def looked_at(path, side: int = 640, region: Region | None = None) -> tuple[Preview, ...]:
    return preview.sampled(str(path), probe.probe(str(path)), side, region)


def pixels(picture: Preview) -> Pixels:
    return np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width, 3).astype(float)


@pytest.mark.parametrize("name", ["film.gif", "film.webp"])
@pytest.mark.parametrize(
    ("count", "places"),
    [(2, [0, 1]), (3, [0, 1, 2]), (5, [0, 1, 2, 3, 4]), (9, [0, 2, 4, 6, 8]), (66, [0, 16, 32, 49, 65])],
)
def test_up_to_five_frames_are_spread_from_the_first_to_the_last(tmp_path, name, count, places):
    shown = [pixels(picture).mean() for picture in looked_at(film(tmp_path / name, count))]
    assert shown == pytest.approx([20 + 3 * place for place in places], abs=1.5)


@pytest.mark.parametrize("name", ["film.gif", "film.webp"])
def test_the_first_sample_is_the_preview_of_the_still(tmp_path, name):
    path = str(film(tmp_path / name, 7, noise=True))
    info = probe.probe(path)
    assert preview.sampled(path, info, 640)[0] == preview.preview(path, info, 640)


@pytest.mark.parametrize("name", ["film.gif", "film.webp"])
def test_a_region_and_a_side_hold_for_every_frame(tmp_path, name):
    part = looked_at(film(tmp_path / name, 9, noise=True), region=Region(0.5, 0.5, 0.5, 0.5, 1))
    assert {(picture.width, picture.height) for picture in part} == {(48, 32)}
    assert [pixels(picture).mean() for picture in part] == pytest.approx([20, 26, 32, 38, 44], abs=1.5)
    small = looked_at(tmp_path / name, side=30)
    assert {(picture.width, picture.height) for picture in small} == {(30, 20)}


def test_frames_are_turned_upright_like_stills(tmp_path):
    path = str(film(tmp_path / "film.webp", 3))
    turned = pyvips.Image.new_from_file(path, n=-1).copy()
    turned.set_type(pyvips.GValue.gint_type, "orientation", 6)
    turned.webpsave(str(tmp_path / "turned.webp"), lossless=True, effort=0)
    found = looked_at(tmp_path / "turned.webp")
    assert {(picture.width, picture.height) for picture in found} == {(HEIGHT, WIDTH)}


@pytest.mark.parametrize("name", ["photo.jpg", "alpha.png", "turned-6.jpg", "deep.png", "modern.avif"])
def test_a_still_is_looked_at_as_ever(photos, name):
    path = str(photos / name)
    info = probe.probe(path)
    assert preview.sampled(path, info, 640) == (preview.preview(path, info, 640),)


def test_an_animation_that_is_damaged_further_on_is_looked_at_as_a_still(tmp_path):
    path = film(tmp_path / "film.webp", 6, noise=True)
    body = bytearray(path.read_bytes())
    at = len(body) * 2 // 3
    body[at : at + 2000] = b"\xff" * 2000
    path.write_bytes(body)
    info = probe.probe(str(path))
    assert info.frames == 6
    with pytest.raises(pyvips.Error):
        pyvips.Image.new_from_file(str(path), n=-1, fail_on="error").avg()
    assert preview.sampled(str(path), info, 640) == (preview.preview(str(path), info, 640),)


def test_an_animation_without_a_whole_frame_is_an_error(tmp_path):
    path = film(tmp_path / "film.webp", 6, noise=True)
    body = bytearray(path.read_bytes())
    body[300:-10] = b"\xff" * (len(body) - 310)
    path.write_bytes(body)
    info = probe.probe(str(film(tmp_path / "whole.webp", 6)))
    with pytest.raises(errors.CorruptImageError):
        preview.sampled(str(path), info, 640)
