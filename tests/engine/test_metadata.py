"""What `strip` takes away and keeps, and that a position never leaves whatever it says."""

import pytest
from PIL import ExifTags, Image

OUTPUTS = ("jpeg", "png", "webp", "avif")


def _position(image):
    return image.getexif().get_ifd(ExifTags.IFD.GPSInfo)


def test_the_source_of_these_tests_does_say_where_it_was_taken(photos):
    with Image.open(photos / "located.jpg") as image:
        assert _position(image)
        assert b"GPSLatitude" in image.info["xmp"]


@pytest.mark.parametrize("output", [*OUTPUTS, "gif"])
@pytest.mark.parametrize("strip", ["all", "icc", "none"])
@pytest.mark.parametrize("size", ["", "w=100&"])
def test_a_position_never_leaves(render, photos, output, strip, size):
    made = render(photos / "located.jpg", f"{size}strip={strip}&format={output}")
    assert not _position(made.image)
    assert b"GPSLatitude" not in made.body
    assert b"48,12.576N" not in made.body


@pytest.mark.parametrize("output", OUTPUTS)
def test_by_default_nothing_is_told_of_camera_and_author(render, photos, output):
    made = render(photos / "located.jpg", f"format={output}")
    assert b"Imgcdn Optics" not in made.body
    assert b"A. Painter" not in made.body
    assert "icc_profile" not in made.image.info


@pytest.mark.parametrize("output", OUTPUTS)
def test_strip_none_keeps_camera_author_and_profile(render, photos, output):
    image = render(photos / "located.jpg", f"strip=none&format={output}").image
    assert image.getexif()[ExifTags.Base.Make] == "Imgcdn Optics"
    assert image.getexif()[ExifTags.Base.Artist] == "A. Painter"
    assert image.info["icc_profile"]


@pytest.mark.parametrize("output", OUTPUTS)
def test_strip_icc_takes_only_the_profile_away(render, photos, output):
    image = render(photos / "located.jpg", f"strip=icc&format={output}").image
    assert image.getexif()[ExifTags.Base.Make] == "Imgcdn Optics"
    assert "icc_profile" not in image.info
