"""What a drawing looks like: decided by the planner, drawn over real files, and measured in pixels."""

import io
import os
import subprocess
import sys
from base64 import b64encode

import numpy as np
import painting
import pytest
from measuring import distance, pixels_of
from PIL import Image, ImageOps

from imgcdn import errors
from imgcdn.engine import overlay, probe
from imgcdn.model.analysis import Candidate, Focus
from imgcdn.model.drawing import Cross, Dot, Drawing, Heat, Label, Line, Rectangle
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.media import Format
from imgcdn.model.spec import Colour, Spec
from imgcdn.planning import drawing, negotiate, planner
from imgcdn.planning.settings import Encoding, Limits

WHITE, BLACK, RED = Colour(255, 255, 255), Colour(0, 0, 0), Colour(255, 0, 0)
FOUND = (
    Region(0.35, 0.1, 0.2, 0.3, 0.97, (Point(0.4, 0.2), Point(0.5, 0.2))),
    Region(0.7, 0.6, 0.1, 0.1, 0.3),
)
FOCUS = Focus(
    Point(0.45, 0.25),
    "face",
    0.97,
    FOUND[:1],
    candidates=tuple(Candidate(Region(x, x, 0.5, 0.5, 0.5), 0.5 - x, {}) for x in (0.0, 0.2, 0.4)),
)


def opened(body):
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


def plain(size, **parts):
    """A drawing of nothing but what is given."""
    empty = dict.fromkeys(("lines", "rectangles", "dots", "crosses", "labels"), ())
    window = Box(0, 0, size.width, size.height)
    return Drawing(**({"size": size, "orientation": 1, "heat": None, "window": window} | empty | parts))


def carried_out(path, made, form=Format.PNG):
    """Return the picture that the engine makes of a drawing."""
    image = opened(overlay.draw(str(path), probe.probe(str(path)), made, form))
    assert image.size == (made.size.width, made.size.height)
    return image


def drawn(path, heat=None, form=Format.PNG):
    """Decide and draw everything there is to draw over a file, as the pipeline does."""
    spec, info = Spec(width=100, height=90), probe.probe(str(path))
    wanted = planner.wanted_aspect(spec, info.upright, Limits())
    focus = None if wanted is None else FOCUS
    plan = planner.plan(spec, info, focus, negotiate.choose(spec, "base", info), Limits(), Encoding())
    made = drawing.draw(spec, info, plan, focus, FOUND, heat)
    return made, carried_out(path, made, form)


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    """A plain grey source of 200x100."""
    path = tmp_path_factory.mktemp("grey") / "grey.png"
    Image.new("RGB", (200, 100), (128, 128, 128)).save(path)
    return path


# what is drawn


def test_outside_of_the_window_is_darker_and_inside_is_untouched(grey):
    seen = pixels_of(carried_out(grey, plain(Size(200, 100), window=Box(50, 20, 100, 60))))
    assert set(seen[20:80, 50:150].flatten()) == {128.0}
    outside = np.ones((100, 200), bool)
    outside[20:80, 50:150] = False
    assert 40 < seen[outside].min() <= seen[outside].max() < 70


def test_a_line_has_its_colour_and_a_dark_edge(grey):
    seen = pixels_of(carried_out(grey, plain(Size(200, 100), lines=(Line(Box(100, 0, 2, 100), WHITE),))))
    assert seen[50, 98:104, 0].tolist() == [128, 85, 255, 255, 85, 128]


def test_an_outline_lies_just_inside_its_box_and_leaves_its_inside_free(grey):
    made = plain(Size(200, 100), rectangles=(Rectangle(Box(50, 20, 100, 60), RED, 2),))
    red = (pixels_of(carried_out(grey, made)) == (255, 0, 0)).all(axis=2)
    expected = np.zeros((100, 200), bool)
    expected[20:80, 50:150] = True
    expected[22:78, 52:148] = False
    assert (red == expected).all()


def test_a_dashed_outline_has_gaps(grey):
    made = plain(Size(200, 100), rectangles=(Rectangle(Box(50, 20, 100, 60), RED, 1, is_dashed=True),))
    red = (pixels_of(carried_out(grey, made)) == (255, 0, 0)).all(axis=2)
    assert red[20, 50:140].tolist() == ([True] * 5 + [False] * 5) * 9


def test_a_cross_is_at_its_point_and_leaves_room_around_its_dot(grey):
    made = plain(Size(200, 100), crosses=(Cross(80, 40, 20, 2, RED),))
    red = (pixels_of(carried_out(grey, made)) == (255, 0, 0)).all(axis=2)
    down, across = np.nonzero(red)
    assert (across.min(), across.max(), down.min(), down.max()) == (61, 99, 21, 59)
    assert red[40, 80]
    assert not red[40, 83:85].any()
    assert not red[44:58, 84:98].any()


def test_a_dot_is_round_and_has_a_dark_edge(grey):
    seen = pixels_of(carried_out(grey, plain(Size(200, 100), dots=(Dot(100, 50, 4, WHITE),))))
    assert seen[50, 100, 0] == 255
    assert seen[50, 103, 0] == seen[52, 102, 0] == 255  # within the circle
    assert seen[50, 105, 0] < 100  # on its edge
    assert seen[50, 107, 0] == seen[55, 105, 0] == 128  # outside, as is the corner of its square


def test_what_reaches_over_the_edge_is_cut_off_there(grey):
    made = plain(
        Size(200, 100),
        crosses=(Cross(0, 0, 20, 2, RED), Cross(199, 99, 20, 2, RED)),
        dots=(Dot(0, 99, 5, RED),),
        rectangles=(Rectangle(Box(0, 0, 200, 100), RED, 2),),
        labels=(Label(Box(150, -5, 200, 20), "0.97", 14, RED, BLACK),),
    )
    assert carried_out(grey, made).size == (200, 100)


@pytest.mark.parametrize("height", [7, 11, 14])
def test_letters_are_inked_on_their_plate(grey, height):
    """Each letter differs from each other, so that none is a box for want of a font."""
    shapes = set()
    for letter in "0123456789ABCXYZ.%":
        made = plain(Size(200, 100), labels=(Label(Box(10, 10, 40, 30), letter, height, WHITE, BLACK),))
        plate = pixels_of(carried_out(grey, made))[10:40, 10:50, 0]
        assert plate.min() < 60
        assert 0.5 < (plate > 250).mean() < 1
        assert (plate[:, 0] == 255).all()
        shapes.add(plate.tobytes())
    assert len(shapes) == 18


def test_letters_are_as_sharp_as_their_size_allows(grey):
    made = plain(Size(200, 100), labels=(Label(Box(10, 10, 40, 19), "I", 7, WHITE, BLACK),))
    plate = pixels_of(carried_out(grey, made))[10:29, 10:50, 0]
    assert set(plate.flatten()) == {0.0, 255.0}
    assert (plate == 0).sum() == 7


def test_a_score_map_glows_where_scores_are_high(grey):
    cells = bytes([0, 64, 128, 255])
    seen = pixels_of(carried_out(grey, plain(Size(200, 100), heat=Heat(4, 1, b64encode(cells).decode()))))
    light = seen[50, [10, 75, 125, 190]].mean(axis=1)
    assert (np.diff(light) > 10).all()
    red, _, blue = seen[50, 190]
    assert red > 200
    assert blue < 150


def test_under_a_score_map_the_picture_is_grey(photos):
    cells = b64encode(bytes(6)).decode()
    made = plain(Size(240, 160), heat=Heat(3, 2, cells))
    seen = pixels_of(carried_out(photos / "turned-1.jpg", made))
    saturation = seen.max(axis=2) - seen.min(axis=2)
    assert saturation[10:150, 10:110].max() < 40


# over any source


def sources(photos):
    return sorted(path for path in photos.iterdir() if path.is_file() and path.name not in painting.AWKWARD)


def test_everything_is_drawn_over_every_kind_of_source(photos):
    heat = Heat(3, 2, b64encode(bytes([0, 50, 100, 150, 200, 255])).decode())
    for path in sources(photos):
        for one in (None, heat):
            made, image = drawn(path, one)
            assert image.mode == "RGB", path.name
            assert getattr(image, "n_frames", 1) == 1
            if min(image.size) > 100:
                assert [label for label in made.labels if label.text == "0.97"], path.name


@pytest.mark.parametrize("size", [(3000, 1), (1, 3000), (1, 1), (2, 3), (4000, 200), (200, 4000), (16, 16)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_odd_shapes_and_modes_are_drawn_over(tmp_path, size, mode):
    path = tmp_path / "odd.png"
    Image.new("L", size, 90).convert("I" if mode == "I;16" else mode).convert(mode).save(path)
    made, image = drawn(path)
    assert image.size == (made.size.width, made.size.height)


def test_a_turned_source_is_drawn_upright(photos):
    for orientation in range(2, 9):
        image = carried_out(photos / f"turned-{orientation}.jpg", plain(Size(240, 160), orientation=orientation))
        assert distance(image, painting.corners(240, 160)) < 3


def test_a_shrunk_source_is_the_same_picture(photos):
    """A large JPEG is shrunk while it is decoded; what is seen must not move by that."""
    image = carried_out(photos / "large.jpg", plain(Size(600, 400)))
    with Image.open(photos / "large.jpg") as whole:
        assert distance(image, whole.resize((600, 400))) < 1


def test_cmyk_and_16_bit_keep_their_colours(photos):
    cmyk = carried_out(photos / "cmyk.jpg", plain(Size(120, 80)))
    assert distance(cmyk, painting.corners(120, 80)) < 60
    deep = pixels_of(carried_out(photos / "deep.png", plain(Size(256, 64))))
    assert np.abs(deep[32, :, 0] - np.arange(256)).max() <= 1


def test_transparency_shows_as_squares(photos):
    seen = pixels_of(carried_out(photos / "alpha.png", plain(Size(300, 200))))
    assert {tuple(seen[y, x]) for x, y in ((2, 2), (10, 2), (2, 10), (10, 10))} == {(150,) * 3, (118,) * 3}
    assert seen[2, 2, 0] == seen[10, 10, 0] != seen[10, 2, 0]


def test_of_an_animation_the_first_frame_is_drawn_on(photos):
    for name in ("film.gif", "film.webp"):
        image = carried_out(photos / name, plain(Size(120, 80)))
        with Image.open(photos / name) as film:
            assert distance(image, ImageOps.fit(film.convert("RGB"), (120, 80))) < 2


@pytest.mark.parametrize("form", [Format.JPEG, Format.PNG, Format.WEBP, Format.AVIF, Format.GIF])
def test_every_format_is_written(photos, form):
    made, image = drawn(photos / "turned-6.jpg", form=form)
    assert image.format == form.value.upper()
    with Image.open(photos / "turned-1.jpg") as upright:
        assert distance(image.convert("RGB"), upright) < 60
    assert made.size == Size(240, 160)


def test_nothing_that_a_source_says_of_itself_is_kept(photos):
    image = drawn(photos / "located.jpg", form=Format.JPEG)[1]
    assert not image.getexif()
    assert {"icc_profile", "xmp"} & set(image.info) == set()


def test_a_damaged_source_is_corrupt(photos, tmp_path):
    path = tmp_path / "half.jpg"
    path.write_bytes((photos / "photo.jpg").read_bytes()[:40_000])
    with pytest.raises(errors.CorruptImageError) as caught:
        drawn(path)
    assert str(tmp_path) not in caught.value.detail


def test_odd_and_hostile_files_are_drawn_over_or_refused_by_kind(shared):
    """Whatever can be probed and is not too large is drawn, or is corrupt; nothing else may happen."""
    folder = shared / "data" / "robustness" / "files"
    outcomes = {"drawn": 0, "refused": 0}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size < 200_000):
        try:
            info = probe.probe(str(path))
            if info.stored.pixels <= 4_000_000:
                drawn(path, form=Format.JPEG)
                outcomes["drawn"] += 1
        except errors.ImgcdnError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 50


def test_no_font_is_needed(photos, tmp_path):
    """The same letters come out of a process for which no font exists."""
    script = (
        "import sys; from imgcdn.engine import overlay, probe, vips; from imgcdn.model.drawing import Drawing, Label;"
        "from imgcdn.model.geometry import Box, Size; from imgcdn.model.media import Format;"
        "from imgcdn.model.spec import Colour; vips.start(); box = Box(0, 0, 100, 40);"
        "label = Label(box, 'auto 0.97', 14, Colour(0, 0, 0), Colour(255, 255, 255));"
        "made = Drawing(Size(120, 80), 1, None, box, (), (), (), (), (label,)); path = sys.argv[1];"
        "sys.stdout.buffer.write(overlay.draw(path, probe.probe(path), made, Format.PNG))"
    )
    (tmp_path / "fonts.conf").write_text('<?xml version="1.0"?><fontconfig></fontconfig>', encoding="ascii")
    bodies = [
        subprocess.run(
            [sys.executable, "-c", script, photos / "turned-1.jpg"],
            env=os.environ | more,
            check=True,
            capture_output=True,
        ).stdout
        for more in ({}, {"FONTCONFIG_FILE": str(tmp_path / "fonts.conf")})
    ]
    assert bodies[0] == bodies[1]
    assert (pixels_of(opened(bodies[0]))[:40, :100] > 200).mean() > 0.05
