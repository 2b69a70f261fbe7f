"""The exact sizes and windows that Cloudinary's documented rules give, on the plan: nothing is rendered."""

import pytest

from imgcdn import errors
from imgcdn.dialects.cloudinary import parsing
from imgcdn.model.analysis import Focus
from imgcdn.model.colour import Colour
from imgcdn.model.edges import Margins
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.spec import COMPASS
from imgcdn.planning import negotiate, planner
from imgcdn.planning.settings import Encoding, Limits

LIMITS, ENCODING = Limits(), Encoding()


def info(width: int, height: int, loader: str = "jpegload", *, has_alpha: bool = False) -> SourceInfo:
    return SourceInfo(loader, Size(width, height), 1, 1, has_alpha, False, 8, False, False)


PHOTO = info(1600, 900)
FACE = Focus(Point(0.25, 0.35), "face", 0.9, (Region(0.2, 0.25, 0.1, 0.2, 0.9),))


def planned(transformation: str, source: SourceInfo = PHOTO, focus: Focus | None = None):
    spec = parsing.parse("img", f"image/upload/{transformation}/v1/a.jpg", "").spec
    wanted = planner.wanted_aspect(spec, planner.upright_size(spec, source), LIMITS)
    name = spec.gravity[0] if spec.gravity else "center"
    focus = focus or Focus(spec.focal_point or COMPASS.get(name, Point(0.5, 0.5)), name)
    output = negotiate.choose(spec, "base", source)
    return planner.plan(spec, source, focus if wanted else None, output, LIMITS, ENCODING)


SIZES = [
    # One component: 1600x900, and each mode's rule.
    ("w_400", (400, 225)),
    ("h_450", (800, 450)),
    ("w_0.5", (800, 450)),
    ("w_1.0", (1600, 900)),
    ("w_1", (1, 1)),
    ("w_3200", (3200, 1800)),
    ("w_400,h_400", (400, 400)),
    ("c_scale,w_400,h_100", (400, 100)),
    ("c_scale,w_0.5,h_1.0", (800, 900)),
    ("c_scale,w_400,ar_1:1", (400, 400)),
    ("c_fit,w_400,h_400", (400, 225)),
    ("c_fit,w_3200,h_3200", (3200, 1800)),
    ("c_fit,h_300", (533, 300)),
    ("c_limit,w_400,h_400", (400, 225)),
    ("c_limit,w_3200,h_3200", (1600, 900)),
    ("c_limit,w_1200", (1200, 675)),
    ("c_limit,w_4000", (1600, 900)),
    ("c_mfit,w_400,h_400", (1600, 900)),
    ("c_mfit,w_3200,h_3200", (3200, 1800)),
    ("c_mfit,w_3200,h_100", (1600, 900)),
    ("c_fill,w_400,h_300", (400, 300)),
    ("c_fill,w_2000,h_2000", (2000, 2000)),
    ("c_fill,w_400", (400, 225)),
    ("c_fill,w_400,ar_16:10", (400, 250)),
    ("c_fill,ar_1.5,h_300", (450, 300)),
    ("c_fill,ar_1:1", (900, 900)),
    ("c_fill,w_0.5,h_0.5", (800, 450)),
    ("c_lfill,w_400,h_300", (400, 300)),
    ("c_lfill,w_2000,h_500", (1600, 500)),
    ("c_lfill,w_800,h_1000", (800, 900)),
    ("c_lfill,w_3000,h_3000", (1600, 900)),
    ("c_fill_pad,g_auto,w_300,h_300", (300, 300)),
    ("c_auto,g_auto,w_300,h_200", (300, 200)),
    ("c_auto_pad,g_auto,w_300,h_200", (300, 200)),
    ("c_crop,w_300,h_200", (300, 200)),
    ("c_crop,w_300,h_200,x_10,y_20", (300, 200)),
    ("c_crop,w_300,h_200,x_1500,y_0", (100, 200)),
    ("c_crop,w_3000,h_200,g_north", (1600, 200)),
    ("c_crop,w_0.5,h_0.5", (800, 450)),
    ("c_crop,w_300", (300, 900)),
    ("c_crop,ar_1:1", (900, 900)),
    ("c_crop,w_300,ar_3:2", (300, 200)),
    ("c_thumb,g_face,w_150,h_150", (150, 150)),
    ("c_thumb,w_150,h_100", (150, 100)),
    ("c_pad,w_400,h_400", (400, 400)),
    ("c_pad,w_2000,h_2000,b_black", (2000, 2000)),
    ("c_pad,w_400,ar_1:1", (400, 400)),
    ("c_lpad,w_2000,h_2000", (2000, 2000)),
    ("c_lpad,w_400,h_400", (400, 400)),
    ("c_mpad,w_2000,h_1000", (2000, 1000)),
    ("c_mpad,w_400,h_400", (1600, 900)),
    ("c_mpad,w_400,h_1000", (1600, 1000)),
    ("w_200,dpr_2.0", (400, 225)),
    ("c_fill,w_100,h_100,dpr_3", (300, 300)),
    ("c_crop,w_300,h_200,dpr_2", (600, 400)),
    ("w_auto,dpr_auto", (1600, 900)),
    # Edges and turns.
    ("c_fill,w_200,h_200,bo_5px_solid_red", (210, 210)),
    ("w_200,bo_5px_solid_rgb:00ff0080", (210, 122)),
    ("c_fill,w_200,h_200,r_max,bo_4px_solid_black", (208, 208)),
    ("w_200,h_100,c_fill,a_90", (100, 200)),
    ("a_90/w_200,h_100,c_fill", (200, 100)),
    ("a_-90/w_200", (200, 356)),
    ("w_200,a_hflip", (200, 112)),
    ("c_scale,w_300,h_300/a_45", (425, 425)),
    # Chains.
    ("c_crop,g_face,h_400,w_400/r_max/c_scale,w_200", (200, 200)),
    ("c_crop,h_300,w_300/c_scale,r_max,w_150", (150, 150)),
    ("c_crop,x_100,y_100,w_400,h_200/c_fill,w_150,h_150", (150, 150)),
    ("c_crop,x_100,y_100,w_400,h_200/c_limit,w_800", (400, 200)),
    ("c_crop,w_0.8,h_0.9/w_640", (640, 405)),
    ("c_fill,w_400,h_300/c_scale,w_200", (200, 150)),
    ("c_fill,w_400,h_300/c_scale,w_0.5", (200, 150)),
    ("c_fill,w_400,h_300/c_fit,w_200,h_100", (133, 100)),
    ("c_fill,w_400,h_300/c_limit,w_1000", (400, 300)),
    ("c_fill,w_400,h_300/c_fill,w_200,h_150", (200, 150)),
    ("c_fill,w_400,h_300/c_pad,w_600,h_600,b_white", (600, 600)),
    ("c_fill,w_400,h_300/c_lpad,w_600,h_400,b_white", (600, 400)),
    ("c_fill,w_400,h_300/c_mpad,w_500,h_200,b_white", (500, 300)),
    ("c_fill,w_400,h_300/c_pad,w_600,h_600/c_scale,w_300", (300, 300)),
    ("c_pad,w_600,h_600,b_blue/c_limit,w_300,h_300", (300, 300)),
    ("c_scale,w_400/c_scale,w_200", (200, 112)),
    ("c_scale,w_400/c_fill,w_200,h_200", (200, 200)),
    ("c_limit,w_1000/c_limit,w_500,h_200", (356, 200)),
    ("c_limit,w_1000,h_1000/c_pad,w_500,h_500", (500, 500)),
    ("c_fit,w_1000,h_1000/c_limit,w_2000", (1000, 562)),
    ("c_crop,ar_1:1/c_scale,w_100", (100, 100)),
    ("c_fill,w_200,h_100/a_90/c_scale,w_50", (50, 100)),
    ("c_fill,g_face,w_400,h_300/r_max/f_auto,q_auto", (400, 300)),
    ("e_grayscale/c_fill,w_400,h_300", (400, 300)),
    ("e_colorize:50,co_red/c_fill,w_400,h_300/a_90", (300, 400)),
    ("w_200,e_colorize:50,co_red,a_45", (221, 221)),
    ("c_fill,w_400,h_300/e_blur:200/c_scale,w_200", (200, 150)),
]


@pytest.mark.parametrize(("transformation", "size"), SIZES)
def test_the_answer_has_the_size_of_cloudinarys_rules(transformation, size):
    assert planned(transformation).size == Size(*size)


@pytest.mark.parametrize(
    ("transformation", "window"),
    [
        ("c_crop,w_300,h_200", (650, 350, 300, 200)),
        ("c_crop,w_300,h_200,x_10,y_20", (10, 20, 300, 200)),
        ("c_crop,w_300,h_200,g_north_east", (1300, 0, 300, 200)),
        ("c_crop,w_300,h_200,g_south_east,x_10,y_20", (1290, 680, 300, 200)),
        ("c_crop,w_300,h_200,g_center,x_10,y_-20", (660, 330, 300, 200)),
        ("c_crop,w_300,h_200,g_xy_center,x_400,y_300", (250, 200, 300, 200)),
        ("c_crop,w_300,h_200,g_xy_center,x_20,y_0.5", (0, 350, 300, 200)),
        ("c_crop,w_300,h_200,x_10,y_20,dpr_2.0", (20, 40, 600, 400)),
        ("c_fill,w_900,h_900", (350, 0, 900, 900)),
        ("c_fill,w_900,h_900,g_west", (0, 0, 900, 900)),
        ("c_fill,w_900,h_900,g_xy_center,x_400,y_0", (0, 0, 900, 900)),
        ("c_fill,w_450,h_450,g_xy_center,x_0.75,y_0.5", (700, 0, 900, 900)),
        ("a_90/c_fill,w_100,h_100,g_north", (0, 0, 900, 900)),
        ("a_90/c_fill,w_100,h_100,g_south", (700, 0, 900, 900)),
        ("c_lfill,w_2000,h_500,g_south", (0, 400, 1600, 500)),
        ("c_crop,w_900,h_900,g_east/c_fill,w_100,h_50", (700, 225, 900, 450)),
        ("c_pad,w_900,h_900", (0, 0, 1600, 900)),
    ],
)
def test_the_window_is_where_gravity_and_offsets_say(transformation, window):
    assert planned(transformation).window == Box(*window)


def test_a_thumbnail_is_as_large_as_its_face_and_smaller_zoom_shows_more():
    close, wide = (planned(f"c_thumb,g_face,w_100,h_100,z_{zoom}", focus=FACE).window for zoom in ("1.0", "0.5"))
    # The face has 160x180 px.
    assert close.size == Size(324, 324)
    assert wide.size == Size(648, 648)
    assert close.left < 320
    assert close.right > 480


def test_a_crop_at_a_face_keeps_its_size_and_holds_the_face():
    plan = planned("c_crop,g_face,w_400,h_400", focus=FACE)
    assert plan.size == Size(400, 400)
    assert plan.window.left <= 320
    assert plan.window.right >= 480


@pytest.mark.parametrize(
    ("transformation", "corner"),
    [("c_pad,w_400,h_400", (0, 87)), ("c_pad,w_400,h_400,g_north", (0, 0)), ("c_pad,w_400,h_400,g_south", (0, 175))],
)
def test_a_padded_picture_lies_where_gravity_says(transformation, corner):
    canvas = planned(transformation).canvas
    assert (canvas.left, canvas.top) == corner


def test_a_picture_of_known_size_is_padded_where_gravity_says():
    edges = planned("c_fill,w_400,h_300/c_lpad,w_600,h_400,g_north_west,b_red").edges
    padding = edges.padding
    assert (padding.left, padding.top, padding.right, padding.bottom) == (0, 0, 200, 100)
    assert edges.padding_colour == Colour(255, 0, 0)


def test_lengths_shrink_with_a_picture_that_is_scaled_after_them():
    once = planned("c_fill,w_200,h_150/e_blur:100")
    twice = planned("c_fill,w_400,h_300/e_blur:200/c_scale,w_200")
    assert once.effects.blur_sigma == twice.effects.blur_sigma == 10.0
    assert planned("c_fill,w_400,h_300,r_40/c_scale,w_200").edges.radii == (20, 20, 20, 20)


@pytest.mark.parametrize(
    "transformation",
    [
        "c_fit,w_1054,h_1054/c_mpad,w_1260,h_1260",
        "c_fill,w_400,h_300/c_fill,w_200,h_200",
        "c_fill,w_400,h_300/c_crop,w_200,h_200",
        "c_scale,w_400/c_crop,w_200,h_200",
        "c_limit,w_400/w_0.5",
        "c_fill,w_400,h_300/c_scale,w_100,h_100",
        "r_20/w_200",
        "r_max/c_fill,w_100,h_100",
        "w_400/r_max/c_pad,w_100,h_100",
        "e_blur:300/w_200",
        "w_200/e_trim",
        "l_logo/w_200",
        "w_200/bo_5px_solid_red/w_100",
        "w_200/r_20/bo_5px_solid_red",
        "w_200,h_200/r_20/l_logo",
        "w_200/l_logo/e_sepia",
        "a_20/w_200",
        "a_20/a_hflip",
        "l_logo/l_logo",
        "l_text:Arial_20:a/l_text:Arial_20:b",
        "a_90/c_fill,w_100,h_100,g_xy_center,x_3,y_4",
        "c_pad,w_200,h_200,g_north/a_90",
        "c_crop,w_300,h_200,g_face/c_fill,g_north,w_100,h_100",
        "w_0.5,bo_5px_solid_red",
        "e_colorize:50,co_red/c_pad,w_200,h_200",
        "w_200/e_colorize:50,co_red/a_20",
    ],
)
def test_a_chain_that_is_no_single_plan_is_refused_and_the_component_named(transformation):
    with pytest.raises(errors.ConflictingParametersError) as caught:
        planned(transformation)
    assert caught.value.status == 400
    assert any(part in caught.value.detail for part in transformation.split("/"))


@pytest.mark.parametrize(
    ("target", "source", "accept", "written"),
    [
        ("w_100/a.jpg", PHOTO, "avif", Format.JPEG),
        ("w_100/a.webp", PHOTO, "base", Format.WEBP),
        ("w_100/a.png", PHOTO, "avif", Format.PNG),
        ("w_100/a", PHOTO, "avif", Format.JPEG),
        ("w_100/a", info(9, 9, "pngload"), "avif", Format.PNG),
        ("w_100,f_auto/a.heic", PHOTO, "avif", Format.AVIF),
        ("w_100,f_auto/a.jpg", PHOTO, "avif", Format.AVIF),
        ("w_100,f_auto/a.png", PHOTO, "base", Format.JPEG),
        ("w_100,f_webp/a.jpg", PHOTO, "base", Format.WEBP),
        ("w_100/f_auto,q_auto/a", PHOTO, "webp", Format.WEBP),
    ],
)
def test_the_extension_says_the_format_unless_f_does(target, source, accept, written):
    spec = parsing.parse("img", f"image/upload/{target}", "").spec
    assert negotiate.choose(spec, accept, source) is written


@pytest.mark.parametrize("name", ["pdf", "svg", "heic", "bmp", "tiff", "tif", "ICO", "mp4"])
def test_an_extension_that_is_not_written_is_refused_as_its_f_is_unless_f_says_another(name):
    with pytest.raises(errors.InvalidParameterError) as caught:
        parsing.parse("img", f"image/upload/w_100/a/rocket.{name}", "")
    assert f".{name} at the end of a/rocket.{name}" in caught.value.detail
    assert "f_auto" in caught.value.detail
    ask = parsing.parse("img", f"image/upload/w_100/a/rocket.{name}", "", strict=False)
    assert ask.delivery.ignored == (f".{name}",)
    assert (ask.spec.format, ask.spec.is_negotiated) == (None, False)
    for said in ("f_auto", "f_png", "t_small"):
        presets = {"small": "w=9&f=png"}
        assert not parsing.parse("img", f"image/upload/{said}/rocket.{name}", "", presets).delivery.ignored


def test_what_looks_like_an_extension_and_is_none_is_part_of_the_name():
    assert parsing.parse("img", "image/upload/w_100/portrait.2024", "").source.path == "portrait.2024"
    assert not parsing.parse("img", "image/fetch/w_100/https://e.com/a.svg", "").delivery.ignored


@pytest.mark.parametrize(
    "transformation", ["w_400,h_200,c_fill,r_max", "c_fill,w_400,h_200/r_max", "c_fill,w_800,h_400/r_max/w_400"]
)
def test_the_largest_radius_makes_an_ellipse_of_a_picture_that_is_no_square(transformation):
    edges = planned(transformation).edges
    assert edges.is_ellipse
    assert edges.radii == (0, 0, 0, 0)


def test_a_border_follows_the_ellipse():
    plan = planned("w_400,h_200,c_fill,r_max,bo_10px_solid_red")
    assert plan.size == Size(420, 220)
    assert plan.edges.is_ellipse
    assert plan.edges.border == Margins(10, 10, 10, 10)


@pytest.mark.parametrize(
    ("transformation", "engine", "point"),
    [
        ("c_fill,g_xy_center,x_600,y_20,w_300,h_300", "fp", (600 / 1600, 20 / 900)),
        ("c_crop,w_300,h_200,g_xy_center,x_400,y_0.5", "fp", (0.25, 0.5)),
        ("c_crop,w_300,h_200,g_north,x_50,y_30", "north", (0.5 + 50 / 1600, 30 / 900)),
        ("c_crop,w_300,h_200,g_south_east,x_16,y_9", "southeast", (0.99, 0.99)),
        ("c_crop,w_300,h_200,g_north_west,x_-16,y_9,e_trim", "northwest", (0.0, 0.01)),
        ("c_crop,x_100,y_90,w_400,h_200/c_fill,w_9,h_9,g_xy_center,x_60,y_0.5", "fp", (0.1, 190 / 900)),
        ("c_fill,g_north,w_300,h_300", "north", (0.5, 0.0)),
    ],
)
def test_the_focus_is_the_point_that_pixels_say(transformation, engine, point):
    spec = parsing.parse("img", f"image/upload/{transformation}/v1/a.jpg", "").spec
    name = spec.gravity[0]
    focus = planner.pointed(Focus(COMPASS[name], name), spec, PHOTO.stored)
    assert focus.engine == engine
    assert (focus.point.x, focus.point.y) == pytest.approx(point)
