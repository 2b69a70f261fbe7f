"""What is no picture, or not a whole one, is refused by kind, and tells nothing of this machine."""

import zlib
from dataclasses import replace
from io import BytesIO

import painting
import pytest
import pyvips
from PIL import Image

from imgcdn import errors
from imgcdn.engine import preview, probe, steps

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'
UNREADABLE = {
    "empty.jpg": b"",
    "text.jpg": b"This is no picture at all.\n" * 50,
    "page.png": b"<!doctype html><title>404</title>",
    "drawing.svg": SVG,
    "drawing.jpg": b'<?xml version="1.0"?>' + SVG,
    "paper.pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "script.ps": b"%!PS-Adobe-3.0\n/Helvetica findfont 12 scalefont setfont showpage\n",
    "bitmap.bmp": b"BM" + bytes(60),
    "plain.ppm": b"P6\n2 2\n255\n" + bytes(12),
    "table.csv": b"1,2,3\n4,5,6\n",
    "archive.zip": b"PK\x03\x04" + bytes(200),
    "noise.webp": bytes(range(256)) * 8,
    "only-magic.gif": b"GIF",
    "zeros.avif": bytes(4096),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_picture_read_here_is_refused_by_its_first_bytes(tmp_path, name):
    (tmp_path / name).write_bytes(UNREADABLE[name])
    with pytest.raises(errors.UnsupportedSourceFormatError, match="expected JPEG, PNG, WebP, AVIF, GIF, TIFF"):
        probe.probe(str(tmp_path / name))


def test_a_blocked_format_is_not_read_even_when_this_libvips_could(tmp_path):
    """Formats opt in: libvips' own, FITS, matrices and the like are not for strangers' files."""
    (tmp_path / "own.v").write_bytes(b"\x08\xf2\xa6\xb6" + bytes(200))
    (tmp_path / "sky.fits").write_bytes(b"SIMPLE  =                    T" + b" " * 2850)
    (tmp_path / "light.hdr").write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n" + bytes(4))
    for path in tmp_path.iterdir():
        with pytest.raises(errors.UnsupportedSourceFormatError):
            probe.probe(str(path))


def test_what_was_odd_about_one_source_is_not_told_of_the_next(photos, tmp_path):
    """libvips keeps its warnings until somebody reads them: here one about bytes too many, and a file without a word."""
    body = bytearray((photos / "turned-1.jpg").read_bytes())
    body[2:2] = bytes(57)  # between the first two markers, where a decoder only warns
    (tmp_path / "warned.jpg").write_bytes(body)
    (tmp_path / "silent.png").write_bytes(b"\x89PNG\r\n\x1a\n" + painting.png_header(9, 9)[33:])
    assert probe.probe(str(tmp_path / "warned.jpg")).stored.width == 120
    with pytest.raises(errors.CorruptImageError) as caught:
        probe.probe(str(tmp_path / "silent.png"))
    assert "extraneous" not in caught.value.detail
    assert "the decoder gave up" in caught.value.detail


@pytest.mark.parametrize("share", [0.98, 0.6, 0.3])
@pytest.mark.parametrize("name", ["photo.jpg", "cat.png", "alpha.webp", "modern.avif"])
def test_a_picture_that_was_cut_off_is_corrupt_not_grey(render, photos, tmp_path, name, share):
    whole = (photos / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(errors.CorruptImageError) as caught:
        render(path, "w=100")
    assert str(tmp_path) not in caught.value.detail


def test_a_preview_of_a_picture_that_was_cut_off_is_corrupt_too(photos, tmp_path):
    whole = (photos / "photo.jpg").read_bytes()
    path = tmp_path / "half.jpg"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(errors.CorruptImageError):
        preview.preview(str(path), probe.probe(str(path)), 320)


def test_a_wrong_name_is_no_matter(render, photos, tmp_path):
    (tmp_path / "really-a-jpeg.png").write_bytes((photos / "photo.jpg").read_bytes())
    made = render(tmp_path / "really-a-jpeg.png", "w=100")
    assert made.info.loader == "jpegload"
    assert made.image.size == (100, 67)


@pytest.mark.parametrize("name", [name for name in painting.AWKWARD if "/" not in name])
def test_no_file_name_is_read_as_options_for_libvips(render, photos, name):
    made = render(photos / name)
    assert made.image.size == (320, 213)
    assert made.info.loader == "jpegload"


@pytest.mark.parametrize("make", [painting.png_header, painting.jpeg_header])
def test_a_header_of_30000x30000_is_refused_before_a_pixel(render, tmp_path, make):
    (tmp_path / "bomb").write_bytes(make(30_000, 30_000))
    with pytest.raises(errors.TooManyPixelsError, match="30000x30000"):
        render(tmp_path / "bomb", "w=10")


def test_a_gif_is_judged_by_the_canvas_that_it_claims(render, tmp_path):
    buffer = BytesIO()
    Image.new("P", (1, 1)).save(buffer, "GIF")
    body = bytearray(buffer.getvalue())
    body[6:10] = b"\xff\xff\xff\xff"
    (tmp_path / "canvas.gif").write_bytes(body)
    with pytest.raises(errors.TooManyPixelsError, match="65535x65535"):
        render(tmp_path / "canvas.gif", "w=10")


def test_too_many_frames_are_refused(render, tmp_path):
    first, *rest = (Image.new("L", (2, 2), index % 256) for index in range(300))
    first.save(tmp_path / "long.gif", save_all=True, append_images=rest, duration=10)
    with pytest.raises(errors.TooManyFramesError, match="300 frames, expected at most 256"):
        render(tmp_path / "long.gif", "w=1")


def test_frames_count_together_against_the_limit_on_pixels(render, tmp_path):
    first, *rest = (Image.new("P", (2000, 2000), index) for index in range(30))
    first.save(tmp_path / "wide.gif", save_all=True, append_images=rest, duration=10)
    with pytest.raises(errors.TooManyPixelsError, match="in 30 frames"):
        render(tmp_path / "wide.gif", "w=10")


def test_a_broken_profile_costs_the_profile_not_the_picture(render, photos, tmp_path):
    with Image.open(photos / "photo.jpg") as image:
        image.resize((60, 40)).save(tmp_path / "odd.jpg", icc_profile=zlib.compress(b"no profile") * 20)
    assert render(tmp_path / "odd.jpg", "w=30").image.size == (30, 20)


def test_a_loader_that_no_probe_can_have_named_is_refused(photos):
    """The name comes from a worker, which handles hostile files: it must not run any operation of libvips."""
    hostile = replace(probe.probe(str(photos / "photo.jpg")), loader="system")
    with pytest.raises(pyvips.Error, match="system is no loader"):
        steps.load(str(photos / "photo.jpg"), hostile, 1, 1)
