"""Colours survive the way to 8-bit sRGB: profiles, inks, sixteen bits, and transparency over backgrounds."""

import io

import numpy as np
import painting
import pytest
from PIL import Image, ImageCms

P3_RED_IN_SRGB = (255, 0, 0)
"""Display P3's red lies outside sRGB; clipped, it is sRGB's own red."""


def test_a_wide_gamut_source_is_converted_and_carries_no_profile(render, photos):
    made = render(photos / "p3.jpg")
    assert np.abs(made.pixels[8:24, 4:28] - P3_RED_IN_SRGB).max() <= 8
    assert np.abs(made.pixels[8:24, 36:60] - 128).max() <= 3
    assert "icc_profile" not in made.image.info


def test_a_colour_inside_srgb_moves_to_where_its_profile_says(render, tmp_path):
    given = Image.new("RGB", (32, 32), (200, 120, 40))
    given.save(tmp_path / "p3.png", icc_profile=painting.profile("p3"))
    p3 = ImageCms.ImageCmsProfile(io.BytesIO(painting.profile("p3")))
    wanted = ImageCms.profileToProfile(given, p3, ImageCms.createProfile("sRGB"), outputMode="RGB")
    found = render(tmp_path / "p3.png").pixels
    assert np.abs(found[16, 16] - np.asarray(wanted, float)[16, 16]).max() <= 2
    assert np.abs(found[16, 16] - (200, 120, 40)).max() > 5


@pytest.mark.parametrize("query", ["strip=none", "strip=none&w=20&h=20"])
def test_strip_none_keeps_a_wide_gamut_with_its_profile(render, photos, query):
    made = render(photos / "p3.jpg", query)
    assert made.image.info["icc_profile"] == painting.profile("p3")


def test_strip_icc_takes_the_profile_away_and_converts_to_srgb(render, photos):
    made = render(photos / "p3.jpg", "strip=icc")
    assert "icc_profile" not in made.image.info
    assert np.abs(made.pixels[8:24, 4:28] - P3_RED_IN_SRGB).max() <= 8


def test_cmyk_goes_through_its_profile(render, photos):
    pixels = render(photos / "cmyk.jpg").pixels
    red, green, blue, white = pixels[20, 30], pixels[20, 90], pixels[60, 30], pixels[60, 90]
    assert white.min() >= 250
    assert red[0] > 200
    assert red[2] < 80
    assert green[1] > green[0]
    assert green[1] > green[2]
    assert blue[2] > blue[0]
    assert blue[2] > blue[1]


def test_cmyk_without_a_profile_is_still_a_picture_of_the_same_colours(render, photos, tmp_path):
    with Image.open(photos / "cmyk.jpg") as inked:
        inked.save(tmp_path / "bare.jpg", quality=95, icc_profile=None)
    with_profile, without = render(photos / "cmyk.jpg").pixels, render(tmp_path / "bare.jpg").pixels
    assert np.abs(with_profile - without).mean() < 12


@pytest.mark.parametrize("output", ["jpeg&q=95", "png", "webp&lossless=1", "avif&q=95"])
def test_sixteen_bits_become_eight_over_the_whole_range(render, photos, output):
    made = render(photos / "deep.png", f"format={output}")
    assert made.info.bits == 16
    row = made.pixels[32]
    assert row[0][0] <= 6
    assert row[-1][0] >= 249
    assert np.abs(row[:, 0] - np.linspace(0, 255, 256)).max() <= 6
    assert np.abs(row[:, 2] - 128).max() <= 6


def test_grey_stays_grey(render, tmp_path):
    grey = painting.sample("coffee.png").convert("L")
    grey.save(tmp_path / "grey.jpg", quality=95)
    for output in ("jpeg", "png", "webp", "avif", "gif"):
        pixels = render(tmp_path / "grey.jpg", f"w=200&format={output}").pixels
        assert np.ptp(pixels[..., :3], axis=2).max() <= 8, output


def test_one_bit_and_palettes_are_read(render, tmp_path):
    painting.corners(64, 64).convert("1").save(tmp_path / "bits.png")
    painting.corners(64, 64).convert("P").save(tmp_path / "palette.png")
    assert render(tmp_path / "bits.png").pixels[48, 48, 0] == 255
    assert tuple(render(tmp_path / "palette.png").pixels[16, 48][:3]) == (0, 255, 0)


@pytest.mark.parametrize("output", ["png", "webp&lossless=1", "avif&q=90"])
@pytest.mark.parametrize("source", ["alpha.png", "alpha.webp"])
def test_alpha_stays_where_the_format_has_it(render, photos, source, output):
    pixels = render(photos / source, f"w=150&format={output}").pixels
    assert pixels.shape == (100, 150, 4)
    assert pixels[2, 2, 3] <= 4
    assert pixels[30, 75, 3] >= 250
    assert abs(pixels[50, 75, 3] - 128) <= 8


def test_a_gif_keeps_transparency_as_all_or_nothing(render, photos):
    pixels = render(photos / "alpha.png", "format=gif").pixels
    assert pixels[2, 2, 3] == 0
    assert pixels[60, 150, 3] == 255


def test_a_jpeg_of_a_transparent_source_stands_on_white(render, photos):
    pixels = render(photos / "alpha.png", "format=jpeg&q=95").pixels
    assert pixels.shape[2] == 3
    assert pixels[2, 2].min() >= 252


def test_bg_goes_behind_transparency_in_any_format(render, photos):
    for output in ("jpeg&q=95", "png", "webp&lossless=1", "avif&q=95"):
        pixels = render(photos / "alpha.png", f"bg=204060&format={output}").pixels
        assert pixels.shape[2] == 3, output
        assert np.abs(pixels[4, 4] - (0x20, 0x40, 0x60)).max() <= 5, output


def test_half_transparent_pixels_mix_with_the_background(render, photos):
    clear = render(photos / "alpha.png").pixels[100, 150]
    mixed = render(photos / "alpha.png", "bg=000").pixels[100, 150]
    assert np.abs(mixed[:3] - clear[:3] * clear[3] / 255).max() <= 3


def test_a_half_transparent_background_leaves_half_transparency(render, photos):
    pixels = render(photos / "alpha.png", "bg=ff000080").pixels
    assert abs(pixels[2, 2, 3] - 0x80) <= 2
    assert pixels[2, 2, 0] >= 250


def test_colours_do_not_bleed_out_of_transparent_pixels(render, tmp_path):
    """Without premultiplication the green that nobody sees would tint the red's edge when it shrinks."""
    image = Image.new("RGBA", (200, 200), (0, 255, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 101, 200))
    image.save(tmp_path / "edge.png")
    pixels = render(tmp_path / "edge.png", "w=20").pixels
    seen = pixels[pixels[..., 3] > 8]
    assert seen[:, 1].max() <= 8
