"""A URL of imgix in, an `Ask` out. What imgix ignores is ignored here, and listed."""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.imgix import fitting, joining, table
from imgcdn.dialects.imgix.row import Row, Status
from imgcdn.dialects.parameters import shown
from imgcdn.dialects.readers import UnreadableError
from imgcdn.model.spec import Ask, Delivery, SourceRef

_BASE64 = re.compile(r"[A-Za-z0-9_-]*={0,2}", re.ASCII)


def parse(mount: str, path: str, query: str, presets: Mapping[str, str] | None = None, *, strict: bool = False) -> Ask:
    """Understand the decoded path behind a mount and the raw query string.

    Raises InvalidParameterError for base64 that is none; a strict mount refuses whatever a lenient one ignores.
    `presets` are not of imgix.
    """
    _ = presets
    said, ignored = _read(query, strict=strict)
    ignored += unused(said)
    settings = chain(
        _alone(said),
        fitting.fit(said),
        fitting.ground(said),
        joining.output(said),
        joining.turns(said),
        joining.trimming(said),
        joining.noise(said),
        joining.edges(said),
        joining.layers(said, mount),
        joining.text(said),
    )
    fields = dict(settings)
    joining.enhanced(fields, said)
    if said.get("faces"):
        fields["listing.has_faces"] = True
    kept = {field: value for field, value in fields.items() if value is not None}
    delivery = Delivery(**joining.delivery(said), ignored=tuple(dict.fromkeys(ignored)))
    return Ask(SourceRef(mount, path), native.spec_of(kept), delivery)


def unused(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what can be read, but counts only beside something that is not said."""
    return (*fitting.unused(said), *joining.unused(said))


def _alone(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in said.items():
        field = table.ALONE.get(name)
        if field is not None:
            yield field, value


def _read(query: str, *, strict: bool) -> tuple[dict[str, Any], list[str]]:
    """Return the values by the rows' names, of repeated ones the last, and what is ignored, as it is spelt."""
    said: dict[str, Any] = {}
    ignored: list[str] = []
    for key, given in native.pairs(query):
        row, text = table.find(key), given
        if row is None:
            row = table.find_encoded(key)
            text = given if row is None else decoded(key, given)
        if row is None or row.status is Status.UNSUPPORTED:
            if strict:
                raise errors.UnknownParameterError(
                    f"{shown(key)} is no parameter that is supported here: expected one of those of imgix",
                    param=shown(key),
                )
            ignored += (shown(key),) if key else ()
            continue
        try:
            value = row.argument.read(text)
        except UnreadableError:
            if strict:
                raise _bad(row, text) from None
            ignored.append(shown(key))
            continue
        said[row.name] = (*said.get("auto", ()), *value) if row.name == "auto" else value
    return said, ignored


def _bad(row: Row, text: str) -> errors.InvalidParameterError:
    return errors.InvalidParameterError(
        f"{row.name}={shown(text)} cannot be used: expected {row.argument.expects}", param=row.name
    )


def decoded(key: str, text: str) -> str:
    """Decode base64url, with or without its padding. Raises InvalidBase64Error."""
    bare = text.rstrip("=")
    try:
        if not _BASE64.fullmatch(text):
            raise ValueError
        return b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise errors.InvalidBase64Error(
            f"{key}={shown(text)} is not base64url of UTF-8: expected letters, digits, - and _", param=key
        ) from None
