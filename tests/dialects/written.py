"""Specs, and spellings of every parameter, as hypothesis makes them up."""

from fractions import Fraction
from urllib.parse import urlencode

from hypothesis import strategies as st

from imgcdn.dialects import native
from imgcdn.dialects.rows.size import LONGEST
from imgcdn.model.geometry import Point
from imgcdn.model.media import Format
from imgcdn.model.spec import COMPASS, ENGINES, Colour, FacePreset, Fit, Rect, Spec, Strip

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
    st.lists(st.sampled_from([*ENGINES, *COMPASS]) | objects, min_size=1, max_size=8, unique=True)
    .map(tuple)
    .filter(lambda names: names != ("auto",))
)
lengths = st.integers(1, LONGEST) | shares
starts = st.integers(0, 1_000_000) | shares | st.just(1.0)
spans = st.integers(1, 1_000_000) | shares | st.just(1.0)
bytes_ = st.integers(0, 255) | st.sampled_from([0, 1, 254, 255])

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
    rect=st.none() | st.builds(Rect, starts, starts, spans, spans),
    face_index=st.none() | st.integers(1, 1000),
    face_pad=st.none() | numbers(0, 10),
    face_preset=st.none() | st.sampled_from(FacePreset),
    face_min=numbers(0, 1),
    rotate=numbers(-360, 360),
    flip=st.booleans(),
    flop=st.booleans(),
    orientation=st.none() | st.integers(0, 8),
    background=st.none() | st.builds(Colour, bytes_, bytes_, bytes_, bytes_),
    format=st.none() | st.sampled_from(Format),
    quality=st.none() | st.integers(1, 100),
    strip=st.none() | st.sampled_from(Strip),
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
    "rect": st.builds("{},{},{},{}".format, _parts | st.just("0.0"), _parts | st.just("-0"), _parts, _parts),
    "face_index": st.integers(1, 1000).map(str),
    "face_pad": _decimals(0, 10),
    "face_preset": _cased([preset.value for preset in FacePreset]),
    "face_min": _decimals(0, 1),
    "rotate": _decimals(-360, 360) | st.sampled_from(["-0", "-0.0", "-.000000000001"]),
    "flip": _booleans,
    "flop": _booleans,
    "orient": st.integers(0, 8).map(str),
    "bg": st.from_regex(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", fullmatch=True)
    | _cased(["tomato", "RebeccaPurple", "transparent"]),
    "format": _cased(["auto", "jpg", *(form.value for form in Format)]),
    "q": st.integers(1, 100).map(str),
    "strip": _cased([strip.value for strip in Strip]),
    "lossless": _booleans,
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
