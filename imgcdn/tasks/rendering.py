"""What a render worker does: probe a header, carry out a plan."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from imgcdn.engine import probe, render, vips
from imgcdn.model.media import SourceInfo
from imgcdn.model.plan import TransformPlan

Answer = tuple[dict[str, Any], bytes]


def start(_settings_json: str) -> None:
    vips.start()


def probe_source(path: str) -> Answer:
    return asdict(probe.probe(path)), b""


def render_plan(path: str, info: SourceInfo, plan: TransformPlan) -> Answer:
    body, timings = render.render(path, info, plan)
    return {"timings": timings}, body


def describe() -> Answer:
    return {"libvips": vips.version()}, b""


TASKS: Mapping[str, Callable[..., Answer]] = {
    "probe": probe_source,
    "render": render_plan,
    "describe": describe,
}
