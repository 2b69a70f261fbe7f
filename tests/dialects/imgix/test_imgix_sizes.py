"""The exact sizes and windows that imgix' rules give, on the plan: nothing is rendered."""

import pytest

from imgcdn.dialects.imgix import parsing
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.planning import negotiate, planner
from imgcdn.planning.settings import Encoding, Limits

LIMITS, ENCODING = Limits(), Encoding()


def info(width: int, height: int, loader: str = "jpegload", *, has_alpha: bool = False) -> SourceInfo:
    return SourceInfo(loader, Size(width, height), 1, 1, has_alpha, False, 8, False, False)


PHOTO = info(1600, 900)
MIDDLE = Focus(Point(0.5, 0.5), "center")
FACE = Focus(Point(0.25, 0.35), "faces", 0.9, (Region(0.2, 0.25, 0.1, 0.2, 0.9),))


def planned(query: str, source: SourceInfo = PHOTO, focus: Focus = MIDDLE):
    spec = parsing.parse("img", "a.jpg", query).spec
    wanted = planner.wanted_aspect(spec, planner.upright_size(spec, source), LIMITS)
    return planner.plan(spec, source, focus if wanted else None, Format.JPEG, LIMITS, ENCODING)


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("", (1600, 900)),
        ("w=400", (400, 225)),
        ("h=450", (800, 450)),
        ("w=0.5", (800, 450)),
        ("w=1.0", (1600, 900)),
        ("w=3200", (3200, 1800)),
        ("w=400&h=400", (400, 225)),
        ("w=400&dpr=2", (800, 450)),
        ("w=3200&h=3200&fit=max", (1600, 900)),
        ("w=400&h=400&fit=max", (400, 225)),
        ("w=800&fit=max&auto=format&q=75", (800, 450)),
        ("w=400&h=400&fit=crop", (400, 400)),
        ("w=2000&h=2000&fit=crop", (2000, 2000)),
        ("w=400&fit=crop", (400, 225)),
        ("w=400&ar=1:1&fit=crop", (400, 400)),
        ("h=300&ar=16:9&fit=crop", (533, 300)),
        ("ar=1:1&fit=crop", (900, 900)),
        ("ar=1:1&fit=crop&dpr=2", (900, 900)),
        ("ar=1:1&fit=crop&w=400&h=200", (400, 200)),
        ("ar=1:1&fit=crop&rect=0,0,400,300", (300, 300)),
        ("ar=1:1&fit=fill", (1600, 1600)),
        ("ar=1:1&fit=fill&w=200", (200, 200)),
        ("ar=4:1&fit=fill&h=100&dpr=2", (800, 200)),
        ("ar=1:1&fit=fill&w=400&h=200", (400, 200)),
        ("ar=1:1&fit=fillmax&w=400", (400, 225)),
        ("ar=9:3&fit=fill", (2700, 900)),
        ("w=400&ar=1:1", (400, 225)),
        ("w=400&h=400&fit=min", (400, 400)),
        ("w=1800&h=1800&fit=min", (900, 900)),
        ("w=2000&h=1000&fit=min", (1600, 800)),
        ("w=800&h=600&fit=min&auto=format", (800, 600)),
        ("w=400&h=400&fit=fill", (400, 400)),
        ("w=2000&h=2000&fit=fill", (2000, 2000)),
        ("w=400&fit=fill", (400, 225)),
        ("w=2000&h=2000&fit=fillmax", (2000, 2000)),
        ("w=400&h=400&fit=scale", (400, 400)),
        ("w=3000&h=100&fit=scale", (3000, 100)),
        ("w=400&fit=scale", (400, 225)),
        ("w=400&h=400&fit=clamp", (400, 400)),
        ("w=256&h=256&fit=facearea&facepad=2&q=80", (256, 256)),
        ("w=10000", (8192, 4608)),
        ("w=10000&h=5000&fit=crop", (8192, 4096)),
        ("w=8192&h=8192&fit=scale", (6324, 6324)),
        ("rect=100,100,400,200", (400, 200)),
        ("rect=100,100,400,200&w=200", (200, 100)),
        ("rect=0.5,0,0.5,1.0", (800, 900)),
        ("w=400&pad=20", (400, 242)),
        ("w=400&h=300&fit=fill&border=10,f00", (400, 300)),
        ("w=400&rot=90", (400, 225)),
        ("w=400&h=300&fit=crop&rot=12", (400, 300)),
        ("w=400&rot=348.5&dpr=2", (800, 450)),
        ("w=400&rot=180", (400, 225)),
        ("w=400&rot=90&rot-type=pivot", (400, 711)),
        ("w=400&rot=30&rot-type=pivot", (459, 395)),
        ("rect=center,middle,full,.5&w=400", (400, 112)),
        ("rect=right,bottom,300,3000", (300, 900)),
        ("w=400&h=300&fit=fill&border=10,f00&border-top=100", (400, 300)),
        ("w=400&orient=90", (400, 711)),
        ("h=300&fit=crop&max-w=200", (200, 300)),
        ("h=300&fit=crop&min-w=800", (800, 300)),
        ("h=300&fit=crop&max-w=900&min-w=100", (533, 300)),
        ("w=400&fit=crop&max-h=100", (400, 100)),
        ("w=400&fit=crop&min-h=400&dpr=2", (800, 800)),
        ("w=400&h=300&fit=crop&max-w=100", (400, 300)),
        ("fit=crop&max-w=200&max-h=100", (200, 100)),
        ("fit=crop&ar=1:1&max-w=1000", (900, 900)),
        ("fit=crop&ar=1:1&max-w=400", (400, 400)),
        ("fit=crop&ar=1:1&min-w=1000", (1000, 1000)),
    ],
)
def test_the_answer_has_the_size_of_imgix_rules(query, size):
    assert planned(query).size == Size(*size)


@pytest.mark.parametrize(
    ("fit", "size", "fits_inside"),
    [
        ("facearea", (400, 400), True),
        ("facearea,fill", (400, 400), True),
        ("facearea,clip", (400, 225), False),
        ("facearea,max", (400, 225), False),
        ("facearea,crop", (400, 400), False),
        ("facearea,scale", (400, 400), False),
    ],
)
def test_facearea_without_a_face_falls_to_the_next_fit_on_the_whole_picture(fit, size, fits_inside):
    plan = planned(f"w=400&h=400&fit={fit}")
    assert plan.size == Size(*size)
    assert (plan.canvas is not None) == fits_inside
    if fit != "facearea,crop":
        assert plan.window == Box(0, 0, 1600, 900)


def test_facearea_takes_the_face_times_facepad_and_scales_it_to_the_box():
    # The face is 160x180 px: the smallest square around it has 180, twice that is 360.
    plan = planned("w=256&h=256&fit=facearea&facepad=2", focus=FACE)
    assert plan.window.size == Size(360, 360)
    assert plan.size == Size(256, 256)
    centre = plan.window.left + 180, plan.window.top + 180
    assert centre == (400, 315)


@pytest.mark.parametrize(
    ("query", "box"),
    [
        ("w=900&h=900&fit=crop", (350, 0, 900, 900)),
        ("w=1600&h=400&fit=crop&crop=focalpoint&fp-y=0", (0, 0, 1600, 400)),
    ],
)
def test_a_crop_window_lies_where_it_must(query, box):
    spec = parsing.parse("img", "a.jpg", query).spec
    focus = Focus(spec.focal_point or Point(0.5, 0.5), "fp")
    assert planned(query, focus=focus).window == Box(*box)


@pytest.mark.parametrize(
    ("loader", "has_alpha", "form"),
    [
        ("jpegload", False, Format.JPEG),
        ("pngload", True, Format.PNG),
        ("pngload", False, Format.PNG),
        ("webpload", False, Format.WEBP),
        ("gifload", False, Format.GIF),
        ("heifload", False, Format.AVIF),
        ("tiffload", True, Format.PNG),
        ("tiffload", False, Format.JPEG),
    ],
)
def test_without_auto_the_format_is_the_sources_own_whatever_accept_says(loader, has_alpha, form):
    spec = parsing.parse("img", "a.jpg", "w=400").spec
    source = info(100, 100, loader, has_alpha=has_alpha)
    assert not negotiate.varies(spec)
    assert {negotiate.choose(spec, bucket, source) for bucket in ("avif", "webp", "base")} == {form}


@pytest.mark.parametrize(
    ("source", "query", "size"),
    [
        ((900, 270), "ar=9:1&fit=crop", (900, 100)),
        ((640, 427), "ar=16:9&fit=crop", (640, 360)),
        ((640, 427), "ar=1:1&fit=fill&w=200", (200, 200)),
        ((560, 420), "w=280&ar=2:1&fit=crop", (280, 140)),
    ],
)
def test_the_examples_that_imgix_gives_for_ar_have_their_sizes(source, query, size):
    assert planned(query, info(*source)).size == Size(*size)


@pytest.mark.parametrize("auto", ["format", "format,compress", "true", "enhance,format"])
def test_auto_negotiates(auto):
    spec = parsing.parse("img", "a.jpg", f"auto={auto}").spec
    assert negotiate.varies(spec)
    found = [negotiate.choose(spec, bucket, PHOTO) for bucket in ("avif", "webp", "base")]
    assert found == [Format.AVIF, Format.WEBP, Format.JPEG]


FILM = SourceInfo("gifload", Size(100, 80), 1, 4, False, False, 8, False, False)
CLEAR_PNG = info(100, 80, "pngload", has_alpha=True)
CHOICES = [
    # In the order of buckets: AVIF, WebP, neither.
    ("auto=format&fm=jpg", PHOTO, "avif webp jpeg"),
    ("auto=format&fm=jpg", CLEAR_PNG, "avif webp jpeg"),
    ("auto=format&fm=png", PHOTO, "avif webp png"),
    ("auto=format&fm=pjpg", FILM, "webp webp jpeg"),
    ("auto=format", FILM, "webp webp gif"),
    ("auto=compress", PHOTO, "jpeg jpeg jpeg"),
    ("auto=compress", CLEAR_PNG, "png png png"),
    ("auto=compress", info(9, 9, "pngload"), "jpeg jpeg jpeg"),
    ("auto=compress", info(9, 9, "webpload", has_alpha=True), "png png png"),
    ("auto=compress&bg=fff", CLEAR_PNG, "jpeg jpeg jpeg"),
    ("auto=compress&fm=webp", PHOTO, "jpeg jpeg jpeg"),
    ("auto=compress&fm=jpg", CLEAR_PNG, "png png png"),
    ("auto=compress", FILM, "gif gif gif"),
    ("auto=compress&fm=webp", FILM, "webp webp webp"),
    ("auto=compress&frame=2&fm=webp", FILM, "jpeg jpeg jpeg"),
    ("auto=compress,format", CLEAR_PNG, "avif webp png"),
    ("auto=compress&auto=format&fm=jpg", CLEAR_PNG, "avif webp png"),
    ("auto=compress,format&fm=png", PHOTO, "avif webp jpeg"),
    ("auto=enhance&fm=png", PHOTO, "png png png"),
    ("auto=compress,format&fm=blurhash", PHOTO, "blurhash blurhash blurhash"),
]


@pytest.mark.parametrize(("query", "source", "forms"), CHOICES)
def test_auto_and_fm_choose_the_format_as_imgix_documents(query, source, forms):
    spec = parsing.parse("img", "a", query).spec
    found = [negotiate.choose(spec, bucket, source).value for bucket in ("avif", "webp", "base")]
    assert found == forms.split()
    assert negotiate.varies(spec) == (len(set(found)) > 1)
