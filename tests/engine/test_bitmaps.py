"""Windows bitmaps become PNG without loss, and what is none, or claims too much, is refused."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgcdn import errors
from imgcdn.engine import bitmaps, probe


def picture(mode: str) -> Image.Image:
    noise = np.random.default_rng(3).integers(0, 256, (20, 31, 3), np.uint8)
    return Image.fromarray(noise).convert(mode)


@pytest.mark.parametrize(("mode", "bands"), [("RGB", 3), ("P", 3), ("L", 1), ("1", 1), ("RGBA", 3)])
def test_every_pixel_is_kept_and_as_many_channels(tmp_path: Path, mode: str, bands: int) -> None:
    file = tmp_path / "a.bmp"
    picture(mode).save(file, "BMP")
    body = bitmaps.to_png(str(file))
    (tmp_path / "a.png").write_bytes(body)
    assert probe.probe(str(tmp_path / "a.png")).bands == bands
    made, source = Image.open(io.BytesIO(body)), Image.open(file)
    assert np.array_equal(np.asarray(made.convert("RGBA")), np.asarray(source.convert("RGBA")))


@pytest.mark.parametrize("data", [b"", b"BM", b"BM" + bytes(60), b"BMwoof, no bitmap at all" * 9])
def test_what_is_no_bitmap_is_damaged(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.bmp"
    file.write_bytes(data)
    with pytest.raises(errors.CorruptImageError):
        bitmaps.to_png(str(file))


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "PPM", "ICO"])
def test_another_format_is_not_opened_whatever_pillow_could(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "a.bmp"
    picture("RGB").save(file, kind)
    with pytest.raises(errors.CorruptImageError):
        bitmaps.to_png(str(file))


def test_a_bitmap_that_is_cut_off_is_damaged_and_one_that_claims_any_size_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "a.bmp"
    picture("RGB").save(file, "BMP")
    whole = bytearray(file.read_bytes())
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(errors.CorruptImageError):
        bitmaps.to_png(str(file))
    whole[18:26] = (9_000).to_bytes(4, "little") * 2
    file.write_bytes(whole)
    with pytest.raises(errors.TooManyPixelsError):
        bitmaps.to_png(str(file))
