"""`explain=1`: why this crop, as JSON in place of the picture."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from imgcdn.model.analysis import Candidate, Focus, Trial
from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.spec import Ask, Spec
from imgcdn.pipeline.stages import Explanation
from imgcdn.planning import planner
from imgcdn.web import overlaid
from imgcdn.web.coded import coded, quality_of
from imgcdn.web.dressing import dressing
from imgcdn.web.headers import UNKEPT, allowances
from imgcdn.web.played import played
from imgcdn.web.reasons import held, reasons
from imgcdn.web.settings import HttpSettings
from imgcdn.web.treated import treated


def explained(ask: Ask, found: Explanation, settings: HttpSettings) -> Response:
    """Build the answer; it is never cached, for it speaks of this moment."""
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "Accept"}
    headers["cache-status"] = UNKEPT
    headers |= {name.decode(): value.decode() for name, value in allowances(settings)}
    return Response(json.dumps(explanation(ask, found)), 200, headers, media_type="application/json")


def explanation(ask: Ask, found: Explanation) -> dict[str, Any]:
    """Describe every decision, in words first.

    Coordinates are pixels of the source, upright as the URL has it, and points 0-1 of that.
    """
    plan, upright = found.plan, planner.upright_size(ask.spec, found.info)
    size = plan.size
    return {
        "why": [
            *reasons(ask.spec, plan, found.focus, upright, found.seen),
            *played(ask.spec, plan, found.info),
            *treated(ask.spec, plan),
            *dressing(ask.spec, plan, found.seen, upright),
            *overlaid.sentences(ask.spec, found),
            *coded(plan, None if found.kept is None else found.kept.quality),
        ],
        "plan": {
            "w": size.width,
            "h": size.height,
            "fit": _fit(ask.spec),
            "gravity": list(ask.spec.gravity) or ["auto"],
            "rotate": ask.spec.rotate,
            "frames": plan.frames,
        },
        "source": {
            "width": upright.width,
            "height": upright.height,
            "orientation": plan.orientation,
            "digest": f"sha256:{found.source.digest}",
            "bytes": found.source.size,
            "loader": found.info.loader,
            "cached": found.was_at_hand,
        },
        "focus": None if found.focus is None else _focus(found.focus, plan.window, upright),
        "window": _box(plan.window),
        "layers": overlaid.layers(found),
        "faces": None if found.focus is None else _faces(found.focus, plan.window, upright),
        "things": [] if found.focus is None else [_place(one, plan.window, upright) for one in found.focus.things],
        "candidates": [] if found.focus is None else [_candidate(one, upright) for one in found.focus.candidates],
        "output": {
            "format": plan.output.format.value,
            "why": _why_format(ask.spec, found),
            "quality": quality_of(plan, None if found.kept is None else found.kept.quality),
            "bytes": None if found.kept is None else len(found.kept.body),
            "width": size.width,
            "height": size.height,
        },
        "cache": {
            "key": found.key,
            "status": "miss" if found.kept is None else "hit",
            "ttl": int(found.fresh_for_s),
        },
        "ignored": list(ask.delivery.ignored),
        "timing_ms": {stage: round(ms, 2) for stage, ms in found.timings.items()},
    }


def _fit(spec: Spec) -> str:
    if spec.fit is not None:
        return spec.fit.value
    crops = (spec.width is not None and spec.height is not None) or spec.aspect is not None
    return "cover" if crops else "inside"


def _focus(focus: Focus, window: Box, upright: Size) -> dict[str, Any]:
    return {
        "engine": focus.engine,
        "x": round(focus.point.x, 4),
        "y": round(focus.point.y, 4),
        "confidence": None if focus.confidence is None else round(focus.confidence, 3),
        "faces": len(focus.faces),
        "tried": [_trial(trial, focus, window, upright) for trial in focus.tried],
    }


def _trial(trial: Trial, focus: Focus, window: Box, upright: Size) -> dict[str, Any]:
    told: dict[str, Any] = {"engine": trial.engine, "result": trial.outcome}
    if trial.took_ms is not None:
        told["ms"] = round(trial.took_ms, 1)
    if trial.faces is not None:
        told["faces"] = trial.faces
        if trial is focus.tried[-1] and focus.faces:
            told["kept"] = sum(held(face, window, upright) == "whole" for face in focus.faces)
    if trial.weighed is not None:
        told["weighed"] = trial.weighed
    if trial.matches:
        told["matches"] = [asdict(match) for match in trial.matches]
    return told


def _faces(focus: Focus, window: Box, upright: Size) -> list[dict[str, Any]] | None:
    """Describe each face that somebody knew of, the surest first; None when nobody looked for faces."""
    seen = next((trial.seen for trial in reversed(focus.tried) if trial.seen is not None), None)
    if seen is None:
        return None
    among = [*seen, *(face for face in focus.faces if face not in seen)]
    return [
        {**_place(face, window, upright), "decided": face in focus.faces}
        for face in sorted(among, key=lambda face: -face.score)
    ]


def _place(found: Region, window: Box, upright: Size) -> dict[str, Any]:
    box = _pixels(found, upright)
    return {
        "x": box.left,
        "y": box.top,
        "width": box.width,
        "height": box.height,
        "confidence": round(found.score, 3),
        "held": held(found, window, upright),
    }


def _box(box: Box) -> Mapping[str, int]:
    return {"left": box.left, "top": box.top, "width": box.width, "height": box.height}


def _candidate(candidate: Candidate, upright: Size) -> dict[str, Any]:
    return {
        "window": _box(_pixels(candidate.window, upright)),
        "score": round(candidate.score, 4),
        "kept": None if candidate.kept is None else round(candidate.kept, 4),
        "parts": {name: round(part, 4) for name, part in candidate.parts.items()},
    }


def _pixels(region: Region, upright: Size) -> Box:
    return Box(
        round(region.x * upright.width),
        round(region.y * upright.height),
        max(1, round(region.width * upright.width)),
        max(1, round(region.height * upright.height)),
    )


def _why_format(spec: Spec, found: Explanation) -> str:
    if spec.format is not None:
        return "the URL names it"
    form = found.plan.output.format.value
    if found.accepted == form:
        return f"Accept lists image/{form}"
    if found.plan.output.format is spec.format_else:
        return "the URL names it for who gets no other"
    if found.plan.frames > 1:
        return "the source is animated"
    return "the source has transparency" if form == "png" else "Accept lists no modern format that is offered"
