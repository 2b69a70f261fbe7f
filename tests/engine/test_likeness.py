"""Two pictures in any format are compared as somebody sees them."""

import io

import painting
import pytest
from PIL import Image, ImageChops

from imgcdn import errors
from imgcdn.engine import likeness


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return painting.sample("astronaut.png").convert("RGB").resize((256, 256))


def written(image: Image.Image, form: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def alike(one: bytes, other: bytes) -> float:
    return likeness.compare(likeness.picture(one), likeness.picture(other))


def test_the_same_pixels_are_1_in_any_format(photo):
    assert alike(written(photo), written(photo, "WEBP", lossless=True)) == pytest.approx(1)
    assert alike(written(photo.convert("L")), written(photo.convert("L").convert("RGB"))) == pytest.approx(1, abs=1e-3)


def test_fewer_bytes_are_less_alike_and_another_part_of_the_picture_far_less(photo):
    good, poor = (alike(written(photo), written(photo, "JPEG", quality=quality)) for quality in (90, 20))
    moved = alike(written(photo), written(ImageChops.offset(photo, 12, 0)))
    assert 1 > good > poor > moved


def test_another_size_is_scaled_to_that_of_the_first(photo):
    assert alike(written(photo), written(photo.resize((257, 257), Image.Resampling.LANCZOS))) > 0.9


def test_what_is_transparent_counts_on_light_and_on_dark_ground():
    white, black, clear = (Image.new("RGBA", (40, 30), colour) for colour in ("#fff", "#000", "#0000"))
    for one in (white, black):
        assert alike(written(one), written(clear)) < 0.5
    assert alike(written(clear), written(clear)) == pytest.approx(1)


def test_a_picture_knows_its_upright_size_and_its_frames(photo):
    turned = Image.Exif()
    turned[0x0112] = 6
    found = likeness.picture(written(photo.crop((0, 0, 60, 40)), "JPEG", exif=turned))
    assert (found.size.width, found.size.height, found.frames) == (40, 60, 1)
    frames = [photo.rotate(90 * number) for number in range(3)]
    moving = written(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert likeness.picture(moving).frames == 3
    assert alike(moving, written(photo)) > 0.5, "first frames are compared"


@pytest.mark.parametrize("body", [b"", b"\xff\xd8", b"<html>", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40])
def test_what_is_no_picture_is_an_error(body):
    with pytest.raises(errors.CorruptImageError):
        likeness.picture(body)


def test_damaged_pixels_are_an_error(photo):
    whole = written(photo)
    cut = likeness.picture(whole[: len(whole) // 2])
    with pytest.raises(errors.CorruptImageError):
        likeness.compare(likeness.picture(whole), cut)


def test_a_picture_that_claims_to_be_huge_is_refused():
    with pytest.raises(errors.TooManyPixelsError):
        likeness.picture(written(Image.new("1", (20_000, 20_000))))
