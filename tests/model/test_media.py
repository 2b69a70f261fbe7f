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
    ],
)
def test_every_format_has_its_registered_media_type_and_usual_extension(form, media_type, extension):
    assert (form.media_type, form.extension) == (media_type, extension)


def test_only_jpeg_loses_alpha_and_only_gif_and_webp_keep_animation():
    assert {form for form in Format if not form.keeps_alpha} == {Format.JPEG}
    assert {form for form in Format if form.keeps_animation} == {Format.GIF, Format.WEBP}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_source_lying_on_its_side_is_upright_with_its_sides_swapped(orientation):
    expected = Size(300, 400) if orientation in {5, 6, 7, 8} else Size(400, 300)
    assert info(orientation).upright == expected
