"""Borders are found to the pixel, whichever way the file lies, and a picture is never trimmed to nothing."""

import numpy as np
import painting
import pytest
from PIL import Image

from imgcdn import errors
from imgcdn.engine import probe, trim
from imgcdn.model.geometry import Box
from imgcdn.model.spec import Colour
from imgcdn.model.trimming import Trim, Trimming

INNER = Box(30, 20, 160, 100)


def framed(colour="white", mode="RGB", size=(240, 160)):
    """A photo at (30, 20) on a ground of one colour: 30, 20, 50 and 40 px wide on the left, top, right and bottom."""
    made = Image.new(mode, size, colour)
    photo = painting.sample("rocket.jpg").crop((100, 40, 100 + INNER.width, 40 + INNER.height))
    # Its outermost lines must not look like the ground by chance.
    photo.paste("blue", (0, 0, INNER.width, 2))
    photo.paste("blue", (0, INNER.height - 2, INNER.width, INNER.height))
    photo.paste("blue", (0, 0, 2, INNER.height))
    photo.paste("blue", (INNER.width - 2, 0, INNER.width, INNER.height))
    made.paste(photo, (INNER.left, INNER.top))
    return made


def found(path, trimming, region=None):
    info = probe.probe(str(path))
    return trim.find(str(path), info, region or Box(0, 0, info.upright.width, info.upright.height), trimming)


@pytest.mark.parametrize("mode", [Trim.COLOR, Trim.AUTO, Trim.COLOR_UNLESS_ALPHA])
@pytest.mark.parametrize("ground", ["white", "black", (200, 30, 90)])
def test_a_border_of_one_colour_is_found_to_the_pixel(tmp_path, mode, ground):
    framed(ground).save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(mode)) == INNER


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", [Trim.COLOR, Trim.AUTO])
def test_a_turned_file_has_its_border_where_the_upright_picture_has_it(tmp_path, orientation, mode):
    made = framed()
    made.paste("black", (200, 140, 240, 160))  # only the upright picture's top left corner is white for sure
    painting.save_turned(made, tmp_path / "a.png", orientation)
    inner = Box(30, 20, 210, 140)
    assert found(tmp_path / "a.png", Trimming(mode)) == inner


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
def test_only_the_part_that_is_asked_about_is_looked_at(tmp_path, orientation):
    painting.save_turned(framed(), tmp_path / "a.png", orientation)
    part = Box(10, 50, 100, 105)
    assert found(tmp_path / "a.png", Trimming(Trim.COLOR), part) == Box(30, 50, 80, 70)


def test_jpeg_noise_is_no_picture(tmp_path):
    framed().save(tmp_path / "a.jpg", quality=60, subsampling=0)
    for mode in (Trim.AUTO, Trim.COLOR):
        inner = found(tmp_path / "a.jpg", Trimming(mode, tolerance=40))
        assert abs(inner.left - INNER.left) <= 8
        assert abs(inner.top - INNER.top) <= 8
        assert abs(inner.right - INNER.right) <= 8
        assert abs(inner.bottom - INNER.bottom) <= 8


def test_tolerance_decides_how_far_a_border_may_be_from_its_colour(tmp_path):
    made = framed()
    made.paste((245, 250, 255), (0, 0, 240, 10))
    made.putpixel((0, 0), (255, 255, 255))
    made.save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(Trim.COLOR, tolerance=10)) == INNER
    assert found(tmp_path / "a.png", Trimming(Trim.COLOR, tolerance=9)).top == 0


def test_a_named_colour_is_taken_off_and_no_other(tmp_path):
    framed("lime").save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(Trim.COLOR, colour=Colour(0, 255, 0))) == INNER
    assert found(tmp_path / "a.png", Trimming(Trim.COLOR, colour=Colour(255, 0, 0))) == Box(0, 0, 240, 160)


def test_auto_follows_a_border_that_varies_a_little_and_stops_where_it_varies_more(tmp_path):
    noise = np.random.default_rng(1).integers(225, 256, (160, 240, 3), dtype=np.uint8)
    made = Image.fromarray(noise)
    made.paste(framed().crop((30, 20, 190, 120)), (30, 20))
    made.save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(Trim.AUTO)) == INNER
    assert found(tmp_path / "a.png", Trimming(Trim.AUTO, deviation=5.0)) == Box(0, 0, 240, 160)


def test_auto_stops_where_an_even_colour_changes(tmp_path):
    made = Image.new("RGB", (100, 60), "white")
    made.paste((220, 220, 220), (0, 20, 100, 60))
    made.save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(Trim.AUTO)) == Box(0, 0, 100, 60)  # even all over: nothing would be left
    made.paste("red", (40, 30, 60, 50))
    made.save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(Trim.AUTO)) == Box(0, 20, 100, 30)  # columns are of two colours
    assert found(tmp_path / "a.png", Trimming(Trim.AUTO, mean=40.0)) == Box(0, 30, 100, 20)
    assert found(tmp_path / "a.png", Trimming(Trim.AUTO, mean=40.0, deviation=20.0)) == Box(40, 30, 20, 20)


def test_padding_stays_as_far_as_there_is_border(tmp_path):
    framed().save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(Trim.COLOR, pad=5)) == Box(25, 15, 170, 110)
    assert found(tmp_path / "a.png", Trimming(Trim.COLOR, pad=25)) == Box(5, 0, 210, 145)


@pytest.mark.parametrize("mode", Trim)
@pytest.mark.parametrize("kind", ["L", "RGB", "RGBA", "P", "1", "LA"])
def test_a_picture_of_one_colour_stays_whole(tmp_path, mode, kind):
    Image.new("RGB", (9, 7), "white").convert(kind).save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(mode)) == Box(0, 0, 9, 7)


@pytest.mark.parametrize("mode", [Trim.ALPHA, Trim.COLOR_UNLESS_ALPHA, Trim.COLOR, Trim.AUTO])
def test_what_is_transparent_goes_whatever_colour_lies_under_it(tmp_path, mode):
    made = Image.new("RGBA", (90, 60), (255, 0, 0, 0))
    made.paste((0, 255, 0, 0), (0, 0, 30, 60))
    made.paste((0, 0, 255, 255), (40, 10, 70, 50))
    made.paste((255, 255, 0, 255), (45, 20, 55, 30))
    made.save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(mode)) == Box(40, 10, 30, 40)


def test_what_is_nearly_transparent_goes_as_far_as_tolerance_says(tmp_path):
    made = Image.new("RGBA", (90, 60), (0, 0, 0, 5))
    made.paste((0, 0, 0, 200), (40, 10, 70, 50))
    made.save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(Trim.ALPHA, tolerance=5)) == Box(40, 10, 30, 40)
    assert found(tmp_path / "a.png", Trimming(Trim.ALPHA, tolerance=4)) == Box(0, 0, 90, 60)


def test_without_alpha_there_is_nothing_transparent_to_take_off(tmp_path):
    framed().save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(Trim.ALPHA)) == Box(0, 0, 240, 160)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("kind", ["RGBA", "LA", "PA"])
def test_an_alpha_that_lets_nothing_through_is_none(tmp_path, kind, orientation):
    made = framed()
    made.paste("black", (200, 140, 240, 160))
    made = made.convert("RGBA" if kind == "PA" else kind)
    made = made.quantize(64) if kind == "PA" else made
    painting.save_turned(made, tmp_path / "a.png", orientation)
    assert found(tmp_path / "a.png", Trimming(Trim.COLOR_UNLESS_ALPHA)) == Box(30, 20, 210, 140)
    assert found(tmp_path / "a.png", Trimming(Trim.ALPHA)) == Box(0, 0, 240, 160)


def test_one_clear_pixel_anywhere_makes_alpha_count_but_not_outside_the_part(tmp_path):
    made = framed(mode="RGBA")
    made.putpixel((100, 150), (255, 255, 255, 254))
    made.save(tmp_path / "a.png")
    assert found(tmp_path / "a.png", Trimming(Trim.COLOR_UNLESS_ALPHA)) == Box(0, 0, 240, 160)
    part = Box(0, 0, 240, 140)
    assert found(tmp_path / "a.png", Trimming(Trim.COLOR_UNLESS_ALPHA), part) == INNER


@pytest.mark.parametrize(("clear", "expected"), [(True, Box(0, 0, 80, 60)), (False, Box(10, 20, 50, 30))])
def test_alpha_counts_in_all_frames_where_one_has_it(tmp_path, clear, expected):
    first, second = Image.new("RGBA", (80, 60), "white"), Image.new("RGBA", (80, 60), "white")
    first.paste("red", (10, 20, 20, 30))
    second.paste("red", (40, 25, 60, 50))
    if clear:
        second.putpixel((79, 59), (0, 0, 0, 0))
    first.save(tmp_path / "a.webp", save_all=True, append_images=[second], duration=100, lossless=True, exact=True)
    assert found(tmp_path / "a.webp", Trimming(Trim.COLOR_UNLESS_ALPHA)) == expected


def test_what_any_frame_of_an_animation_shows_is_kept(tmp_path):
    first, second = Image.new("RGB", (80, 60), "white"), Image.new("RGB", (80, 60), "white")
    first.paste("red", (10, 20, 20, 30))
    second.paste("red", (40, 25, 60, 50))
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second], duration=100)
    assert found(tmp_path / "a.gif", Trimming(Trim.COLOR)) == Box(10, 20, 50, 30)


@pytest.mark.parametrize("mode", [Trim.COLOR, Trim.AUTO])
def test_every_kind_of_source_can_be_trimmed(photos, tmp_path, mode):
    painting.write_cmyk(framed(), tmp_path / "cmyk.jpg")
    for path in (
        tmp_path / "cmyk.jpg",
        photos / "deep.png",
        photos / "dot.png",
        photos / "film.webp",
        photos / "scan.tif",
    ):
        info = probe.probe(str(path))
        inner = found(path, Trimming(mode))
        assert inner.width >= 1 <= inner.height
        assert inner.right <= info.upright.width
        assert inner.bottom <= info.upright.height
    cmyk = found(tmp_path / "cmyk.jpg", Trimming(mode, tolerance=30))
    assert abs(cmyk.left - INNER.left) <= 8
    assert abs(cmyk.bottom - INNER.bottom) <= 8


def test_a_damaged_file_is_said_to_be_damaged(tmp_path):
    framed().save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(errors.CorruptImageError):
        found(tmp_path / "a.png", Trimming(Trim.COLOR))


def test_a_trimmed_picture_is_rendered_from_what_is_left(render, tmp_path):
    framed().save(tmp_path / "a.png")
    made = render(tmp_path / "a.png", "trim=color&w=80")
    assert made.image.size == (80, 50)
    assert made.pixels[1:-1, 0, 2].min() > 200  # the blue line is at the very edge
    assert made.pixels[1:-1, 0, 0].max() < 120


@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_rect_then_trim_then_size_work_on_a_turned_file(render, tmp_path, orientation):
    painting.save_turned(framed(), tmp_path / "a.png", orientation)
    made = render(tmp_path / "a.png", "rect=0,0,120,160&trim=color&w=45&h=50&fit=fill")
    assert made.plan.window == Box(30, 20, 90, 100)
    assert made.image.size == (45, 50)
