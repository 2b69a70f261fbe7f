"""One way to render in this process: parse, probe, plan and render, with no cache and no workers between."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from measuring import Pixels, pixels_of
from PIL import Image

from imgcdn.dialects import native
from imgcdn.engine import probe, vips
from imgcdn.engine.render import render as carry_out
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point
from imgcdn.model.media import SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.planning import limits, negotiate, planner
from imgcdn.planning.settings import Encoding, Limits


@dataclass(frozen=True)
class Rendered:
    body: bytes
    plan: TransformPlan
    info: SourceInfo

    @property
    def image(self) -> Image.Image:
        image = Image.open(io.BytesIO(self.body))
        image.load()
        return image

    @property
    def pixels(self) -> Pixels:
        return pixels_of(self.image)


@pytest.fixture(scope="session", autouse=True)
def _vips() -> None:
    """Set libvips up as a render worker does."""
    vips.start()


@pytest.fixture(scope="session")
def render() -> Callable[..., Rendered]:
    """Render a file by a query; PNG unless the query says otherwise. The focus is the centre unless `fp` says it."""

    def make(path: Path, query: str = "", *, encoding: Encoding | None = None) -> Rendered:
        spec = native.parse("test", "x", query if "format=" in query else f"{query}&format=png".lstrip("&")).spec
        info = probe.probe(str(path))
        limits.refuse(info, Limits())
        focus = Focus(spec.focal_point or Point(0.5, 0.5), "fp")
        chosen = negotiate.choose(spec, "base", info)
        plan = planner.plan(spec, info, focus, chosen, Limits(), encoding or Encoding())
        body, _ = carry_out(str(path), info, plan)
        made = Rendered(body, plan, info)
        assert made.image.size == (plan.size.width, plan.size.height)
        return made

    return make
