"""Specs, and spellings of every parameter, as hypothesis makes them up."""

from fractions import Fraction
from urllib.parse import urlencode

from hypothesis import strategies as st

from imgcdn.dialects import native
from imgcdn.dialects.rows.size import LONGEST
from imgcdn.model.adjust import Adjust
from imgcdn.model.edges import ROUND, Edges, Mask
from imgcdn.model.effects import Effects
from imgcdn.model.geometry import Point
from imgcdn.model.ground import Extend, Fill, Ground, Transparency
from imgcdn.model.media import ColourSpace, Format
from imgcdn.model.overlays import Blend, BlendMode, Caption, LayerFit, LayerSize, Mark, TextFit, Tile
from imgcdn.model.palette import Listing
from imgcdn.model.playing import Play, Span
from imgcdn.model.quality import Auto, Chroma, Coding
from imgcdn.model.redaction import Redaction
from imgcdn.model.spec import COMPASS, ENGINES, POINT, Anchor, Bounds, Colour, FacePreset, Fit, Rect, Spec, Strip
from imgcdn.model.trimming import Trim, Trimming

FINEST = 10**12
"""Numbers are written with twelve decimals."""


def numbers(low: int, high: int) -> st.SearchStrategy[float]:
    """Floats that twelve decimals tell exactly."""
    return st.integers(low * FINEST, high * FINEST).map(lambda n: n / FINEST)


shares = st.integers(1, FINEST - 1).map(lambda n: n / FINEST)
ratios = st.fractions(Fraction(1, 100), 100, max_denominator=1_000_000)
classes = st.from_regex(r"[a-z0-9_][a-z0-9_-]{0,20}", fullmatch=True)
objects = st.lists(classes, min_size=1, max_size=3).map(lambda names: "obj:" + "+".join(names))
gravities = (
    st.lists(st.sampled_from([*ENGINES, *COMPASS, POINT]) | objects, min_size=1, max_size=8, unique=True)
    .map(tuple)
    .filter(lambda names: names != ("auto",))
)
lengths = st.integers(1, LONGEST) | shares
starts = st.integers(0, 1_000_000) | shares | st.just(1.0)
anchors = st.sampled_from(Anchor)
spans = st.integers(1, 1_000_000) | shares | st.just(1.0)
bytes_ = st.integers(0, 255) | st.sampled_from([0, 1, 254, 255])

percents = numbers(0, 100)
shifts = numbers(-100, 100)
colours = st.builds(Colour, bytes_, bytes_, bytes_, bytes_)
opaque = st.builds(Colour, bytes_, bytes_, bytes_)
adjusts = st.builds(
    Adjust,
    exposure=shifts,
    gamma=st.integers(FINEST // 10, 10 * FINEST).map(lambda n: n / FINEST),
    shadows=shifts,
    highlights=shifts,
    vibrance=shifts,
    brightness=numbers(0, 200),
    contrast=numbers(0, 200),
    saturation=numbers(0, 200),
    hue=numbers(0, 360),
    is_inverted=st.booleans(),
)
effects = st.builds(
    Effects,
    noise=shifts,
    noise_edges=shifts,
    sharpness=percents,
    unsharp=shifts,
    unsharp_radius=numbers(0, 500),
    sepia=percents,
    monochrome=st.none() | colours,
    duotone=st.none() | st.tuples(opaque, opaque),
    duotone_alpha=percents,
    blur=numbers(0, 2000),
    pixelate=percents,
    halftone=percents,
)

trimmings = st.builds(
    Trimming,
    mode=st.none() | st.sampled_from(Trim),
    tolerance=bytes_,
    pad=st.integers(0, 1000),
    colour=st.none() | colours,
    mean=numbers(0, 255),
    deviation=numbers(0, 255),
)
grounds = st.builds(
    Ground,
    fill=st.sampled_from(Fill),
    extend=st.none() | st.sampled_from(Extend),
    transparency=st.none() | st.sampled_from(Transparency),
    grid_size=st.integers(1, 1000),
    grid_colours=st.tuples(opaque, opaque),
)
pads = st.integers(0, 1000)
radii = st.just((ROUND,) * 4) | st.tuples(*[st.integers(0, LONGEST)] * 4)
edgings = st.builds(
    Edges,
    pad=pads,
    pad_left=st.none() | pads,
    pad_top=st.none() | pads,
    pad_right=st.none() | pads,
    pad_bottom=st.none() | pads,
    border=st.integers(0, 400),
    border_left=st.none() | st.integers(0, 400),
    border_top=st.none() | st.integers(0, 400),
    border_right=st.none() | st.integers(0, 400),
    border_bottom=st.none() | st.integers(0, 400),
    border_colour=colours,
    radius=radii,
    radius_inner=st.none() | radii,
    mask=st.none() | st.sampled_from(Mask),
    mask_background=st.none() | colours,
)

codings = st.builds(
    Coding,
    max_bytes=st.none() | st.integers(1, 1_000_000_000),
    chroma=st.none() | st.sampled_from(Chroma),
    colours=st.none() | st.integers(2, 256),
    dither=percents,
    dpi=st.none() | st.integers(1, 65_535),
)
places = st.sampled_from(list(COMPASS))
offsets = st.none() | st.integers(0, LONGEST)
layer_paths = st.from_regex(r"/?[a-z0-9 Ü%&=+._-]{1,20}/[a-z0-9é#?._-]{1,20}\.png", fullmatch=True)
marks = st.builds(
    Mark,
    picture=st.none() | layer_paths,
    width=st.none() | lengths,
    height=st.none() | lengths,
    scale=percents,
    fit=st.sampled_from(LayerFit),
    rotation=numbers(0, 359),
    tile=st.none() | st.sampled_from(Tile),
    opacity=st.integers(FINEST // 20, FINEST).map(lambda n: n / FINEST),
    position=places,
    pad=pads,
    x=offsets,
    y=offsets,
)
blends = st.builds(
    Blend,
    layer=st.none() | colours | layer_paths,
    mode=st.sampled_from(BlendMode),
    alpha=percents,
    size=st.sampled_from(LayerSize),
    width=st.none() | lengths,
    height=st.none() | lengths,
    fit=st.none() | st.sampled_from(LayerFit),
    crop=places,
    position=places,
    pad=pads,
    x=offsets,
    y=offsets,
)
sentences = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.just("\n"), max_size=500).filter(
    str.strip
)
captions = st.builds(
    Caption,
    text=st.none() | sentences,
    size=numbers(1, 1000),
    font=st.none() | st.sampled_from(["serif", "DejaVu Sans", "Noto Sans (CJK) & 'Co.'"]),
    weight=st.integers(100, 900),
    is_italic=st.booleans(),
    colour=colours,
    position=places,
    fit=st.none() | st.sampled_from(TextFit),
    pad=pads,
    width=st.none() | lengths,
    x=offsets,
    y=offsets,
    lead=st.integers(FINEST // 2, 4 * FINEST).map(lambda n: n / FINEST),
    shadow=numbers(0, 10),
    outline=st.integers(0, 50),
    outline_colour=colours,
)

prefixes = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,20}", fullmatch=True)
spans_of_frames = st.builds(Span, st.integers(1, 500), st.none() | st.integers(500, 100_000))
plays = st.builds(
    Play,
    is_animated=st.booleans(),
    frames=st.none() | spans_of_frames,
    page=st.integers(1, 100_000),
    loop=st.none() | st.integers(0, 1000),
    fps=st.none() | st.integers(FINEST // 10, 60 * FINEST).map(lambda n: n / FINEST),
    interval=st.integers(1, 100_000),
    skip=st.none() | st.integers(2, 100_000),
    is_reversed=st.booleans(),
)
specs = st.builds(
    Spec,
    width=st.none() | lengths,
    height=st.none() | lengths,
    aspect=st.none() | ratios,
    dpr=st.integers(FINEST // 10, 5 * FINEST).map(lambda n: n / FINEST),
    fit=st.none() | st.sampled_from(Fit),
    may_enlarge=st.none() | st.booleans(),
    gravity=st.just(()) | gravities,
    focal_point=st.none() | st.builds(Point, numbers(0, 1), numbers(0, 1)),
    zoom=numbers(1, 100),
    rect=st.none() | st.builds(Rect, starts | anchors, starts | anchors, spans, spans),
    face_index=st.none() | st.integers(1, 1000),
    face_pad=st.none() | numbers(0, 10),
    face_preset=st.none() | st.sampled_from(FacePreset),
    face_min=numbers(0, 1),
    face_else=st.none() | st.sampled_from(Fit),
    bounds=st.builds(Bounds, *[st.none() | st.integers(1, LONGEST)] * 4),
    is_negotiated=st.booleans(),
    rotate=numbers(-360, 360),
    is_straightened=st.booleans(),
    flip=st.booleans(),
    flop=st.booleans(),
    orientation=st.none() | st.integers(0, 8),
    background=st.none() | colours,
    trim=st.just(Trimming()) | trimmings,
    mark=st.just(Mark()) | marks,
    blend=st.just(Blend()) | blends,
    caption=st.just(Caption()) | captions,
    redaction=st.builds(Redaction, blur=percents, pixel=percents),
    ground=grounds,
    edges=st.just(Edges()) | edgings,
    adjust=st.just(Adjust()) | adjusts,
    effects=st.just(Effects()) | effects,
    format=st.none() | st.sampled_from(Format),
    quality=st.none() | st.integers(1, 100) | st.sampled_from(Auto),
    coding=st.just(Coding()) | codings,
    strip=st.none() | st.sampled_from(Strip),
    colour_space=st.none() | st.sampled_from(ColourSpace),
    play=plays,
    listing=st.builds(Listing, count=st.integers(0, 16), prefix=prefixes, has_faces=st.booleans()),
    lossless=st.booleans(),
    progressive=st.booleans(),
)


def _decimals(low: int, high: int) -> st.SearchStrategy[str]:
    """Spell numbers in odd but valid ways: signs, leading zeros, no leading zero, trailing points and zeros."""
    inner = st.tuples(
        st.sampled_from(["", "+", "0", "00"]), st.integers(low, high - 1), st.text("0123456789", max_size=12)
    )
    odd = inner.map(lambda part: f"{part[0]}{part[1]}.{part[2]}" if part[1] >= 0 else f"{part[1]}.{part[2]}")
    edges = st.sampled_from([str(low), str(high), f"{high}.", f"{high}.000000000000"])
    return odd.filter(lambda text: low <= float(text) <= high) | edges


def _cased(words: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(words).flatmap(lambda word: st.sampled_from([word, word.upper(), word.title()]))


_share_texts = st.integers(1, FINEST - 1).map(lambda n: f"{n / FINEST:.12f}") | st.sampled_from([".5", "0.25", "+.125"])
_booleans = _cased(["1", "true", "yes", "on", "", "0", "false", "no", "off"])
_axes = (
    _decimals(0, 1) | _decimals(0, 100).map("{}%".format) | st.sampled_from(["-0", "-0.0", " 0.5 ", "33.333333333333%"])
)
_lengths = st.integers(1, LONGEST).map(str) | _share_texts | st.sampled_from(["007", "+12", "400.0", "1.", "8192.000"])
_parts = st.integers(1, 1_000_000).map(str) | _share_texts | st.sampled_from(["1.0", "1.", "1.000", " 12 "])
_sides = st.integers(1, 10_000)

_pads = st.integers(0, 1000).map(str) | st.sampled_from(["007", "+12", "0", "-0"])
_shifts = _decimals(-100, 100) | st.sampled_from(["-0", "-0.5", "+20"])
_colours = st.from_regex(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", fullmatch=True) | _cased(
    ["tomato", "RebeccaPurple", "transparent"]
)
_opaque = st.from_regex(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", fullmatch=True) | _cased(["tomato", "RebeccaPurple"])

_places = _cased([*COMPASS, "top,left", "right, bottom", "middle", "center,top", "left"])
_offsets = st.integers(0, LONGEST).map(str) | st.sampled_from(["007", "+12", "-0"])

TEXTS: dict[str, st.SearchStrategy[str]] = {
    "w": _lengths,
    "h": _lengths,
    "ar": st.builds("{}{}{}".format, st.integers(100, 999), st.sampled_from(":/x"), _decimals(10, 9999))
    | _decimals(1, 100)
    | st.builds("{0}.123456789012:{0}".format, _sides)
    | st.sampled_from([".01", "1:100", "100:1", "999999999:999999998", "0.012345678901"]),
    "dpr": _decimals(1, 5) | st.sampled_from([".1", "0.100000000000", "0.123456789012"]),
    "fit": _cased([fit.value for fit in Fit]),
    "enlarge": _booleans,
    "gravity": st.lists(_cased([*ENGINES, *COMPASS, "centre"]) | objects, min_size=1, max_size=8).map(",".join),
    "fp": st.builds("{},{}".format, _axes, _axes),
    "fpz": _decimals(1, 100),
    "crop": st.just("smart"),
    "rect": st.builds(
        "{},{},{},{}".format,
        _parts | st.just("0.0") | _cased(["left", "center", " right"]),
        _parts | st.just("-0") | _cased(["top", "middle", "bottom "]),
        _parts,
        _parts,
    ),
    "face_index": st.integers(1, 1000).map(str),
    "face_pad": _decimals(0, 10),
    "face_preset": _cased([preset.value for preset in FacePreset]),
    "face_min": _decimals(0, 1),
    "face_else": _cased([fit.value for fit in Fit]),
    "rotate": _decimals(-360, 360) | st.sampled_from(["-0", "-0.0", "-.000000000001"]),
    "straighten": _booleans,
    "flip": _booleans,
    "flop": _booleans,
    "orient": st.integers(0, 8).map(str),
    "bg": _colours,
    "watermark": layer_paths,
    "markW": _lengths,
    "markH": _lengths,
    "markScale": _decimals(0, 100),
    "markFit": _cased([fit.value for fit in LayerFit]),
    "markPosition": _places,
    "markPad": _pads,
    "markX": _offsets,
    "markY": _offsets,
    "markRot": _decimals(0, 359),
    "markTile": _cased(["grid"]),
    "markOpacity": _decimals(0, 1).filter(lambda text: float(text) >= 0.05),
    "blend": layer_paths | _colours,
    "blendMode": _cased([*(mode.value for mode in BlendMode), "burn", "dodge", "softlight", "hardlight", "colorburn"]),
    "blendAlpha": _decimals(0, 100),
    "blendSize": _cased([size.value for size in LayerSize]),
    "blendW": _lengths,
    "blendH": _lengths,
    "blendFit": _cased([fit.value for fit in LayerFit]),
    "blendCrop": _places,
    "blendPosition": _places,
    "blendPad": _pads,
    "blendX": _offsets,
    "blendY": _offsets,
    "text": sentences | st.sampled_from(["a\r\nb", "a\tb", "<b>&amp;</b>", "שלום", "👩‍👩‍👧"]),
    "textSize": _decimals(1, 1000),
    "textFont": st.sampled_from(["serif", "DejaVu Sans", "A"]),
    "textWeight": st.integers(100, 900).map(str),
    "textItalic": _booleans,
    "textColor": _colours,
    "textAlign": _places,
    "textFit": _cased(["max"]),
    "textPad": _pads,
    "textWidth": _lengths,
    "textX": _offsets,
    "textY": _offsets,
    "textLead": _decimals(1, 4) | st.just(".5"),
    "textShadow": _decimals(0, 10),
    "textLine": st.integers(0, 50).map(str),
    "textLineColor": _colours,
    "trim": _booleans | _cased([trim.value for trim in Trim]) | st.just("colour"),
    "trim_tol": st.integers(0, 255).map(str),
    "trim_pad": _pads,
    "trim_color": _colours,
    "trim_md": _decimals(0, 255),
    "trim_sd": _decimals(0, 255),
    "face_blur": _decimals(0, 100),
    "face_pixel": _decimals(0, 100),
    "fill": _cased([fill.value for fill in Fill]),
    "extend": _cased([extend.value for extend in Extend]),
    "pad": _pads,
    "pad_left": _pads,
    "pad_top": _pads,
    "pad_right": _pads,
    "pad_bottom": _pads,
    "border": st.integers(0, 400).map(str),
    **{f"border_{side}": st.integers(0, 400).map(str) for side in ("left", "top", "right", "bottom")},
    "borderColor": _colours,
    "radius": st.sampled_from(["max", "MAX", "007", "+5"])
    | st.integers(0, LONGEST).map(str)
    | st.builds("{},{}, {} ,{}".format, *[st.integers(0, LONGEST)] * 4),
    "radius_inner": st.sampled_from(["max", "MAX", "007", "+5"])
    | st.integers(0, LONGEST).map(str)
    | st.builds("{},{}, {} ,{}".format, *[st.integers(0, LONGEST)] * 4),
    "mask": _cased([mask.value for mask in Mask]),
    "mask_bg": _colours,
    "transparency": _cased([transparency.value for transparency in Transparency]),
    "grid_size": st.integers(1, 1000).map(str),
    "grid_colors": st.builds("{},{}".format, _opaque, _opaque),
    "bri": _decimals(0, 200),
    "con": _decimals(0, 200),
    "sat": _decimals(0, 200),
    "hue": _decimals(0, 360),
    "gam": _decimals(1, 10) | st.sampled_from([".1", "0.5", "0.100000000000"]),
    "exposure": _shifts,
    "vib": _shifts,
    "high": _shifts,
    "shad": _shifts,
    "invert": _booleans,
    "nr": _shifts,
    "nrs": _shifts,
    "sharp": _decimals(0, 100),
    "usm": _shifts,
    "usmrad": _decimals(0, 500),
    "sepia": _decimals(0, 100),
    "monochrome": _colours,
    "duotone": st.builds("{}{}{}".format, _opaque, st.sampled_from([",", ", ", " ,"]), _opaque),
    "duotone_alpha": _decimals(0, 100),
    "blur": _decimals(0, 2000),
    "px": _decimals(0, 100),
    "htn": _decimals(0, 100),
    "format": _cased(["auto", "jpg", *(form.value for form in Format)]),
    "q": st.integers(1, 100).map(str) | _cased([auto.value for auto in Auto]),
    "max_bytes": st.integers(1, 1_000_000_000).map(str),
    "chroma": st.sampled_from([chroma.value for chroma in Chroma]),
    "colorquant": st.integers(2, 256).map(str),
    "dither": _decimals(0, 100),
    "dpi": st.integers(1, 65_535).map(str),
    "palette": _cased(["json", "css"]),
    "colors": st.integers(0, 16).map(str),
    "prefix": prefixes,
    "cs": _cased([space.value for space in ColourSpace]),
    "frame": st.sampled_from(["1", "007", "5-20", "5-", "-20", "3-3", "1-"]),
    "animated": _booleans,
    "loop": st.integers(0, 1000).map(str),
    "fps": _decimals(1, 60) | st.sampled_from([".1", "0.5"]),
    "interval": st.integers(1, 100_000).map(str),
    "skip": st.integers(2, 100_000).map(str),
    "reverse": _booleans,
    "page": st.integers(1, 100_000).map(str),
    "strip": _cased([strip.value for strip in Strip]),
    "lossless": _booleans,
    "negotiate": _booleans,
    "faces": _booleans,
    **{f"{bound}_{side}": st.integers(1, LONGEST).map(str) for bound in ("min", "max") for side in "wh"},
    "jpgProgressive": _booleans,
}
"""Spellings that must be understood, by parameter; one for each row that sets a field of `Spec`."""


@st.composite
def pairs(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Parameters of one URL in any order, under their names or aliases, no two of which set the same."""
    names = draw(st.lists(st.sampled_from(sorted(TEXTS)), unique_by=lambda name: native.TABLE.find(name).sets))
    rows = [native.TABLE.find(name) for name in names]
    return [(draw(st.sampled_from((row.name, *row.aliases))), draw(TEXTS[row.name])) for row in rows]


queries = pairs().map(urlencode)
