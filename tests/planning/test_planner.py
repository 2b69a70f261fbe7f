from fractions import Fraction

import pytest
from sizing_rules import ENCODING, LIMITS, assert_sound, info, planned

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.media import Format
from imgcdn.model.plan import Canvas
from imgcdn.model.spec import Anchor, Colour, FacePreset, Fit, Rect, Spec, Strip
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding

PHOTO = info(3200, 2133)
WHITE, CLEAR = Colour(255, 255, 255), Colour(0, 0, 0, 0)


def focus(x: float, y: float, *faces: Region) -> Focus:
    return Focus(Point(x, y), "face" if faces else "fp", faces=faces)


# rect


@pytest.mark.parametrize(
    ("rect", "box"),
    [
        (Rect(0, 0, 100, 100), Box(0, 0, 100, 100)),
        (Rect(100, 50, 400, 300), Box(100, 50, 300, 250)),
        (Rect(0.25, 0, 0.5, 1.0), Box(100, 0, 200, 300)),
        (Rect(0, 0, 1.0, 1.0), Box(0, 0, 400, 300)),
        (Rect(399, 299, 1000, 1000), Box(399, 299, 1, 1)),
        (Rect(0.9, 0.9, 0.5, 0.5), Box(360, 270, 40, 30)),
        (Rect(10, 0.5, 0.5, 10), Box(10, 150, 200, 10)),
        (Rect(Anchor.MIDDLE, Anchor.END, 100, 50), Box(150, 250, 100, 50)),
        (Rect(Anchor.END, Anchor.MIDDLE, 0.25, 101), Box(300, 99, 100, 101)),
        (Rect(Anchor.END, Anchor.MIDDLE, 500, 1.0), Box(0, 0, 400, 300)),
    ],
)
def test_rect_takes_pixels_and_shares_and_is_cut_at_the_edges(rect, box):
    assert planner.region_of(Spec(rect=rect), Size(400, 300)) == box


@pytest.mark.parametrize(
    "rect",
    [Rect(400, 0, 10, 10), Rect(0, 300, 10, 10), Rect(1.0, 0, 10, 10), Rect(0, 0, 0.0001, 10), Rect(10**6, 0, 1, 1)],
)
def test_a_rect_that_leaves_nothing_is_an_impossible_crop_that_names_the_picture(rect):
    with pytest.raises(errors.ImpossibleCropError, match="leaves nothing of a 400x300 px picture") as caught:
        planned(Spec(rect=rect), info(400, 300))
    assert caught.value.param == "rect"
    assert caught.value.status == 422


def test_rect_counts_upright_pixels():
    plan = planned(Spec(rect=Rect(0, 0, 100, 50)), info(400, 300, orientation=6))
    assert plan.window == Box(0, 0, 100, 50)
    assert plan.stored_window == Box(0, 200, 50, 100)
    assert plan.size == Size(100, 50)


def test_the_crop_stays_inside_rect_and_shares_of_w_count_its_sides():
    plan = planned(Spec(width=0.5, height=0.25, rect=Rect(1000, 100, 400, 400)), PHOTO, focus(0.0, 0.0))
    assert plan.window == Box(1000, 100, 400, 200)
    assert plan.size == Size(200, 100)


# orientation


@pytest.mark.parametrize(("said", "used"), [(None, 6), (0, 1), (1, 1), (3, 3), (8, 8)])
def test_orient_in_the_url_replaces_that_of_the_file_and_0_leaves_the_pixels_as_stored(said, used):
    source = info(400, 300, orientation=6)
    assert planner.orientation_of(Spec(orientation=said), source) == used
    assert planner.upright_size(Spec(orientation=said), source) == (Size(300, 400) if used > 4 else Size(400, 300))
    assert planned(Spec(orientation=said), source).orientation == used


# when something must be chosen


@pytest.mark.parametrize(
    "spec",
    [
        Spec(),
        Spec(width=400),
        Spec(width=400, height=400, fit=Fit.CONTAIN),
        Spec(width=400, height=400, fit=Fit.FILL),
        Spec(width=400, height=400, fit=Fit.OUTSIDE),
        Spec(width=400, height=300, fit=Fit.INSIDE),
        Spec(width=400, fit=Fit.COVER),
        Spec(width=400, height=300),
        Spec(aspect=Fraction(4, 3)),
        Spec(width=300, height=300, rect=Rect(0, 0, 200, 200)),
        Spec(width=300, height=400, rotate=90.0),
    ],
)
def test_nothing_is_looked_for_when_nothing_is_cropped_away(spec):
    assert planner.wanted_aspect(spec, Size(800, 600), LIMITS) is None


@pytest.mark.parametrize(
    ("spec", "aspect"),
    [
        (Spec(width=300, height=300), 1.0),
        (Spec(width=300, height=300, dpr=2.0), 1.0),
        (Spec(width=400, height=300, rotate=90.0), 0.75),
        (Spec(aspect=Fraction(16, 9)), 16 / 9),
        (Spec(width=400, zoom=2.0), 4 / 3),
        (Spec(width=400, height=300, zoom=2.0), 4 / 3),
        (Spec(width=400, face_preset=FacePreset.CLOSEUP), 4 / 3),
        (Spec(width=300, height=300, face_pad=2.0), 1.0),
    ],
)
def test_a_crop_a_zoom_or_a_face_frame_wants_a_focus_for_its_aspect(spec, aspect):
    assert planner.wanted_aspect(spec, Size(800, 600), LIMITS) == pytest.approx(aspect)


# the window


def test_the_window_is_centred_on_the_focus_until_an_edge_forbids_it():
    spec = Spec(width=300, height=300)
    assert planned(spec, PHOTO, focus(0.5, 0.5)).window == Box(534, 0, 2133, 2133)
    assert planned(spec, PHOTO, focus(0.9, 0.1)).window == Box(1067, 0, 2133, 2133)


@pytest.mark.parametrize("zoom", [1.0, 1.7])
def test_every_size_of_one_aspect_shows_the_same_part(zoom):
    specs = [Spec(width=4 * n, height=3 * n, dpr=dpr, zoom=zoom) for n in (10, 33, 100, 640) for dpr in (1.0, 2.0, 3.0)]
    windows = [planned(spec, PHOTO, focus(0.61, 0.29)).window for spec in specs]
    for window in windows:
        assert abs(window.left + window.right - windows[0].left - windows[0].right) <= 2
        assert abs(window.top + window.bottom - windows[0].top - windows[0].bottom) <= 2


def test_faces_of_the_focus_are_kept_whole_where_its_point_alone_would_cut_them():
    face = Region(0.02, 0.4, 0.1, 0.15, 0.9)
    plan = planned(Spec(width=100, height=400), PHOTO, focus(0.07, 0.47, face))
    assert plan.window.left <= (0.02 - 0.015) * 3200 + 1
    assert plan.window.right >= 0.135 * 3200 - 1


def test_a_face_frame_takes_its_size_from_the_face_and_the_answer_its_size_from_the_box():
    face = Region(0.5, 0.4, 0.05, 0.1, 0.9)
    spec = Spec(width=300, height=300, face_preset=FacePreset.CLOSEUP)
    plan = planned(spec, PHOTO, focus(0.525, 0.45, face))
    assert plan.window.size == Size(384, 384)
    assert plan.size == Size(300, 300)


def test_a_face_frame_without_a_face_is_an_ordinary_crop():
    spec = Spec(width=300, height=300)
    framed = Spec(width=300, height=300, face_preset=FacePreset.CLOSEUP)
    assert planned(framed, PHOTO, focus(0.4, 0.4)) == planned(spec, PHOTO, focus(0.4, 0.4))


# shrink-on-load


@pytest.mark.parametrize(
    ("width", "full", "safe"),
    [
        (100, 8, 8),
        (200, 8, 8),
        (201, 8, 4),
        (400, 8, 4),
        (401, 4, 2),
        (800, 4, 2),
        (801, 2, 1),
        (1600, 2, 1),
        (1601, 1, 1),
    ],
)
def test_a_jpeg_is_shrunk_while_decoding_as_far_as_the_target_allows(width, full, safe):
    source = info(3200, 2400)
    assert planned(Spec(width=width), source).shrink == full
    assert planned(Spec(width=width), source, encoding=Encoding(shrink="safe")).shrink == safe


def test_a_side_that_rounding_made_longer_keeps_no_factor_from_the_decoder():
    source = info(1732, 1155)
    plan = planned(Spec(width=866), source)
    assert (plan.resized, plan.shrink) == (Size(866, 578), 2)
    assert_sound(plan, source)


@pytest.mark.parametrize(("width", "target"), [(3, 2), (15, 8), (399, 200), (799, 400)])
def test_a_shrunk_picture_is_never_enlarged_by_more_than_the_eye_forgives(width, target):
    assert planned(Spec(width=target), info(width, width)).shrink == (2 if target >= 200 else 1)


def test_the_window_counts_for_the_shrink_and_not_the_whole_picture():
    spec = Spec(width=400, height=400, rect=Rect(0, 0, 800, 800))
    assert planned(spec, info(3200, 2400)).shrink == 2


@pytest.mark.parametrize("loader", ["pngload", "webpload", "heifload", "gifload", "tiffload"])
def test_only_jpeg_is_shrunk_while_decoding(loader):
    assert planned(Spec(width=10), info(3200, 2400, loader=loader)).shrink == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_shrink_compares_sides_as_the_file_holds_them(orientation):
    source = info(1600, 200, orientation=orientation)
    plan = planned(Spec(width=200, height=200, fit=Fit.FILL), source)
    assert plan.shrink == 1
    assert_sound(plan, source)


# turning, mirroring, laying on a canvas


RIGHT = [(0, 0), (90, 1), (180, 2), (270, 3), (360, 0), (-90, 3), (-180, 2), (-270, 1), (-360, 0)]
OTHER = [(45, 45), (-45, 315), (359.5, 359.5), (90.5, 90.5), (-0.5, 359.5)]


@pytest.mark.parametrize(
    ("rotate", "quarters", "angle"),
    [*((rotate, quarters, 0) for rotate, quarters in RIGHT), *((rotate, 0, angle) for rotate, angle in OTHER)],
)
def test_right_angles_become_quarter_turns_and_all_others_an_angle(rotate, quarters, angle):
    plan = planned(Spec(width=100, rotate=float(rotate)), PHOTO)
    assert (plan.rotate_quarters, plan.angle) == (quarters, angle)


def test_mirroring_is_passed_on():
    plan = planned(Spec(flip=True), PHOTO)
    assert (plan.flip, plan.flop) == (True, False)


def test_contain_lays_the_picture_in_the_middle_of_the_box():
    plan = planned(Spec(width=300, height=300, fit=Fit.CONTAIN, background=Colour(1, 2, 3)), info(400, 200))
    assert plan.resized == Size(300, 150)
    assert plan.canvas == Canvas(Size(300, 300), 0, 75, Colour(1, 2, 3))


def test_contain_of_a_turned_picture_lays_the_turned_picture():
    plan = planned(Spec(width=300, height=300, fit=Fit.CONTAIN, rotate=90.0), info(400, 200))
    assert plan.resized == Size(300, 150)
    assert plan.canvas == Canvas(Size(300, 300), 75, 0, WHITE)


def test_contain_of_a_picture_that_has_the_shape_of_the_box_needs_no_canvas():
    assert planned(Spec(width=200, height=100, fit=Fit.CONTAIN), info(400, 200)).canvas is None


# colours and output


@pytest.mark.parametrize(
    ("asked", "form", "canvas", "backdrop", "end"),
    [
        (None, Format.JPEG, WHITE, None, WHITE),
        (None, Format.PNG, CLEAR, None, WHITE),
        (Colour(1, 2, 3), Format.JPEG, Colour(1, 2, 3), Colour(1, 2, 3), Colour(1, 2, 3)),
        (Colour(1, 2, 3), Format.WEBP, Colour(1, 2, 3), Colour(1, 2, 3), Colour(1, 2, 3)),
        (Colour(1, 2, 3, 128), Format.AVIF, Colour(1, 2, 3, 128), Colour(1, 2, 3, 128), WHITE),
        # JPEG has no alpha: what is left of it stands before white, never black.
        (CLEAR, Format.JPEG, CLEAR, CLEAR, WHITE),
    ],
)
def test_letterboxes_are_transparent_or_white_unless_a_background_is_asked_for(asked, form, canvas, backdrop, end):
    spec = Spec(width=300, height=300, fit=Fit.CONTAIN, rotate=10.0, background=asked)
    plan = planned(spec, info(400, 200), form=form)
    assert plan.canvas is not None
    assert (plan.canvas.colour, plan.angle_colour, plan.backdrop) == (canvas, canvas, backdrop)
    assert plan.output.background == end


@pytest.mark.parametrize(
    ("form", "quality", "effort"),
    [(Format.JPEG, 80, 0), (Format.WEBP, 80, 2), (Format.AVIF, 60, 1), (Format.PNG, 100, 6), (Format.GIF, 100, 5)],
)
def test_each_format_has_its_own_quality_and_effort_and_the_url_wins_over_quality(form, quality, effort):
    output = planned(Spec(), PHOTO, form=form).output
    assert (output.format, output.quality, output.effort) == (form, quality, effort)
    asked = planned(Spec(quality=33), PHOTO, form=form).output.quality
    assert asked == (quality if form in {Format.PNG, Format.GIF} else 33)


def test_the_settings_say_quality_and_effort_where_the_url_does_not():
    encoding = Encoding(jpeg_quality=71, webp_quality=72, avif_quality=73, webp_effort=4, avif_wait_effort=5)
    forms = (Format.JPEG, Format.WEBP, Format.AVIF)
    found = [planned(Spec(), PHOTO, form=form, encoding=encoding).output for form in forms]
    assert [(o.quality, o.effort) for o in found] == [(71, 0), (72, 4), (73, 5)]


def test_metadata_goes_and_jpeg_is_progressive_unless_asked_otherwise():
    plain = planned(Spec(), PHOTO).output
    assert (plain.strip, plain.is_progressive, plain.is_lossless) == (Strip.ALL, True, False)
    asked = planned(Spec(strip=Strip.NONE, progressive=False, lossless=True), PHOTO).output
    assert (asked.strip, asked.is_progressive, asked.is_lossless) == (Strip.NONE, False, True)


@pytest.mark.parametrize("form", Format)
def test_all_frames_are_written_only_to_formats_that_move(form):
    plan = planned(Spec(), info(400, 300, loader="gifload", frames=7), form=form)
    assert plan.frames == (7 if form in {Format.GIF, Format.WEBP} else 1)


def test_the_defaults_are_those_of_the_specification():
    assert (ENCODING.jpeg_quality, ENCODING.webp_quality, ENCODING.avif_quality) == (80, 80, 60)
    assert (LIMITS.max_side, LIMITS.max_pixels) == (8192, 40_000_000)
    assert (LIMITS.max_source_pixels, LIMITS.max_animation_pixels, LIMITS.max_frames) == (50_000_000, 100_000_000, 256)


def test_the_focus_is_on_the_faces_that_are_kept_not_between_people():
    left, right = Region(0.05, 0.3, 0.1, 0.2, 0.9), Region(0.8, 0.3, 0.12, 0.24, 0.95)
    between = Focus(Point(0.5, 0.4), "faces", 0.95, (left, right))
    upright, window = Size(1000, 500), Box(700, 0, 300, 500)
    point = planner.settled(between, window, upright).point
    assert (point.x, point.y) == pytest.approx((right.centre.x, right.centre.y))
    both = planner.settled(between, Box(0, 0, 1000, 500), upright)
    assert both == between
    neither = planner.settled(between, Box(850, 0, 150, 500), upright)
    assert neither.point.x == pytest.approx(right.centre.x)


# the sides of a crop between bounds, and face crops without a face


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("h=300&fit=cover&max_w=200", (200, 300)),
        ("h=300&fit=cover&min_w=600", (600, 300)),
        ("h=300&fit=cover&min_w=100&max_w=500", (450, 300)),
        ("w=300&fit=cover&max_h=100&dpr=2", (600, 200)),
        ("w=300&ar=1:1&fit=cover&max_h=100", (300, 100)),
        ("w=300&h=300&fit=cover&max_w=100", (300, 300)),
        ("h=300&max_w=200", (450, 300)),
        ("w=300&rotate=90&fit=cover&max_h=200", (300, 200)),
    ],
)
def test_a_side_that_follows_stays_between_its_bounds(query, size):
    spec = native.parse("img", "a.jpg", query).spec
    assert planned(spec, info(900, 600)).size == Size(*size)


def test_where_no_face_is_found_another_fit_counts_and_with_one_it_does_not():
    spec = Spec(width=200, height=200, fit=Fit.COVER, gravity=("face",), face_pad=2.0, face_else=Fit.INSIDE)
    whole = planned(spec, info(900, 600))
    assert (whole.window, whole.size) == (Box(0, 0, 900, 600), Size(200, 133))
    face = focus(0.5, 0.5, Region(0.45, 0.45, 0.1, 0.1, 0.9))
    close = planned(spec, info(900, 600), face)
    assert (close.window.size, close.size) == (Size(180, 180), Size(200, 200))
