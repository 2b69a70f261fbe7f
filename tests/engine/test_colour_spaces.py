"""`cs` says in which colours an answer is written; beyond sRGB the profile goes along, or the numbers would lie."""

import io

import numpy as np
import painting
import pytest
from PIL import Image, ImageCms

from imgcdn import errors


def as_srgb(image):
    """What a colour-managed viewer shows."""
    profile = image.info.get("icc_profile")
    if not profile:
        return np.asarray(image.convert("RGB"), float)
    own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return np.asarray(
        ImageCms.profileToProfile(image.convert("RGB"), own, ImageCms.createProfile("sRGB"), outputMode="RGB"), float
    )


@pytest.fixture(scope="module")
def orange(tmp_path_factory):
    """A colour of Display P3 that sRGB has, too, in a file with the profile."""
    path = tmp_path_factory.mktemp("p3") / "orange.png"
    Image.new("RGB", (32, 32), (200, 120, 40)).save(path, icc_profile=painting.profile("p3"))
    return path


@pytest.mark.parametrize("output", ["png", "jpeg&q=100", "webp&lossless=1", "avif&q=95"])
@pytest.mark.parametrize("space", ["origin", "p3"])
def test_a_wide_gamut_keeps_its_numbers_and_its_profile(render, orange, space, output):
    made = render(orange, f"cs={space}&format={output}")
    assert made.image.info["icc_profile"] == painting.profile("p3")
    assert np.abs(made.pixels[16, 16, :3] - (200, 120, 40)).max() <= 3


def test_every_colour_space_shows_the_same_colour(render, orange):
    shown = [as_srgb(render(orange, f"cs={space}").image)[16, 16] for space in ("srgb", "p3", "origin")]
    assert max(np.abs(one - shown[0]).max() for one in shown) <= 3
    assert "icc_profile" not in render(orange, "cs=srgb").image.info


def test_srgb_becomes_p3_by_conversion(render, tmp_path):
    painting.corners(64, 64).save(tmp_path / "plain.png")
    made = render(tmp_path / "plain.png", "cs=p3")
    assert made.image.info["icc_profile"] == painting.profile("p3")
    assert made.pixels[48, 48, :3].min() >= 254
    assert 220 < made.pixels[16, 16, 0] < 245
    assert np.abs(as_srgb(made.image)[16, 16] - (255, 0, 0)).max() <= 4


@pytest.mark.parametrize("space", ["p3", "origin"])
@pytest.mark.parametrize("name", ["cmyk.jpg", "deep.png", "alpha.png", "film.webp", "dot.png", "film.gif"])
def test_any_source_can_be_written_in_any_colour_space(render, photos, name, space):
    for output in ("png", "jpeg", "webp", "avif", "gif"):
        render(photos / name, f"w=30&h=20&cs={space}&format={output}&bg=fa0")


def test_origin_adds_no_profile_where_the_source_has_none(render, photos):
    assert "icc_profile" not in render(photos / "cat.png", "cs=origin&w=50").image.info


def test_grey_with_a_profile_becomes_srgb_for_it_may_get_colours(render, tmp_path):
    grey = Image.new("L", (40, 30), 120)
    grey.save(tmp_path / "grey.png", icc_profile=painting.profile("srgb"))
    made = render(tmp_path / "grey.png", "cs=origin&w=60&h=60&fit=contain&bg=f00")
    assert np.abs(as_srgb(made.image)[5, 5] - (255, 0, 0)).max() <= 4


def test_a_gif_cannot_carry_a_profile_so_it_is_srgb(render, orange):
    wanted = render(orange, "cs=srgb").pixels[16, 16, :3]
    for space in ("p3", "origin"):
        assert np.abs(render(orange, f"cs={space}&format=gif").pixels[16, 16, :3] - wanted).max() <= 8


@pytest.mark.parametrize("space", ["p3", "origin"])
def test_a_profile_is_not_both_needed_and_taken_away(render, orange, space):
    with pytest.raises(errors.ConflictingParametersError, match=f"cs={space}"):
        render(orange, f"cs={space}&strip=icc")


def test_every_frame_of_an_animation_is_converted(render, photos):
    made = render(photos / "film.gif", "cs=p3&w=60&format=webp&lossless=1")
    assert made.image.info["icc_profile"] == painting.profile("p3")
    assert made.image.n_frames == 4
