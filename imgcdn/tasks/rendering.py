"""What a render worker does: probe a header, find a border, carry out a plan, draw what was decided over a source."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from imgcdn.engine import bitmaps, fonts, overlay, probe, render, trim, vips
from imgcdn.engine.settings import TextSettings
from imgcdn.model.drawing import Drawing
from imgcdn.model.geometry import Box
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.trimming import Trimming
from imgcdn.tasks import telling

Answer = tuple[dict[str, Any], bytes]


_texts: list[TextSettings] = [TextSettings()]
"""What the engine was told of texts: one record, replaced on the start of the process."""


def start(settings_json: str) -> None:
    vips.start()
    if settings_json:
        _texts[0] = TextSettings.model_validate_json(settings_json)
    fonts.configure(_texts[0])


def probe_source(path: str, page: int = 0) -> Answer:
    return asdict(probe.probe(path, page)), b""


def find_trim(path: str, info: SourceInfo, region: Box, trimming: Trimming) -> Answer:
    return asdict(trim.find(path, info, region, trimming)), b""


def render_plan(
    path: str, info: SourceInfo, plan: TransformPlan, pictures: Sequence[tuple[str, SourceInfo]] = ()
) -> Answer:
    body, timings, chosen = render.render(path, info, plan, pictures)
    return {"timings": timings, "chosen": None if chosen is None else asdict(chosen)}, body


def tell(
    path: str,
    info: SourceInfo,
    plan: TransformPlan,
    pictures: Sequence[tuple[str, SourceInfo]],
    digest: str,
    size: int,
) -> Answer:
    return {}, telling.tell(path, info, plan, pictures, digest, size)


def draw(path: str, info: SourceInfo, drawing: Drawing, output_format: Format) -> Answer:
    return {}, overlay.draw(path, info, drawing, output_format)


def list_fonts() -> Answer:
    return asdict(fonts.examine(_texts[0])), b""


def rewrite_bitmap(path: str) -> Answer:
    return {}, bitmaps.to_png(path)


def describe() -> Answer:
    return {"libvips": vips.version()}, b""


TASKS: Mapping[str, Callable[..., Answer]] = {
    "probe": probe_source,
    "trim": find_trim,
    "render": render_plan,
    "tell": tell,
    "draw": draw,
    "bitmap": rewrite_bitmap,
    "describe": describe,
    "fonts": list_fonts,
}
