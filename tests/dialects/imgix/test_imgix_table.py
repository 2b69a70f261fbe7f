"""Every row of the imgix table: one spelling or more, and what of the native spec it must come to."""

from base64 import urlsafe_b64encode
from dataclasses import fields, is_dataclass
from fractions import Fraction
from urllib.parse import quote

import pytest

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.imgix import documenting, parsing, table
from imgcdn.dialects.imgix.row import Status
from imgcdn.model.colour import Colour
from imgcdn.model.edges import Mask
from imgcdn.model.geometry import Point
from imgcdn.model.ground import Extend, Fill, Transparency
from imgcdn.model.media import ColourSpace, Format
from imgcdn.model.overlays import BlendMode, LayerFit, LayerSize, TextFit, Tile
from imgcdn.model.playing import Span
from imgcdn.model.quality import Chroma
from imgcdn.model.spec import Anchor, Debug, Fit, Hint, Rect
from imgcdn.model.trimming import Trim


def parse(query: str, *, strict: bool = False):
    return parsing.parse("img", "a.jpg", query, strict=strict)


def at(ask, path: str):
    where = ask.delivery if path.startswith("delivery.") else ask.spec
    for name in path.removeprefix("delivery.").split("."):
        where = getattr(where, name)
    return where


CROP = "fit=crop&w=400&h=300"
RED, CLEAR = Colour(255, 0, 0), Colour(255, 255, 255, 0)
CASES: dict[str, list[tuple[str, str, object]]] = {
    "w": [("w=400", "width", 400), ("width=400", "width", 400), ("w=.5", "width", 0.5), ("w=1.0", "width", 1.0)],
    "h": [("h=300", "height", 300), ("height=300.4", "height", 300), ("h=9000", "height", 9000)],
    "fit": [
        ("", "fit", Fit.INSIDE),
        ("", "may_enlarge", True),
        ("fit=max", "may_enlarge", None),
        ("fit=max", "fit", Fit.INSIDE),
        ("f=crop", "fit", Fit.COVER),
        ("fit=min", "fit", Fit.COVER_DOWN),
        ("fit=min&crop=faces", "gravity", ("center",)),
        ("fit=fill", "fit", Fit.CONTAIN),
        ("fit=fill", "background", CLEAR),
        ("fit=fillmax", "background", CLEAR),
        ("fit=facearea", "background", CLEAR),
        ("fit=facearea,fillmax", "background", CLEAR),
        ("fit=facearea,clip", "background", None),
        ("fit=fillmax", "fit", Fit.CONTAIN_DOWN),
        ("fit=scale", "fit", Fit.FILL),
        ("fit=clamp", "fit", Fit.CONTAIN),
        ("fit=clamp", "ground.extend", Extend.COPY),
        ("fit=facearea", "face_pad", 1.0),
        ("fit=facearea", "face_else", Fit.CONTAIN),
        ("fit=facearea,crop", "face_else", Fit.COVER),
        ("fit=facearea", "gravity", ("faces", "center")),
        ("fit=fit-max", "fit", Fit.INSIDE),
    ],
    "crop": [
        (CROP, "gravity", ("center",)),
        (f"{CROP}&crop=top", "gravity", ("north",)),
        (f"{CROP}&crop=left,bottom", "gravity", ("southwest",)),
        (f"{CROP}&crop=faces", "gravity", ("faces", "center")),
        (f"{CROP}&crop=faces,top,right", "gravity", ("faces", "northeast")),
        (f"{CROP}&crop=faces,entropy", "gravity", ("faces", "entropy", "center")),
        (f"{CROP}&crop=faces,edges", "gravity", ("faces", "edges", "center")),
        (f"{CROP}&crop=edges", "gravity", ("edges", "center")),
        (f"{CROP}&crop=auto,left", "gravity", ("auto", "west")),
        (f"{CROP}&crop=faces,center", "gravity", ("faces", "center")),
        (f"{CROP}&crop=faces,focalpoint&fp-x=.2", "gravity", ("faces", "fp", "center")),
        (f"{CROP}&crop=faces,focalpoint&fp-x=.2", "focal_point", Point(0.2, 0.5)),
        (f"{CROP}&crop=focalpoint", "focal_point", Point(0.5, 0.5)),
        ("w=400&h=300&crop=faces", "gravity", ()),
    ],
    "ar": [
        ("fit=crop&w=400&ar=16:9", "aspect", Fraction(16, 9)),
        ("fit=crop&h=400&ar=1.5", "aspect", Fraction(3, 2)),
        ("fit=crop&ar=16:9", "aspect", Fraction(16, 9)),
        ("fit=fill&ar=16:9", "aspect", Fraction(16, 9)),
        ("fit=fill&w=400&ar=16:9", "aspect", Fraction(16, 9)),
        ("fit=fill&w=4&h=4&ar=16:9", "aspect", None),
        *((f"fit={fit}&w=4&ar=16:9", "aspect", None) for fit in ("fillmax", "min", "max", "scale", "facearea,crop")),
        ("fit=crop&w=4&h=4&ar=16:9", "aspect", None),
        ("w=400&ar=16:9", "aspect", None),
    ],
    "rect": [
        ("rect=10,20,300,200", "rect", Rect(10, 20, 300, 200)),
        ("rect=-4,0,.5,.5", "rect", Rect(0, 0, 0.5, 0.5)),
        ("rect=left,top,200,full", "rect", Rect(0, 0, 200, 1.0)),
        ("rect=center,middle,.5,200", "rect", Rect(Anchor.MIDDLE, Anchor.MIDDLE, 0.5, 200)),
        ("rect=Right,bottom,200,200", "rect", Rect(Anchor.END, Anchor.END, 200, 200)),
        ("rect=middle,0,200,200", "rect", None),
        ("rect=full,0,200,200", "rect", None),
    ],
    "dpr": [("dpr=2", "dpr", 2.0), ("dpr=9", "dpr", 5.0), ("dpr=0", "dpr", 1.0)],
    "max-w": [("fit=crop&h=9&max-w=5", "bounds.most_width", 5)],
    "max-h": [("fit=crop&w=9&max-height=5", "bounds.most_height", 5)],
    "min-w": [("fit=crop&h=9&min-w=5", "bounds.least_width", 5), ("h=9&min-w=5", "bounds.least_width", None)],
    "min-h": [("fit=crop&w=9&min-h=5", "bounds.least_height", 5)],
    "fp-x": [(f"{CROP}&crop=focalpoint&fp-x=0.3", "focal_point", Point(0.3, 0.5))],
    "fp-y": [(f"{CROP}&crop=focalpoint&fp-y=7", "focal_point", Point(0.5, 1.0))],
    "fp-z": [(f"{CROP}&crop=focalpoint&fp-z=3", "zoom", 3.0), (f"{CROP}&crop=faces&fp-z=3", "zoom", 1.0)],
    "fp-debug": [("fp-debug=true", "delivery.debug", Debug.CROP)],
    "facepad": [("fit=facearea&facepad=2.5", "face_pad", 2.5), ("fit=facearea&facepad=99", "face_pad", 10.0)],
    "faceindex": [("fit=facearea&faceindex=2", "face_index", 2), (f"{CROP}&crop=faces&faceindex=2", "face_index", 2)],
    "faces": [("fm=json&faces=1", "listing.has_faces", True)],
    "face-blur": [("face-blur=60", "redaction.blur", 60.0)],
    "face-pixel": [("face-pixel=160", "redaction.pixel", 100.0)],
    "flip": [("flip=h", "flop", True), ("flip=v", "flip", True), ("flip=hv", "flop", True), ("flip=h", "flip", False)],
    "orient": [("orient=90", "orientation", 6), ("or=3", "orientation", 3), ("orient=270", "orientation", 8)],
    "rot": [
        ("rot=90", "rotate", 270.0),
        ("rot=10", "rotate", 350.0),
        ("rot=0", "rotate", 0.0),
        ("rot=10", "is_straightened", True),
        ("rot=90", "is_straightened", True),
        ("rot=180", "is_straightened", False),
        ("rot=0", "is_straightened", False),
    ],
    "rot-type": [
        ("rot=10&rot-type=pivot", "is_straightened", False),
        ("rot=10&rot-type=straighten", "is_straightened", True),
        ("rot-type=straighten", "is_straightened", False),
    ],
    "trim": [("trim=auto", "trim.mode", Trim.AUTO), ("trim=colorunlessalpha", "trim.mode", Trim.COLOR_UNLESS_ALPHA)],
    "trim-color": [("trim=color&trimcolor=f00", "trim.colour", RED)],
    "trim-tol": [("trim=color&trim-tol=20", "trim.tolerance", 20), ("trim=color", "trim.tolerance", 0)],
    "trim-md": [("trim=auto&trim-md=5", "trim.mean", 5.0)],
    "trim-sd": [("trim=auto&trimsd=5", "trim.deviation", 5.0)],
    "trim-alpha": [("trim=alpha&trim-alpha=9", "trim.tolerance", 9)],
    "trim-pad": [("trim=auto&trim-pad=9", "trim.pad", 9)],
    "bri": [("bri=20", "adjust.brightness", 120.0), ("bri=-300", "adjust.brightness", 0.0)],
    "con": [("con=-20", "adjust.contrast", 80.0)],
    "sat": [("sat=-100", "adjust.saturation", 0.0)],
    "exp": [("exp=30", "adjust.exposure", 30.0)],
    "gam": [("gam=50", "adjust.gamma", 2.0), ("gam=-100", "adjust.gamma", 0.25)],
    "vib": [("vib=30", "adjust.vibrance", 30.0), ("auto=enhance&vib=30", "adjust.vibrance", 30.0)],
    "high": [("high=-30", "adjust.highlights", -30.0), ("high=30", "adjust.highlights", 0.0)],
    "shad": [("shad=30", "adjust.shadows", 30.0)],
    "hue": [("hue=180", "adjust.hue", 180.0)],
    "invert": [("invert=true", "adjust.is_inverted", True), ("inv=1", "adjust.is_inverted", True)],
    "sharp": [("sharp=30", "effects.sharpness", 30.0)],
    "usm": [("usm=30", "effects.unsharp", 30.0)],
    "usmrad": [("usm=30&usmrad=4", "effects.unsharp_radius", 4.0)],
    "nr": [("nr=30", "effects.noise", 30.0), ("nr=30", "effects.noise_edges", 20.0)],
    "nrs": [("nrs=30", "effects.noise_edges", 30.0), ("nrs=30", "effects.noise", 20.0)],
    "blur": [("blur=200", "effects.blur", 200.0)],
    "monochrome": [("mono=80ff0000", "effects.monochrome", Colour(255, 0, 0, 128))],
    "sepia": [("sepia=80", "effects.sepia", 80.0)],
    "px": [("px=8", "effects.pixelate", 8.0)],
    "duotone": [("duotone=000080,red", "effects.duotone", (Colour(0, 0, 128), RED))],
    "duotone-alpha": [("duotone=000080,red&duotone-alpha=50", "effects.duotone_alpha", 50.0)],
    "htn": [("htn=8", "effects.halftone", 8.0)],
    "bg": [("bg=f00", "background", RED), ("bg=8f00", "background", Colour(255, 0, 0, 136)), ("", "background", None)],
    "fill": [
        ("fit=fill&fill=blur", "ground.fill", Fill.BLUR),
        ("fit=facearea&fill=blur", "ground.fill", Fill.BLUR),
        ("fit=clamp&fill=blur", "ground.fill", Fill.SOLID),
    ],
    "fill-color": [
        ("fit=fill&fill=solid&fill-color=red", "background", RED),
        ("fit=fill&fill-color=red&bg=00f", "background", RED),
        ("fit=fill&fill=blur&fill-color=red", "background", CLEAR),
        ("fit=clip&fill-color=red", "background", None),
    ],
    "pad": [("pad=20", "edges.pad", 20), ("pad=20", "background", CLEAR), ("pad=0", "background", None)],
    **{f"pad-{s}": [(f"pad-{s}=7", f"edges.pad_{s}", 7)] for s in ("left", "top", "right", "bottom")},
    "transparency": [
        ("transparency=grid", "ground.transparency", Transparency.GRID),
        ("transparency=grid", "ground.grid_size", 4),
        ("transparency=grid", "ground.grid_colours", (Colour(208, 215, 221), Colour(255, 255, 255))),
    ],
    "grid-size": [("transparency=grid&grid-size=9", "ground.grid_size", 9), ("grid-size=9", "ground.grid_size", 8)],
    "grid-colors": [
        ("transparency=grid&grid-colors=f00,00f", "ground.grid_colours", (RED, Colour(0, 0, 255))),
        ("transparency=grid&grid-colors=red", "ground.grid_colours", (RED, Colour(255, 255, 255))),
    ],
    "mask": [("mask=ellipse", "edges.mask", Mask.ELLIPSE), ("mask=https://e.com/m.png", "edges.mask", None)],
    "corner-radius": [
        ("mask=corners&corner-radius=9", "edges.radius", (9, 9, 9, 9)),
        ("corner-radius=9", "edges.radius", (0,) * 4),
    ],
    "mask-bg": [("mask=ellipse&mask-bg=f00", "edges.mask_background", RED)],
    "border": [("border=10,f00", "edges.border", 10), ("border=10,f00", "edges.border_colour", RED)],
    "border-radius": [
        ("border=10,f00&border-radius=1,2,3,4", "edges.radius", (1, 2, 3, 4)),
        ("border=10,f00&border-radius=20", "edges.radius_inner", (0, 0, 0, 0)),
        ("border-radius=1,2,3,4", "edges.radius", (0, 0, 0, 0)),
    ],
    "border-radius-inner": [
        ("border=10,f00&border-radius=20&border-radius-inner=15", "edges.radius_inner", (15, 15, 15, 15)),
        ("border=10,f00&border-radius-inner=1,2,3,4", "edges.radius_inner", (1, 2, 3, 4)),
        ("border=10,f00", "edges.radius_inner", None),
        ("border-radius-inner=5", "edges.radius_inner", None),
    ],
    **{
        f"border-{side}": [
            (f"border=10,f00&border-{side}=30", f"edges.border_{side}", 30),
            (f"border=10,f00&border-{side}=0", f"edges.border_{side}", 0),
            (f"border=10,f00&border-{side}=30,00f", f"edges.border_{side}", 30),
            (f"border=10,f00&border-{side}=900", f"edges.border_{side}", 400),
            (f"border-{side}=30", f"edges.border_{side}", None),
        ]
        for side in ("left", "top", "right", "bottom")
    },
    "mark": [
        ("mark=/logo.png", "mark.picture", "/img/logo.png"),
        ("mark=logo.png", "mark.picture", "/img/logo.png"),
        ("m=https%3A%2F%2Fe.com%2Fl.png", "mark.picture", "https://e.com/l.png"),
        ("mark=logo.png", "mark.opacity", 1.0),
        ("mark=logo.png", "mark.scale", 0.0),
    ],
    "mark-base": [("mark=logo.png&mark-base=/brand/", "mark.picture", "/img/brand/logo.png")],
    "mark-align": [
        ("mark=l&markalign=top,left", "mark.position", "northwest"),
        ("mark=l", "mark.position", "southeast"),
    ],
    "mark-w": [("mark=l&mark-w=.2", "mark.width", 0.2)],
    "mark-h": [("mark=l&mh=20", "mark.height", 20)],
    "mark-scale": [("mark=l&mark-scale=30", "mark.scale", 30.0)],
    "mark-pad": [("mark=l&mark-pad=30", "mark.pad", 30)],
    "mark-alpha": [("mark=l&mark-alpha=30", "mark.opacity", 0.3), ("mark=l&mark-alpha=0", "mark.picture", None)],
    "mark-fit": [("mark=l&mark-fit=scale", "mark.fit", LayerFit.SCALE)],
    "mark-x": [("mark=l&mark-x=30", "mark.x", 30)],
    "mark-y": [("mark=l&mark-y=30", "mark.y", 30)],
    "mark-rot": [
        ("mark=l&mark-rot=30", "mark.rotation", 330.0),
        ("mark=l&mark-rot=0", "mark.rotation", 0.0),
        ("mark=l&mark-rot=400", "mark.rotation", 1.0),
    ],
    "mark-tile": [("mark=l&mark-tile=grid", "mark.tile", Tile.GRID)],
    "blend": [
        ("blend=f00", "blend.layer", RED),
        ("b=/l.png", "blend.layer", "/img/l.png"),
        ("blend=/l.png", "blend.size", LayerSize.OWN),
    ],
    "blend-color": [("blend-clr=f00", "blend.layer", RED)],
    "blend-mode": [
        ("blend=f00&bm=softlight", "blend.mode", BlendMode.SOFT_LIGHT),
        ("blend=f00", "blend.mode", BlendMode.OVERLAY),
    ],
    "blend-alpha": [("blend=f00&balph=40", "blend.alpha", 40.0)],
    "blend-w": [("blend=f00&bw=40", "blend.width", 40)],
    "blend-h": [("blend=f00&bh=40", "blend.height", 40)],
    "blend-fit": [("blend=l.png&blend-fit=crop", "blend.fit", LayerFit.CROP)],
    "blend-size": [("blend=l.png&blend-size=inherit", "blend.size", LayerSize.INHERIT)],
    "blend-align": [("blend=l.png&ba=bottom", "blend.position", "south")],
    "blend-crop": [
        ("blend=l.png&blend-fit=crop&blend-crop=top,right", "blend.crop", "northeast"),
        ("blend=l.png&bc=faces,left", "blend.crop", "west"),
        ("blend=l.png", "blend.crop", "center"),
    ],
    "blend-pad": [("blend=l.png&bp=5", "blend.pad", 5)],
    "blend-x": [("blend=l.png&bx=5", "blend.x", 5)],
    "blend-y": [("blend=l.png&by=5", "blend.y", 5)],
    "txt": [("txt=Hi+there", "caption.text", "Hi there"), ("txt=Hi", "caption.size", 12.0)],
    "txt-size": [("txt=Hi&txtsize=40", "caption.size", 40.0)],
    "txt-font": [
        ("txt=Hi&txt-font=serif,bold", "caption.font", "serif"),
        ("txt=Hi&txt-font=Avenir,Bold,Italic", "caption.weight", 700),
    ],
    "txt-color": [("txt=Hi&txtclr=f00", "caption.colour", RED)],
    "txt-align": [("txt=Hi&txt-align=middle,center", "caption.position", "center")],
    "txt-fit": [("txt=Hi&txt-fit=max", "caption.fit", TextFit.MAX)],
    "txt-pad": [("txt=Hi&txt-pad=3", "caption.pad", 3)],
    "txt-width": [("txt=Hi&txt-width=300", "caption.width", 300)],
    "txt-x": [("txt=Hi&txt-x=3", "caption.x", 3)],
    "txt-y": [("txt=Hi&txt-y=3", "caption.y", 3)],
    "txt-shad": [("txt=Hi&txt-shad=3", "caption.shadow", 3.0)],
    "txt-line": [("txt=Hi&txt-line=3", "caption.outline", 3)],
    "txt-line-color": [("txt=Hi&txt-line=3&txt-line-clr=f00", "caption.outline_colour", RED)],
    "auto": [
        ("", "is_negotiated", False),
        ("auto=format", "is_negotiated", True),
        ("auto=format", "coding.colours", 256),
        ("auto=compress", "is_negotiated", False),
        ("auto=compress", "is_plain", True),
        ("auto=compress", "coding.colours", None),
        ("auto=compress&fm=webp", "format", None),
        ("auto=compress&fm=webp", "format_else", Format.WEBP),
        ("auto=compress&fm=json", "format", Format.IMGIX_JSON),
        ("auto=compress&fm=json", "is_plain", False),
        ("auto=compress&palette=css", "format", Format.PALETTE_CSS),
        ("auto=format,compress", "is_negotiated", True),
        ("auto=format,compress&fm=jpg", "coding.colours", 256),
        ("auto=format", "is_plain", False),
        ("auto=compress", "quality", 45),
        ("auto=format&auto=compress", "quality", 45),
        ("auto=format,compress&q=60", "quality", 60),
        ("auto=true", "is_negotiated", True),
        ("auto=enhance", "is_negotiated", False),
        ("auto=enhance", "adjust.vibrance", 15.0),
    ],
    "fm": [
        ("fm=jpg", "format", Format.JPEG),
        ("fm=jpg", "progressive", True),
        ("fm=jpg&auto=enhance", "format", Format.JPEG),
        ("fm=jpg&auto=format", "format", None),
        ("fm=jpg&auto=format", "format_else", Format.JPEG),
        ("fm=jpg&auto=true", "format_else", Format.JPEG),
        ("fm=png32&auto=format", "coding.colours", None),
        ("fm=blurhash&auto=format", "format", Format.BLURHASH),
        ("fm=pjpg", "progressive", True),
        ("fm=png8", "coding.colours", 256),
        ("fm=png32", "coding.colours", None),
        ("fm=avif", "format", Format.AVIF),
        ("fm=webp", "format", Format.WEBP),
        ("fm=gif", "format", Format.GIF),
        ("fm=json", "format", Format.IMGIX_JSON),
        ("fm=blurhash", "format", Format.BLURHASH),
        ("fm=mp4", "format", None),
    ],
    "q": [("", "quality", 75), ("q=30", "quality", 30), ("q=0", "quality", 1), ("q=130", "quality", 100)],
    "ch": [
        ("ch=Width,DPR,Save-Data", "delivery.hints", (Hint.WIDTH, Hint.DPR, Hint.SAVE_DATA)),
        ("ch=save-data", "delivery.saving_quality", 45),
    ],
    "cs": [
        ("", "colour_space", ColourSpace.ORIGIN),
        ("cs=origin", "colour_space", ColourSpace.ORIGIN),
        ("cs=strip", "colour_space", ColourSpace.SRGB),
        ("auto=compress", "colour_space", None),
        ("auto=compress&cs=origin", "colour_space", ColourSpace.ORIGIN),
    ],
    "chromasub": [("chromasub=444", "coding.chroma", Chroma.FULL), ("chromasub=420", "coding.chroma", Chroma.HALF)],
    "lossless": [("lossless=true", "lossless", True)],
    "jpg-progressive": [
        ("", "progressive", True),
        ("fm=jpg&jpeg-progressive=true", "progressive", True),
        ("jpg-progressive=false", "progressive", False),
    ],
    "colorquant": [("fm=png&colorquant=16", "coding.colours", 16)],
    "dpi": [("dpi=300", "coding.dpi", 300)],
    "dl": [("dl=team.jpg", "delivery.download", "team.jpg")],
    "palette": [("palette=json", "format", Format.PALETTE_JSON), ("palette=css&fm=jpg", "format", Format.PALETTE_CSS)],
    "colors": [("palette=css&colors=4", "listing.count", 4)],
    "prefix": [("palette=css&prefix=hero", "listing.prefix", "hero")],
    "frame": [("frame=3", "play.frames", Span(3, 3)), ("frame=2-5", "play.frames", Span(2, 5))],
    "loop": [("loop=2", "play.loop", 2)],
    "fps": [("fps=10", "play.fps", 10.0)],
    "interval": [("interval=2", "play.interval", 2)],
    "skip": [("skip=2", "play.skip", 2)],
    "reverse": [("reverse=true", "play.is_reversed", True)],
    "page": [("page=2", "play.page", 2)],
    "expires": [("expires=1900000000", "delivery.expires_at", 1_900_000_000)],
    "explain": [("explain=1", "delivery.is_explained", True)],
}
WITHOUT_EFFECT = {"s", "ixlib", "ixid", "svg-sanitize"}


def test_every_supported_row_has_cases_and_every_other_has_none():
    supported = {row.name for row in table.ROWS if row.status is not Status.UNSUPPORTED}
    assert set(CASES) | WITHOUT_EFFECT == supported


@pytest.mark.parametrize(("query", "path", "value"), [case for cases in CASES.values() for case in cases])
def test_a_parameter_becomes_what_it_means_in_the_native_spec(query, path, value):
    found = at(parse(query), path)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("row", table.ROWS, ids=lambda row: row.name)
def test_every_field_that_a_row_names_exists(row):
    for path in row.sets:
        group, _, name = path.rpartition(".")
        if group == "delivery":
            assert name in {field.name for field in fields(parse("").delivery)}
        else:
            assert path in native.DEFAULTS, path
    assert not row.is_alone or len(row.sets) == 1


def test_no_name_stands_for_two_parameters():
    names = [name for row in table.ROWS for name in row.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", [row for row in table.ROWS if row.status is not Status.SAME], ids=lambda row: row.name)
def test_what_is_not_the_same_says_why(row):
    assert row.note
    assert row.status is not Status.UNSUPPORTED or row.sets == ()


@pytest.mark.parametrize(
    "row", [row for row in table.ROWS if row.status is Status.UNSUPPORTED], ids=lambda row: row.name
)
def test_unsupported_parameters_change_nothing_and_are_listed(row):
    name = row.name.replace("*", "-color")
    ask = parse(f"w=4&{name}=1")
    assert ask.delivery.ignored == (name,)
    assert ask.spec == parse("w=4").spec
    with pytest.raises(errors.UnknownParameterError):
        parse(f"{name}=1", strict=True)


def test_junk_is_ignored_and_listed_once_as_it_is_spelt():
    ask = parse("w=40&utm_source=x&utm_source=y&W=3&h=abc&fit=nope&bg=zz&rect=1,2&%0A=1&64=x&")
    assert ask.spec == parse("w=40").spec
    assert ask.delivery.ignored == ("utm_source", "W", "h", "fit", "bg", "rect", "�", "64")


def test_what_has_no_name_is_not_listed():
    assert parse("?&&=&=4&w").delivery.ignored == ("?", "w")
    with pytest.raises(errors.UnknownParameterError):
        parse("=4", strict=True)


def test_of_a_repeated_parameter_the_last_counts_whatever_alias_it_has():
    assert parse("w=40&w=50").spec.width == 50
    assert parse("w=40&width=50").spec.width == 50
    assert parse("mark-w=40&mw=50").spec.mark.width == 50


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("name", sorted(set(CASES) - {"auto", "ch"}))
def test_every_value_but_auto_and_ch_may_be_base64url(name):
    for query, path, value in CASES[name]:
        pairs = [pair.partition("=") for pair in query.split("&") if pair]
        plain = [(key, parsing.native.pairs(f"x={text}")[0][1]) for key, _, text in pairs]
        # The parameter itself may be there by an alias; all that may be encoded are.
        made = "&".join(
            f"{key}={quote(text, safe='')}" if key in {"auto", "ch"} or not text else f"{key}64={encoded(text)}"
            for key, text in plain
        )
        assert at(parse(made), path) == value


@pytest.mark.parametrize("text", ["!", "a", "w%3D%3D%3D", "////", "_w", "%C3%A9", "YQ=YQ"])
def test_bad_base64_is_a_400_that_names_the_parameter(text):
    with pytest.raises(errors.InvalidBase64Error) as caught:
        parse(f"txt64={text}")
    assert (caught.value.status, caught.value.param) == (400, "txt64")


@pytest.mark.parametrize("text", ["4oCi", "4oCi=", "SGk", "SGk=", "8J-YgA"])
def test_base64_is_read_with_and_without_padding(text):
    assert parse(f"txt64={text}").spec.caption.text in {"•", "Hi", "😀"}


def test_auto_and_ch_are_never_base64():
    ask = parse(f"auto64={encoded('format')}&ch64={encoded('width')}")
    assert not ask.spec.is_negotiated
    assert ask.delivery.hints == ()
    assert ask.delivery.ignored == ("auto64", "ch64")


def test_a_query_that_is_not_utf_8_is_a_400():
    with pytest.raises(errors.InvalidParameterError):
        parse("txt=%FF")


def test_the_same_picture_has_the_same_key_however_it_is_said():
    texts = {
        native.canonical(parse(query).spec)
        for query in ("w=40&q=75", "width=40", "w64=NDA&fit=clip", "w=40&ixlib=js-1")
    }
    assert len(texts) == 1


def test_the_table_is_documented_row_by_row():
    printed = "".join(documenting.markdown(group) for group in table.GROUPS)
    for row in table.ROWS:
        assert f"| `{row.name}`" in printed
    assert all(line.count("|") == 7 for line in printed.splitlines()), "no cell breaks the table"
    assert is_dataclass(table.GROUPS[0])
