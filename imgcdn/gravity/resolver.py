"""The chain of gravities: each engine is asked in turn until one finds what must stay in the frame."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from imgcdn.gravity import choosing, detecting
from imgcdn.gravity.asking import (
    Asking,
    Looking,
    Wanted,
    ask_auto,
    ask_edges,
    ask_faces,
    ask_point,
    ask_smart,
    ask_subject,
    ask_things,
    seen_faces,
)
from imgcdn.gravity.detecting import Meanings
from imgcdn.gravity.suggesting import suggest
from imgcdn.model.analysis import Focus, Look, Match, Override, Suggestion, Trial
from imgcdn.model.drawing import Heat
from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.spec import COMPASS, POINT, Spec

_CHAINS: dict[str, tuple[str, ...]] = {
    "auto": ("auto", "attention"),
    "smart": ("smart", "attention"),
    "face": ("face", "smart", "attention"),
    "faces": ("faces", "smart", "attention"),
    "entropy": ("entropy",),
    "attention": ("attention",),
    "edges": ("edges",),
    "subject": ("subject", "smart", "attention"),
}
"""What each gravity falls to; `center` ends every chain."""
_ASKING: Mapping[str, Asking] = {
    "auto": ask_auto,
    "face": ask_faces,
    "faces": ask_faces,
    "smart": ask_smart,
    "attention": ask_point,
    "entropy": ask_point,
    "edges": ask_edges,
    "subject": ask_subject,
}
_LOOKS: Mapping[str, frozenset[str]] = {
    "auto": frozenset({"auto", "face"}),
    "smart": frozenset({"smart", "auto", "face"}),
    "face": frozenset({"face"}),
    "faces": frozenset({"face"}),
    "subject": frozenset({"subject", "objects", "auto", "face"}),
}
"""Which engines a gravity asks; the others ask the one of their name."""


def chain(spec: Spec) -> tuple[str, ...]:
    """List the gravities to ask in order. A list in the URL is the caller's own; a single one has its chain."""
    if len(spec.gravity) > 1:
        return spec.gravity
    only = spec.gravity[0] if spec.gravity else "auto"
    return (only, *_CHAINS["smart"]) if _is_things(only) else _CHAINS.get(only, (only,))


def engines(spec: Spec, meanings: Meanings = detecting.NO_MEANINGS) -> frozenset[str]:
    """Name the engines whose version may change the crop: none when the crop is arithmetic alone."""
    if _is_pointed(spec):
        return frozenset()
    asked = takewhile(lambda name: name not in COMPASS and name != POINT, chain(spec))
    return frozenset(look for name in asked for look in _looks(name, meanings))


def _is_pointed(spec: Spec) -> bool:
    """Whether the focal point alone decides: it is no part of a list."""
    return spec.focal_point is not None and POINT not in spec.gravity


def _looks(name: str, meanings: Meanings) -> frozenset[str]:
    if _is_things(name):
        return detecting.engines(name.removeprefix("obj:").split("+"), meanings) | {"subject"} | _LOOKS["auto"]
    return _LOOKS.get(name, frozenset({name}))


def _is_things(name: str) -> bool:
    return name.startswith("obj:")


class ChainResolver:
    """Resolves a spec to a focus; looking itself is handed in, so that findings can be kept and shared."""

    def __init__(self, meanings: Meanings = detecting.NO_MEANINGS) -> None:
        self._meanings = meanings

    def engines(self, spec: Spec) -> frozenset[str]:
        return engines(spec, self._meanings)

    async def focus(
        self,
        spec: Spec,
        region: Box,
        upright: Size,
        aspect: float,
        look: Looking,
        override: Override | None = None,
    ) -> Focus:
        """Return the focus for a window of `aspect` inside `region` (px of the upright source)."""
        wanted = Wanted(spec, region, upright, aspect)
        if spec.focal_point is not None and _is_pointed(spec):
            return Focus(wanted.whole(spec.focal_point), POINT)
        tried: list[Trial] = []
        is_final = True
        for name in (*chain(spec), "center"):
            if name == POINT:
                return Focus(
                    wanted.whole(spec.focal_point or COMPASS["center"]), POINT, tried=tuple(tried), is_final=is_final
                )
            if name in COMPASS:
                return Focus(wanted.whole(COMPASS[name]), name, tried=tuple(tried), is_final=is_final)
            if override is not None:
                tried.append(Trial("override", "used"))
                return Focus(override.point, "override", 1.0, tried=tuple(tried))
            if not tried:
                tried.append(Trial("override", "none"))
            if _is_things(name):
                reply = await ask_things(name, wanted, look, self._meanings)
            else:
                reply = await _ASKING[name](name, wanted, look)
            is_final = is_final and reply.is_final
            tried.append(reply.trial)
            if reply.focus is not None:
                return replace(reply.focus, tried=tuple(tried), is_final=is_final)
        raise AssertionError("every chain ends with center")

    async def suggest(self, upright: Size, look: Looking, override: Override | None) -> Suggestion:
        """Name the one point that matters most, whatever the shape."""
        return await suggest(upright, look, override)

    async def matching(self, hints: Sequence[str], look: Looking) -> tuple[Match, ...]:
        """Tell what in the picture each of the hints was taken for, those left out of which there is nothing."""
        found = await detecting.detect(hints, look, meanings=self._meanings)
        return tuple(match for hint in dict.fromkeys(hints) for match in found.matches if match.hint == hint)

    async def heat(self, spec: Spec, look: Looking) -> tuple[Heat | None, tuple[Region, ...]]:
        """Return the map over which windows are weighed, and the faces in it; None when nobody could look."""
        seen = await look(Look("face", orientation=spec.orientation))
        finding = await look(Look("auto", orientation=spec.orientation))
        found = finding.importance
        if found is None:
            return None, seen.faces
        cells = b64encode(choosing.heat(found, seen_faces(seen))).decode()
        return Heat(found.width, found.height, cells), seen.faces
