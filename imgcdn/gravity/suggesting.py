"""The one point of a source that matters most, for those who keep a point and not a crop."""

from imgcdn.gravity import choosing
from imgcdn.gravity.asking import Looking, most_confident, seen_faces
from imgcdn.model.analysis import Look, Override, Suggestion
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.spec import COMPASS
from imgcdn.planning.crop import around, window_size

_SURE = 0.5
"""Faces from this score on are what `gravity=face` would keep by default."""

_LEAST = 0.02
"""With less confidence nothing stands out, and the point would be that of noise."""


async def suggest(upright: Size, look: Looking, override: Override | None) -> Suggestion:
    """Return the override, else the most confident face, else where most of what stands out lies, else the middle."""
    seen = await look(Look("face"))
    finding = await look(Look("auto"))
    faces = tuple(sorted((face for face in seen.faces if face.score >= _SURE), key=lambda face: -face.score))
    is_final = (seen.is_available or not seen.is_installed) and finding.is_available
    point, confidence, source = COMPASS["center"], 0.0, "center"
    window: Region | None = None
    if finding.importance is not None:
        hints = seen_faces(seen)
        window = choosing.choose(finding.importance, hints, 1.0)[0].window
        confidence = choosing.confidence(finding.importance, hints)
        if confidence < _LEAST:
            confidence = 0.0
        else:
            point, source = choosing.focal_point(finding.importance, hints), "smart-crop"
    if faces:
        best = most_confident(faces)
        point, confidence, source = best.centre, best.score, "face"
    if override is not None:
        point, confidence, source, window = override.point, 1.0, "override", None
    return Suggestion(point, confidence, source, window or _square(point, upright), faces, is_final)


def _square(point: Point, upright: Size) -> Region:
    box = around(point, window_size(upright, 1.0, 1.0), Box(0, 0, upright.width, upright.height))
    return Region(
        box.left / upright.width,
        box.top / upright.height,
        box.width / upright.width,
        box.height / upright.height,
        1.0,
    )
