"""The chain of gravities: each engine is asked in turn until one finds what must stay in the frame."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import takewhile
from math import log2

from imgcdn.gravity import choosing
from imgcdn.model.analysis import Finding, Focus, Look, Trial
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.spec import COMPASS, Spec

Looking = Callable[[Look], Awaitable[Finding]]

_CHAINS: dict[str, tuple[str, ...]] = {
    "auto": ("auto", "attention"),
    "smart": ("smart", "attention"),
    "face": ("face", "smart", "attention"),
    "faces": ("faces", "smart", "attention"),
    "entropy": ("entropy",),
    "attention": ("attention",),
    "subject": ("smart", "attention"),
}
"""What each gravity falls to; `center` ends every chain."""
_FACES = frozenset({"face", "faces"})
_MOST_CANDIDATES = 3
_SEEN = 0.2
"""Faces of a lower score are no evidence, not even weak."""


def chain(spec: Spec) -> tuple[str, ...]:
    """List the engines to ask in order. A list in the URL is the caller's own order; a single gravity has its chain."""
    if len(spec.gravity) > 1:
        return spec.gravity
    only = spec.gravity[0] if spec.gravity else "auto"
    return _CHAINS.get(only, _CHAINS["subject"] if only.startswith("obj:") else (only,))


def engines(spec: Spec) -> frozenset[str]:
    """Name the engines whose version may change the crop: none when the crop is arithmetic alone."""
    if spec.focal_point is not None:
        return frozenset()
    asked = takewhile(lambda name: name not in COMPASS, chain(spec))
    named = {_engine(name) for name in asked if not _needs_detector(name)}
    return frozenset(named | {"face"} if "auto" in named else named)


def _engine(name: str) -> str:
    """Which engine answers for a gravity."""
    return "face" if name in _FACES else name


def _needs_detector(name: str) -> bool:
    return name == "subject" or name.startswith("obj:")


class ChainResolver:
    """Resolves a spec to a focus; looking itself is handed in, so that findings can be kept and shared."""

    def engines(self, spec: Spec) -> frozenset[str]:
        return engines(spec)

    async def focus(self, spec: Spec, region: Box, upright: Size, aspect: float, look: Looking) -> Focus:
        """Return the focus for a window of `aspect` inside `region` (px of the upright source)."""
        if spec.focal_point is not None:
            return _focus(spec.focal_point, "fp", region, upright)
        tried: list[Trial] = []
        is_final = True
        for name in chain(spec):
            if name in COMPASS:
                return _focus(COMPASS[name], name, region, upright, tried=tuple(tried), is_final=is_final)
            if _needs_detector(name):
                tried.append(Trial(name, "no object detector is installed"))
                continue
            engine = _engine(name)
            if name == "auto":
                focus, was_final = await self._auto(spec, region, upright, aspect, look)
                is_final = is_final and was_final
                if focus is not None:
                    tried.append(Trial(name, "used"))
                    return replace(focus, tried=tuple(tried), is_final=is_final)
                tried.append(Trial(name, "could not look"))
                continue
            if engine == "face":
                question = Look(engine, orientation=spec.orientation)
            else:
                rounded = _coarse(aspect) if engine == "attention" else _rounded(aspect)
                question = Look(engine, rounded, _part(region, upright), spec.orientation)
            finding = await look(question)
            is_final = is_final and finding.is_available
            focus = _faces(spec, name, finding, region, upright) if name in _FACES else None
            if focus is None and finding.point is not None:
                focus = _focus(finding.point, question.engine, region, upright, confidence=finding.confidence)
            if focus is not None:
                tried.append(Trial(name, "used"))
                return replace(focus, tried=tuple(tried), is_final=is_final)
            tried.append(Trial(name, finding.why or "found nothing"))
        return _focus(COMPASS["center"], "center", region, upright, tried=tuple(tried), is_final=is_final)

    async def _auto(
        self, spec: Spec, region: Box, upright: Size, aspect: float, look: Looking
    ) -> tuple[Focus | None, bool]:
        """Weigh the windows over the picture's importance map, faces included; None when nobody could look.

        A server without face models still has its best answer here, so the second value is False only when an engine
        failed that is there.
        """
        seen = await look(Look("face", orientation=spec.orientation))
        finding = await look(Look("auto", orientation=spec.orientation))
        is_final = (seen.is_available or not seen.is_installed) and finding.is_available
        if finding.importance is None:
            return None, is_final
        faces = tuple(face for face in seen.faces if face.score >= _SEEN)
        candidates = choosing.choose(finding.importance, faces, aspect, _part(region, upright), _MOST_CANDIDATES)
        confidence = choosing.confidence(finding.importance, faces)
        best = candidates[0].window
        return Focus(best.centre, "auto", confidence, candidates=candidates), is_final


def _focus(
    point: Point,
    engine: str,
    region: Box,
    upright: Size,
    *,
    confidence: float | None = None,
    tried: tuple[Trial, ...] = (),
    is_final: bool = True,
) -> Focus:
    """Turn a point of the region into a focus on the upright source."""
    x = (region.left + point.x * region.width) / upright.width
    y = (region.top + point.y * region.height) / upright.height
    return Focus(Point(x, y), engine, confidence, tried=tried, is_final=is_final)


def _faces(spec: Spec, name: str, finding: Finding, region: Box, upright: Size) -> Focus | None:
    """Choose among the faces in the region: all of them, or the one asked for; None when there is none."""
    left, right = region.left / upright.width, region.right / upright.width
    top, bottom = region.top / upright.height, region.bottom / upright.height
    usable = [
        face
        for face in finding.faces
        if 0 < face.score >= spec.face_min and left <= face.centre.x <= right and top <= face.centre.y <= bottom
    ]
    if not usable:
        return None
    by_size = sorted(usable, key=lambda face: -face.area)
    if spec.face_index is not None and spec.face_index <= len(by_size):
        chosen = [by_size[spec.face_index - 1]]
    elif name == "face":
        chosen = [max(usable, key=lambda face: (face.score**2 * face.area**0.5, face.area))]
    else:
        chosen = by_size
    weight = sum(face.area * face.score for face in chosen)
    x = sum(face.centre.x * face.area * face.score for face in chosen) / weight
    y = sum(face.centre.y * face.area * face.score for face in chosen) / weight
    return Focus(Point(x, y), name, max(face.score for face in chosen), tuple(chosen))


def _rounded(aspect: float) -> float:
    """Round an aspect so that sizes of one ratio, a pixel apart, share one look."""
    return float(f"{aspect:.3g}") if aspect < 1 else 1 / float(f"{1 / aspect:.3g}")


def _coarse(aspect: float) -> float:
    """Round an aspect to a power of √2: the attention point hardly depends on it, so a few looks serve every shape."""
    return round(2 ** (round(2 * log2(aspect)) / 2), 4)


def _part(region: Box, upright: Size) -> Region | None:
    if region.size == upright:
        return None
    return Region(
        round(region.left / upright.width, 4),
        round(region.top / upright.height, 4),
        round(region.width / upright.width, 4),
        round(region.height / upright.height, 4),
        1.0,
    )
