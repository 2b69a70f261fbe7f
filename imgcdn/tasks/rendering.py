"""What a render worker does: probe a header, carry out a plan, draw what was decided over a source."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from imgcdn.engine import overlay, probe, render, vips
from imgcdn.model.drawing import Drawing
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.plan import TransformPlan

Answer = tuple[dict[str, Any], bytes]


def start(_settings_json: str) -> None:
    vips.start()


def probe_source(path: str) -> Answer:
    return asdict(probe.probe(path)), b""


def render_plan(path: str, info: SourceInfo, plan: TransformPlan) -> Answer:
    body, timings = render.render(path, info, plan)
    return {"timings": timings}, body


def draw(path: str, info: SourceInfo, drawing: Drawing, output_format: Format) -> Answer:
    return {}, overlay.draw(path, info, drawing, output_format)


def describe() -> Answer:
    return {"libvips": vips.version()}, b""


TASKS: Mapping[str, Callable[..., Answer]] = {
    "probe": probe_source,
    "render": render_plan,
    "draw": draw,
    "describe": describe,
}
