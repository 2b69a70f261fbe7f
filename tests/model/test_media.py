import pytest

from imgcdn.model.geometry import Size
from imgcdn.model.media import Format, SourceInfo


def info(orientation: int) -> SourceInfo:
    return SourceInfo("jpegload", Size(400, 300), orientation, 1, False, False, 8, False, False)


@pytest.mark.parametrize(
    ("form", "media_type", "extension"),
    [
        (Format.JPEG, "image/jpeg", "jpg"),
        (Format.PNG, "image/png", "png"),
        (Format.WEBP, "image/webp", "webp"),
        (Format.AVIF, "image/avif", "avif"),
        (Format.GIF, "image/gif", "gif"),
        (Format.JXL, "image/jxl", "jxl"),
        (Format.UHDR, "image/jpeg", "jpg"),
        (Format.JSON, "application/json", "json"),
        (Format.IMGIX_JSON, "application/json", "json"),
        (Format.BLURHASH, "text/plain;charset=us-ascii", "txt"),
        (Format.THUMBHASH, "text/plain;charset=us-ascii", "txt"),
        (Format.PALETTE_JSON, "application/json", "json"),
        (Format.PALETTE_CSS, "text/css;charset=us-ascii", "css"),
    ],
)
def test_every_format_has_its_registered_media_type_and_usual_extension(form, media_type, extension):
    assert (form.media_type, form.extension) == (media_type, extension)


def test_only_jpeg_loses_alpha_and_only_gif_and_webp_keep_animation():
    pictures = {form for form in Format if form.is_picture}
    assert {form for form in pictures if not form.keeps_alpha} == {Format.JPEG, Format.UHDR}
    assert {form for form in Format if form.keeps_animation} == {Format.GIF, Format.WEBP}


def test_only_gif_of_all_pictures_cannot_carry_a_colour_profile():
    assert {form for form in Format if form.is_picture and not form.keeps_profile} == {Format.GIF}


def test_what_tells_of_a_picture_is_none():
    assert {form.value for form in Format if not form.is_picture} == {
        "json",
        "blurhash",
        "thumbhash",
        "imgix-json",
        "palette-json",
        "palette-css",
    }


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_source_lying_on_its_side_is_upright_with_its_sides_swapped(orientation):
    expected = Size(300, 400) if orientation in {5, 6, 7, 8} else Size(400, 300)
    assert info(orientation).upright == expected
