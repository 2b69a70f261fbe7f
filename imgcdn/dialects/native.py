"""imgcdn's own URL grammar: `/{mount}/{path}?{parameters}`, with one table that says what each parameter means."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from imgcdn import errors
from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Section, Table, shown
from imgcdn.dialects.rows import (
    blending,
    captions,
    colour,
    delivery,
    edges,
    effects,
    focus,
    marks,
    output,
    playing,
    redaction,
    size,
    trimming,
    turns,
)
from imgcdn.dialects.rows.delivery import PRESET_NAME
from imgcdn.dialects.signing import is_signed
from imgcdn.model.cut import Cut
from imgcdn.model.spec import Ask, Delivery, Hint, SourceRef, Spec

_MOST_PARAMETERS = 200

SECTIONS = (
    Section("Size", size.ROWS),
    Section("What stays in the frame", focus.ROWS),
    Section("Borders of the source", trimming.ROWS),
    Section("Hidden faces", redaction.ROWS),
    Section("Turning and background", turns.ROWS),
    Section("Colour", colour.ROWS),
    Section("Effects", effects.ROWS),
    Section("Edges and ground", edges.ROWS),
    Section("Blending", blending.ROWS),
    Section("Marks", marks.ROWS),
    Section("Text", captions.ROWS),
    Section("Frames and pages", playing.ROWS),
    Section("Output", output.ROWS),
    Section("Delivery", delivery.ROWS),
)
"""Every parameter of the native dialect. Fields of `Spec` with None for a default take what planning chooses."""
TABLE = Table(row for section in SECTIONS for row in section.rows)


_FIELDS: Mapping[str, Any] = {field.name: field.default for field in fields(Spec)}
_GROUPS: Mapping[str, Any] = {name: default for name, default in _FIELDS.items() if is_dataclass(default)}
"""Records within `Spec`: what they are when nothing is said."""
DEFAULTS: Mapping[str, Any] = {name: default for name, default in _FIELDS.items() if name not in _GROUPS} | {
    f"{group}.{field.name}": field.default for group, record in _GROUPS.items() for field in fields(record)
}
"""Every field of `Spec` by its path, with its default: `width`, and `adjust.contrast` for what is in a group."""
_DELIVERY_FIELDS = frozenset(f.name for f in fields(Delivery))
UNSAID: Mapping[str, str] = {
    "quality_off": "save-data",
    "scale": "scale",
    "format_else": "format-else",
    "is_plain": "is-plain",
} | {
    f"{group}.{name}": f"{group}-{name}"
    for group, names in {
        "cut": [field.name for field in fields(Cut)],
        **{group: ["inset_x", "inset_y"] for group in ("mark", "blend", "caption")},
    }.items()
    for name in names
}
"""Fields that no parameter sets, but hints or other grammars, by their names in the canonical text."""
_SIDES = frozenset({"width", "height"})
_SIZES = _SIDES | {
    *("aspect", "dpr", "fit", "may_enlarge", "rect", "zoom", "rotate", "is_straightened"),
    *("face_pad", "face_preset", "face_else"),
    *(path for path in DEFAULTS if path.startswith(("bounds.", "trim."))),
    *(f"edges.{what}{side}" for what in ("pad", "border") for side in ("", "_left", "_top", "_right", "_bottom")),
}
"""Fields that change the size of the answer, by their paths."""
_NEVER_IN_PRESETS = ("preset", "signature", "key_id", "expires_at")
_WRITERS = {row.sets: row for row in reversed(TABLE.rows) if row.sets in DEFAULTS and not row.fixed}


def parse(mount: str, path: str, query: str, presets: Mapping[str, str] | None = None, *, strict: bool = True) -> Ask:
    """Understand the decoded path behind a mount and the raw query string. Raises 400 and 404 errors of `errors`."""
    base, _, tail = path.rpartition("/p/")
    named = tail if base and PRESET_NAME.fullmatch(tail) else None
    known = presets or {}
    values, ignored = _read(query, strict=strict)
    preset = values.pop("preset", named)
    if named is not None and preset != named:
        raise errors.ConflictingParametersError(
            f"preset={shown(preset)} and the path's /p/{named} name two presets: expected one of them", param="preset"
        )
    is_preset_size = False
    if preset is not None:
        query_of_preset = known.get(preset)
        if query_of_preset is None:
            names = ", ".join(sorted(known)) or "none, for there are no presets"
            raise errors.PresetNotFoundError(f"preset={preset} is not known: expected one of {names}", param="preset")
        defaults = fields_of(query_of_preset)
        is_preset_size = bool(_SIDES & defaults.keys()) and not _SIZES & values.keys()
        if "gravity" in values:
            defaults.pop("focal_point", None)  # a focal point wins over gravity, but not the preset's over the URL's
        values = defaults | values
    delivery = {name: values.pop(name) for name in _DELIVERY_FIELDS & values.keys()}
    # Saying the default aloud asks for the same picture, so it must get the same name.
    said = {name: value for name, value in values.items() if value not in (None, ("auto",))}
    return Ask(
        SourceRef(mount, base if named is not None else path),
        spec_of(said),
        Delivery(**delivery, preset=preset, is_preset_size=is_preset_size, ignored=tuple(ignored)),
    )


def spec_of(said: Mapping[str, Any]) -> Spec:
    """Build a spec from values by the paths of their fields, as in `DEFAULTS`."""
    plain: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {}
    for path, value in said.items():
        group, _, name = path.rpartition(".")
        (groups.setdefault(group, {}) if group else plain)[name] = value
    return Spec(**plain, **{name: replace(_GROUPS[name], **values) for name, values in groups.items()})


def fields_of(query: str) -> dict[str, Any]:
    """Return the fields that a preset's query sets, by their paths. Raises the 400 errors of queries."""
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
        return next((reader.read(text) for key, text in pairs(query) if key == "ch"), ())
    except (errors.InvalidParameterError, readers.UnreadableError):
        return ()


def _read(query: str, *, strict: bool) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    seen: dict[str, str] = {}
    ignored: list[str] = []
    # The order of parameters is not signed, so that it must not matter which of two comes last.
    is_once = strict or is_signed(query)
    for key, text in pairs(query):
        row = TABLE.find(key)
        if row is None:
            if strict:
                raise TABLE.unknown(key)
            ignored.append(shown(key))
            continue
        if is_once and row.sets in seen:
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


def pairs(query: str) -> list[tuple[str, str]]:
    """Split a query into decoded names and values. Raises InvalidParameterError."""
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
    said: list[tuple[str, str]] = []
    for path, value in _said_by(spec):
        if path in UNSAID:
            said.append((UNSAID[path], str(value)))
        else:
            row = _WRITERS[path]
            said.append((row.name, row.reader.write(value)))
    return "&".join(f"{name}={quote(text, safe=':,.')}" for name, text in sorted(said))


def _said_by(spec: Spec) -> Iterator[tuple[str, Any]]:
    """Return the fields of a spec that are not as when nothing is said, by their paths."""
    for name, default in _FIELDS.items():
        value = getattr(spec, name)
        if value == default:
            continue
        if name in _GROUPS:
            inner = ((field.name, getattr(value, field.name)) for field in fields(value))
            yield from ((f"{name}.{path}", said) for path, said in inner if said != getattr(default, path))
        else:
            yield name, value


def decode_path(raw: str) -> str:
    """Decode a percent-encoded path; a path that is not UTF-8 is a 400 error."""
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise errors.InvalidParameterError(
            f"the path {shown(raw)} is not UTF-8 once its %XX are decoded: expected UTF-8", param="path"
        ) from None
