"""A delivery URL of Cloudinary in, an `Ask` out: its components folded, one after the other, into one spec."""

from collections.abc import Mapping
from typing import Any

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.cloudinary import address, chaining, component, finishing, gravities, layers, step, turning
from imgcdn.dialects.cloudinary.address import Address
from imgcdn.dialects.cloudinary.component import Component
from imgcdn.dialects.cloudinary.draft import Draft
from imgcdn.dialects.cloudinary.gravities import Sees
from imgcdn.dialects.cloudinary.rows.output import FORMATS, UNWRITTEN
from imgcdn.dialects.parameters import shown
from imgcdn.model.spec import Ask, Delivery, Hint, SourceRef

_EXPLAIN = frozenset({"1", "true", "yes", "on", ""})
_URL = ("http:/", "https:/")


def parse(
    mount: str,
    path: str,
    query: str,
    presets: Mapping[str, str] | None = None,
    *,
    strict: bool = True,
    is_proxy: bool = True,
    sees: Sees = gravities.sees_people,
) -> Ask:
    """Understand the decoded path behind a mount; of the query only `explain` counts.

    Raises 400 errors for a transformation that cannot be made, and NotFoundError for what is no delivery URL. A mount
    that is not strict leaves out and lists what is known but not supported. `sees` tells what the server can find by
    its name; `is_proxy` whether the mount takes whole URLs.
    """
    found = address.split(path)
    if found.kind == "fetch" and not is_proxy:
        raise errors.NotFoundError(
            "this mount is no proxy, so it has nothing behind /image/fetch/: expected /image/upload/..., "
            'or a mount with origin = "proxy"'
        )
    if found.kind == "fetch" and not found.source.lower().startswith(_URL):
        raise errors.InvalidParameterError(
            f"{shown(found.source)} is no URL: expected http:// or https:// behind /image/fetch/", param="path"
        )
    ignored: list[str] = []
    components = [component.read(text, strict=strict, ignored=ignored, sees=sees) for text in found.components]
    draft = Draft()
    fold(draft, components, mount)
    fields = finishing.finished(draft, components)
    named = finishing.preset(components, presets or {})
    _choose_format(fields, named, found, ignored if not strict else None)
    # Saying the default aloud asks for the same picture, so it must get the same name.
    said = {name: value for name, value in (named | fields).items() if value not in (None, ("auto",))}
    delivery = Delivery(
        download=finishing.download(components),
        version=found.version,
        is_explained=_is_explained(query),
        hints=_hints(components),
        ignored=tuple(dict.fromkeys(ignored)),
    )
    return Ask(SourceRef(mount, found.source), native.spec_of(said), delivery)


def fold(draft: Draft, components: list[Component], mount: str) -> None:
    """Apply components one after the other. Raises ConflictingParametersError where they make no single plan."""
    at = 0
    while at < len(components):
        one = components[at]
        if one.has("l"):
            end = layers.ends(components, at)
            layers.apply(draft, components[at:end], mount)
            at = end
            continue
        if "layer_apply" in one.flags:
            raise errors.ConflictingParametersError(
                f"the component {shown(one.text)} ends a layer, but none was begun: expected l_ before it",
                param="transformation",
            )
        finishing.trim(draft, one)
        said = step.read(one)
        if said is not None:
            chaining.apply(draft, said)
        finishing.effects(draft, one)
        turning.apply(draft, one)
        finishing.washes(draft, one)
        finishing.edges(draft, one)
        at += 1


def _choose_format(fields: dict[str, Any], named: Mapping[str, Any], found: Address, ignored: list[str] | None) -> None:
    """Let the extension say the format where nothing else does; without one it is the source's own.

    One that is not written is refused, or listed where that may be.
    """
    if "format" in fields or fields.get("is_negotiated"):
        return
    fields["is_negotiated"] = False
    stem, dot, extension = found.source.rpartition(".")
    if found.kind == "fetch" or not dot or not stem or "/" in extension:
        return
    fields["format"] = FORMATS.get(extension.lower())
    if extension.lower() not in UNWRITTEN or "format" in named:
        return
    if ignored is None:
        raise errors.InvalidParameterError(
            f".{extension} at the end of {shown(found.source)} cannot be used, for that format is not written here: "
            f"expected f_auto, or one of {', '.join(FORMATS)}",
            param="path",
        )
    ignored.append(f".{extension}")


def _hints(components: list[Component]) -> tuple[Hint, ...]:
    has_width = any((one.get("w") or "").partition(":")[0] == "auto" for one in components)
    has_ratio = any(one.get("dpr") == "auto" for one in components)
    return (*((Hint.WIDTH,) if has_width else ()), *((Hint.DPR,) if has_ratio else ()))


def _is_explained(query: str) -> bool:
    return any(key == "explain" and value.lower() in _EXPLAIN for key, value in native.pairs(query))
