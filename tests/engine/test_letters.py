"""Texts in pixels: they fit, stand where they should, are shaped, and are never taken for markup."""

import lacks
import numpy as np
import pytest
from measuring import pixels_of
from PIL import Image

from imgcdn.engine import fonts, laying, lettering
from imgcdn.engine.settings import TextSettings
from imgcdn.model.colour import Colour
from imgcdn.model.geometry import Box, Point
from imgcdn.model.laying import Lettering

WHITE, BLACK = Colour(255, 255, 255), Colour(0, 0, 0)
ARABIC, HEBREW = "مرحبا بالعالم", "שלום עולם"


@pytest.fixture(scope="module", autouse=True)
def families():
    found = fonts.examine(TextSettings()).families
    if not any(name.startswith("DejaVu") for name in found):
        lacks.lacking("DejaVu fonts are not installed")
    return found


def a_text(text, **other):
    said = {
        "text": text,
        "family": "DejaVu Sans",
        "size_px": 28.0,
        "weight": 400,
        "is_italic": False,
        "colour": BLACK,
        "area": Box(10, 20, 380, 260),
        "place": Point(0, 1),
        "fills": False,
        "lead": 1.0,
        "shadow": 0.0,
        "outline_px": 0,
        "outline_colour": WHITE,
    }
    return Lettering(**(said | other))


def set_(text, **other):
    image, left, top = lettering.letter(a_text(text, **other))
    return image.numpy(), left, top


LONG = "the quick brown fox jumps over the lazy dog " * 10


@pytest.mark.parametrize("text", ["Hello", LONG, "x" * 500, ARABIC * 20, "a\nb\nc", "﷽" * 30, "W" * 40, "😀" * 60])
@pytest.mark.parametrize("size", [8.0, 60.0, 900.0])
@pytest.mark.parametrize("area", [Box(10, 20, 380, 260), Box(0, 0, 40, 300), Box(0, 0, 3, 2), Box(0, 0, 1, 1)])
def test_a_text_never_leaves_its_room(text, size, area):
    pixels, left, top = set_(text, size_px=size, area=area)
    assert left >= area.left
    assert top >= area.top
    assert left + pixels.shape[1] <= area.right
    assert top + pixels.shape[0] <= area.bottom


@pytest.mark.parametrize("place", [Point(0, 0), Point(1, 0), Point(0.5, 0.5), Point(0, 1), Point(1, 1)])
def test_a_text_touches_the_side_of_its_room_that_it_is_aligned_with(place):
    pixels, left, top = set_("Hello\nyou", place=place)
    height, width = pixels.shape[:2]
    assert left == 10 + round((380 - width) * place.x)
    assert top == 20 + round((260 - height) * place.y)
    assert pixels[0, :, 3].max() > 0  # nothing empty around it, so that it stands exactly there
    assert pixels[:, 0, 3].max() > 0


def test_a_long_text_is_broken_into_lines_and_the_size_asked_for_is_kept_where_it_fits():
    one, *_ = set_("the quick")
    more, *_ = set_("the quick brown fox jumps over the lazy dog")
    assert more.shape[0] > 1.8 * one.shape[0]
    assert more.shape[1] <= 380


def test_a_text_that_does_not_fit_is_set_smaller_and_uses_most_of_its_room():
    pixels, *_ = set_(LONG, size_px=80.0)
    assert pixels.shape[0] > 0.75 * 260
    assert pixels.shape[1] > 0.85 * 380


def test_a_text_that_fills_its_room_is_one_line_as_wide_as_that():
    pixels, *_ = set_("Fit to width", fills=True)
    assert pixels.shape[1] == pytest.approx(380, abs=12)
    assert pixels.shape[0] < 100


@pytest.mark.parametrize(
    "text", ["<b>bold</b>", "a < b & c > d", "&amp; &#65;", "</span>", '"quoted"', "<span size='1'>"]
)
def test_a_text_is_never_markup(text):
    pixels, *_ = set_(text)
    assert pixels[..., 3].max() == 255
    plain, *_ = set_(text.replace("<b>", "").replace("</b>", "") + " ")
    if "<b>" in text:
        assert pixels.shape[1] > plain.shape[1] + 50


def test_letters_have_the_colour_and_the_opacity_that_are_said():
    pixels, *_ = set_("IIII", colour=Colour(200, 50, 25, 128), size_px=120.0, weight=700)
    solid = pixels[pixels[..., 3] >= 127]
    assert np.abs(solid[:, :3].astype(int) - (200, 50, 25)).max() <= 2
    assert pixels[..., 3].max() == pytest.approx(128, abs=1)


def test_arabic_letters_are_joined_and_run_from_the_right():
    joined, *_ = set_("بب", size_px=60.0)
    apart, *_ = set_("ب\u200cب", size_px=60.0)  # a zero-width non-joiner between them
    assert joined.shape[1] < apart.shape[1] - 3
    ink = set_("ا.", size_px=80.0)[0][..., 3]  # the first letter is the tall one, so it stands at the right
    columns = (ink > 128).sum(axis=0)
    assert columns[len(columns) // 2 :].max() > 2 * columns[: len(columns) // 2].max()


def test_hebrew_runs_from_the_right_and_latin_within_it_from_the_left():
    ink = set_("ן.", size_px=80.0)[0][..., 3]
    columns = (ink > 128).sum(axis=0)
    assert columns[len(columns) // 2 :].max() > 2 * columns[: len(columns) // 2].max()
    ink = set_("l.", size_px=80.0)[0][..., 3]
    columns = (ink > 128).sum(axis=0)
    assert columns[: len(columns) // 2].max() > 2 * columns[len(columns) // 2 :].max()


def test_lines_are_flush_on_the_side_that_the_text_stands_at():
    def starts(place):
        ink = set_("a long first line\nx", place=place, size_px=30.0)[0][..., 3] > 64
        rows = np.flatnonzero(ink.any(axis=1))
        last = ink[rows[-1] - 5 : rows[-1] + 1].any(axis=0)
        return np.flatnonzero(last)[0] / ink.shape[1]

    assert starts(Point(0, 0)) < 0.05
    assert 0.4 < starts(Point(0.5, 0)) < 0.55
    assert starts(Point(1, 0)) > 0.85


def test_a_shadow_lies_below_and_an_outline_around_the_letters():
    plain, left, top = set_("Ink", size_px=80.0, colour=WHITE)
    shaded, shaded_left, shaded_top = set_("Ink", size_px=80.0, colour=WHITE, shadow=1.0)
    assert shaded_left < left
    assert shaded_top < top
    off_x, off_y = left - shaded_left, top - shaded_top
    dark = shaded[(shaded[..., 3] > 40) & (shaded[..., :3].max(axis=2) < 60)]
    assert len(dark) > 200
    letters = plain[..., 3] == 255
    inside = shaded[off_y : off_y + plain.shape[0], off_x : off_x + plain.shape[1]]
    assert (inside[letters][:, :3] == 255).all()

    lined, *_ = set_("Ink", size_px=80.0, colour=WHITE, outline_px=4, outline_colour=Colour(255, 0, 0))
    red = (lined[..., 0] > 200) & (lined[..., 1] < 60) & (lined[..., 3] > 200)
    assert red.sum() > 500


def test_a_heavier_weight_has_more_ink_and_leading_sets_lines_apart():
    light, bold = (set_("Weight", weight=weight)[0][..., 3].sum() for weight in (400, 700))
    assert bold > 1.2 * light
    close, wide = (set_("a\nb", lead=lead)[0].shape[0] for lead in (1.0, 2.0))
    assert wide > close + 20


def test_a_text_lies_on_a_picture_as_any_layer_does(render, tmp_path):
    Image.new("RGB", (300, 200), (0, 0, 120)).save(tmp_path / "blue.png")
    made = render(tmp_path / "blue.png", "text=Hi&textColor=fff&textSize=60&textAlign=northwest&textPad=0")
    white = np.abs(made.pixels - 255).max(axis=2) <= 2
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    assert rows[0] <= 2
    assert columns[0] <= 2
    assert 30 < rows[-1] < 80
    assert not pixels_of(made.image)[150:, 150:].any(axis=1)[:, 0].any()


def test_every_frame_of_an_animation_bears_the_text(render, film):
    made = render(film, "text=Hi&textColor=f0f&textSize=40&textAlign=center&format=webp&lossless=1")
    image, found = made.image, []
    for index in range(image.n_frames):
        image.seek(index)
        found.append((np.abs(np.asarray(image.convert("RGB"), float) - (255, 0, 255)).max(axis=2) <= 3).sum())
    assert len(found) == 3
    assert min(found) > 50
    assert len(set(found)) == 1


def test_pictures_of_one_pixel_take_a_text_too(render, tmp_path):
    Image.new("L", (1, 1)).save(tmp_path / "dot.png")
    assert render(tmp_path / "dot.png", "text=Hello%20there&textSize=300&textLine=5&textShadow=10").image.size == (1, 1)


# fonts


def test_the_families_of_a_folder_are_read_from_its_files(tmp_path, families):
    source = next(path for path in fonts._files([fonts.Path("/usr/share/fonts")]) if path.name == "DejaVuSans.ttf")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "copy.TTF").write_bytes(source.read_bytes())
    (tmp_path / "broken.ttf").write_bytes(source.read_bytes()[:200])
    (tmp_path / "readme.txt").write_text("no font")
    (tmp_path / "empty.otf").write_bytes(b"")
    found = fonts.examine(TextSettings(fonts=tmp_path, system_fonts=False))
    assert found.families == ("DejaVu Sans",)
    assert found.version
    assert fonts.examine(TextSettings(fonts=tmp_path / "none", system_fonts=False)).families == ()


def test_another_set_of_fonts_has_another_version(tmp_path):
    source = next(path for path in fonts._files([fonts.Path("/usr/share/fonts")]) if path.name == "DejaVuSans.ttf")
    (tmp_path / "one.ttf").write_bytes(source.read_bytes())
    before = fonts.examine(TextSettings(fonts=tmp_path, system_fonts=False)).version
    (tmp_path / "two.ttf").write_bytes(source.with_name("DejaVuSerif.ttf").read_bytes())
    assert fonts.examine(TextSettings(fonts=tmp_path, system_fonts=False)).version != before


def test_sheets_beyond_the_edges_are_cut(render):
    image, *_ = lettering.letter(a_text("Hello"))
    ground = image.new_from_image([10, 20, 30]).copy(interpretation="srgb").crop(0, 0, 5, 5)
    sheet = laying.Sheet(image, -3, 400, laying.BlendMode.NORMAL)
    assert laying.lay(ground, [sheet]).numpy().max() == 30
