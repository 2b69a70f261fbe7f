"""imgcdn's own URL grammar: `/{mount}/{path}?{parameters}`, with one table that says what each parameter means."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from imgcdn import errors
from imgcdn.dialects import readers, signing
from imgcdn.dialects.parameters import Parameter, Table, shown
from imgcdn.model.media import Format
from imgcdn.model.spec import Ask, Debug, Delivery, FacePreset, Fit, Hint, SourceRef, Spec, Strip

LONGEST = 8192
"""The longest side that can be asked for, in pixels; settings may only lower it."""
_MOST_PARAMETERS = 100
PRESET_NAME = re.compile(r"[a-z0-9_-]{1,32}")

TABLE = Table(
    (
        Parameter("w", "width", readers.length(LONGEST), "–", "width of the answer", "w=400", ("width",)),
        Parameter("h", "height", readers.length(LONGEST), "–", "height of the answer", "h=300", ("height",)),
        Parameter(
            "ar",
            "aspect",
            readers.ratio(),
            "–",
            "aspect ratio; gives the missing side, or crops the largest window of that shape; "
            "not used when `w` and `h` are both given",
            "w=400&ar=16:9",
        ),
        Parameter(
            "dpr",
            "dpr",
            readers.number(0.1, 5),
            "1",
            "device pixel ratio: multiplies `w` and `h`; the product is capped with the aspect kept",
            "w=200&dpr=2",
        ),
        Parameter(
            "fit",
            "fit",
            readers.one_of(Fit),
            "cover with `w` and `h` or with `ar`, else inside",
            "how the picture meets the box: `cover` crops, `contain` letterboxes with `bg`, `fill` stretches, "
            "`inside` shrinks into it, "
            "`outside` covers it without cropping; the `-down` forms never enlarge",
            "w=400&h=300&fit=contain",
        ),
        Parameter(
            "enlarge",
            "may_enlarge",
            readers.boolean(),
            "true for cover, contain, fill and outside, false for inside",
            "whether the picture may become larger than its source",
            "w=400&h=300&enlarge=0",
        ),
        Parameter(
            "gravity",
            "gravity",
            readers.gravities(),
            "auto",
            "what must stay in the frame; a comma list is an order of preference",
            "w=400&h=300&gravity=face,north",
            ("g",),
        ),
        Parameter(
            "fp",
            "focal_point",
            readers.point(),
            "–",
            "focal point of the picture (of `rect`, if given): 0,0 is the top left corner; wins over `gravity`",
            "w=400&h=300&fp=0.5,0.3",
        ),
        Parameter("fpz", "zoom", readers.number(1, 100), "1", "zoom about the focal point", "w=400&h=300&fpz=2"),
        Parameter(
            "crop",
            "gravity",
            readers.words("smart", "smart"),
            "–",
            "`smart` means `gravity=smart`",
            "w=400&h=300&crop=smart",
            fixed={"smart": ("smart",)},
        ),
        Parameter(
            "rect",
            "rect",
            readers.rect(1_000_000),
            "–",
            "part of the upright source that is used, before anything else; what lies beyond an edge is cut",
            "rect=0.25,0,0.5,1.0",
        ),
        Parameter(
            "face_index",
            "face_index",
            readers.integer(1, 1000),
            "–",
            "which face `gravity=face` takes, 1 being the largest; a number beyond the last is as if it were not given",
            "w=300&h=300&gravity=face&face_index=2",
        ),
        Parameter(
            "face_pad",
            "face_pad",
            readers.number(0, 10),
            "–",
            "window size in multiples of the face box (of all boxes for `faces`); "
            "without it the window is as large as the picture allows",
            "w=300&h=300&gravity=face&face_pad=2",
        ),
        Parameter(
            "face_preset",
            "face_preset",
            readers.one_of(FacePreset),
            "–",
            "how much of the person is shown: window height 1.8, 2.8, 4.5 or 7 times the face's",
            "w=300&h=300&gravity=face&face_preset=head-shoulders",
        ),
        Parameter(
            "face_min",
            "face_min",
            readers.number(0, 1),
            "0.5",
            "faces found with less confidence are not used",
            "w=300&h=300&gravity=faces&face_min=0.8",
        ),
        Parameter(
            "rotate",
            "rotate",
            readers.number(-360, 360, "degrees clockwise"),
            "0",
            "turns the finished crop; `w` and `h` name the answer for right angles, "
            "other angles grow it and fill with `bg`",
            "w=400&rotate=90",
            ("rot",),
        ),
        Parameter("flip", "flip", readers.boolean(), "false", "mirrors top to bottom", "w=400&flip=1"),
        Parameter("flop", "flop", readers.boolean(), "false", "mirrors left to right", "w=400&flop=1"),
        Parameter(
            "orient",
            "orientation",
            readers.integer(0, 8),
            "from EXIF",
            "takes this EXIF orientation instead of the source's own; 0 leaves the pixels as stored",
            "w=400&orient=6",
        ),
        Parameter(
            "bg",
            "background",
            readers.colour(),
            "transparent, white where the format has no alpha",
            "background behind transparency, letterboxes and turned corners",
            "w=400&h=400&fit=contain&bg=f5f5f5",
        ),
        Parameter(
            "format",
            "format",
            readers.optional(readers.one_of(Format, {"jpg": "jpeg"}), "auto"),
            "auto",
            "format of the answer; `auto` takes the best that the browser's Accept names",
            "w=400&format=webp",
            ("f",),
        ),
        Parameter(
            "q",
            "quality",
            readers.integer(1, 100),
            "80 (avif 60)",
            "quality of JPEG, WebP and AVIF",
            "w=400&q=60",
        ),
        Parameter(
            "strip",
            "strip",
            readers.one_of(Strip),
            "all",
            "metadata taken away: `all`, `icc` (only the colour profile) or `none` "
            "(pixels then stay in the source's colour space); "
            "GPS always goes",
            "w=400&strip=none",
        ),
        Parameter(
            "lossless",
            "lossless",
            readers.boolean(),
            "false",
            "lossless WebP or AVIF",
            "w=400&format=webp&lossless=1",
        ),
        Parameter(
            "jpgProgressive",
            "progressive",
            readers.boolean(),
            "true",
            "progressive JPEG; off is a little larger and takes less time to make",
            "w=400&jpgProgressive=0",
        ),
        Parameter(
            "ch",
            "hints",
            readers.hints(),
            "–",
            "client hints that may change the answer: `Width` (device pixels) and `Dpr` win over `w` and `dpr`, which "
            "then are for browsers that send none; `Save-Data` lowers the quality; values are rounded up to those of "
            "the settings (`hints`)",
            "w=400&ch=Width,Dpr,Save-Data",
        ),
        Parameter(
            "preset",
            "preset",
            readers.words(PRESET_NAME.pattern, "the name of a preset of the settings: 1 to 32 of a–z, 0–9, _ and -"),
            "–",
            "named parameters from the settings; those in the URL win; the path ending `/p/{name}` is the same",
            "preset=avatar",
        ),
        Parameter(
            "dl",
            "download",
            readers.words(r"[^\x00-\x1f\x7f-\x9f/\\]{0,200}", "a file name of at most 200 characters, or nothing"),
            "–",
            "offers the answer for saving, under this name if one is given",
            "w=400&dl=team.jpg",
        ),
        Parameter(
            "v",
            "version",
            readers.words(r"[\w.~-]{1,64}", "1 to 64 letters, digits, '.', '_', '~' or '-'"),
            "–",
            "cache buster: changes nothing, and lets browsers keep the answer for a year",
            "w=400&v=3",
        ),
        Parameter(
            "explain",
            "is_explained",
            readers.boolean(),
            "false",
            "answers JSON in place of the picture: every decision, with the windows that were weighed and their scores",
            "w=400&h=300&explain=1",
        ),
        Parameter(
            "debug",
            "debug",
            readers.one_of(Debug),
            "–",
            "draws the decisions over the whole source: `crop` the window, the focus, the faces and their scores, "
            "`heat` what each part of the picture is worth; only where the settings allow it (`http.allow_debug`)",
            "w=400&h=300&debug=crop",
        ),
        Parameter(
            "exp",
            "expires_at",
            signing.EXPIRY_READER,
            "–",
            "last second at which the URL holds, in Unix time; only a signature keeps it from being changed",
            "w=400&exp=1900000000",
        ),
        Parameter(
            "kid",
            "key_id",
            readers.words(signing.KEY_ID_PATTERN, "the name of a key: 1 to 32 of A–Z, a–z, 0–9, '.', '_' and '-'"),
            "–",
            "names the key of `sig`; without it every key is tried",
            "w=400&kid=main",
        ),
        Parameter(
            "sig",
            "signature",
            readers.words(r"[\w-]{43}", "the 43 characters that `imgcdn sign` prints"),
            "–",
            "proof that we issued this URL: HMAC-SHA256 over path and parameters, in base64url",
            "w=400&sig=ZGjVGgVdKVNfNuh4FBwA6AnjS0f5Dq-9Y2ZFnTnNWU0",
        ),
    )
)
"""Every parameter of the native dialect. Fields of `Spec` with None for a default take what planning chooses."""

_SPEC_FIELDS = {f.name: f for f in fields(Spec)}
_DELIVERY_FIELDS = frozenset(f.name for f in fields(Delivery))
_SAID_BY_HINTS: Mapping[str, str] = {"quality_off": "save-data"}
"""Fields that no parameter sets, by their names in the canonical text."""
_SIZES = frozenset({"width", "height", "aspect", "dpr"})
_NEVER_IN_PRESETS = ("preset", "signature", "key_id", "expires_at")
_WRITERS = {row.sets: row for row in reversed(TABLE.rows) if row.sets in _SPEC_FIELDS and not row.fixed}


def parse(mount: str, path: str, query: str, presets: Mapping[str, str] | None = None, *, strict: bool = True) -> Ask:
    """Understand the decoded path behind a mount and the raw query string. Raises 400 and 404 errors of `errors`."""
    base, _, tail = path.rpartition("/p/")
    named = tail if base and PRESET_NAME.fullmatch(tail) else None
    known = presets or {}
    values, ignored = _read(query, strict=strict)
    preset = values.pop("preset", named)
    is_preset_size = preset is not None and not _SIZES & values.keys()
    if preset is not None:
        if preset not in known:
            names = ", ".join(sorted(known)) or "none, for there are no presets"
            raise errors.PresetNotFoundError(f"preset={preset} is not known: expected one of {names}", param="preset")
        defaults = _read_preset(known[preset])
        if "gravity" in values:
            defaults.pop("focal_point", None)  # a focal point wins over gravity, but not the preset's over the URL's
        values = defaults | values
    delivery = {name: values.pop(name) for name in _DELIVERY_FIELDS & values.keys()}
    # Saying the default aloud asks for the same picture, so it must get the same name.
    spec = {name: value for name, value in values.items() if value not in (None, ("auto",))}
    return Ask(
        SourceRef(mount, base if named is not None else path),
        Spec(**spec),
        Delivery(**delivery, preset=preset, is_preset_size=is_preset_size, ignored=tuple(ignored)),
    )


def _read_preset(query: str) -> dict[str, Any]:
    values, _ = _read(query, strict=True)
    for name in _NEVER_IN_PRESETS:
        if name in values:
            param = next(row.name for row in TABLE if row.sets == name)
            raise errors.InvalidParameterError(
                f"{param}={values[name]} cannot stand in a preset: expected parameters of the picture", param=param
            )
    return values


def hints_in(query: str) -> tuple[Hint, ...]:
    """Return the hints that a query asks for, even one that cannot be understood; none where they cannot be read."""
    reader = readers.hints()
    try:
        return next((reader.read(text) for key, text in _pairs(query) if key == "ch"), ())
    except (errors.InvalidParameterError, readers.UnreadableError):
        return ()


def _read(query: str, *, strict: bool) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    seen: dict[str, str] = {}
    ignored: list[str] = []
    for key, text in _pairs(query):
        row = TABLE.find(key)
        if row is None:
            if strict:
                raise TABLE.unknown(key)
            ignored.append(shown(key))
            continue
        if strict and row.sets in seen:
            first = seen[row.sets]
            if first == key:
                raise errors.ConflictingParametersError(
                    f"{row.name} is given more than once: expected it once", param=row.name
                )
            raise errors.ConflictingParametersError(
                f"{key} and {first} say the same thing: expected one of them", param=row.name
            )
        seen[row.sets] = key
        value = row.read(text)
        values[row.sets] = row.fixed.get(text, value)
    return values, ignored


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query,
            keep_blank_values=True,
            strict_parsing=False,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except UnicodeDecodeError:
        raise errors.InvalidParameterError(
            "the query is not UTF-8 once its %XX are decoded: expected UTF-8", param="query"
        ) from None
    except ValueError:
        raise errors.InvalidParameterError(
            f"the query has too many parameters: expected at most {_MOST_PARAMETERS}", param="query"
        ) from None


def canonical(spec: Spec) -> str:
    """Print a spec as the one query string that names it: table order by name, defaults left out."""
    pairs: list[tuple[str, str]] = []
    for name, definition in _SPEC_FIELDS.items():
        value = getattr(spec, name)
        if value == definition.default:
            continue
        if name in _SAID_BY_HINTS:
            pairs.append((_SAID_BY_HINTS[name], str(value)))
        else:
            row = _WRITERS[name]
            pairs.append((row.name, row.reader.write(value)))
    return "&".join(f"{name}={quote(text, safe=':,.')}" for name, text in sorted(pairs))


def decode_path(raw: str) -> str:
    """Decode a percent-encoded path; a path that is not UTF-8 is a 400 error."""
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise errors.InvalidParameterError(
            f"the path {shown(raw)} is not UTF-8 once its %XX are decoded: expected UTF-8", param="path"
        ) from None
