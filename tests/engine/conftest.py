"""One way to render in this process: parse, probe, plan and render, with no cache and no workers between."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import painting
import pytest
from measuring import Pixels, pixels_of
from PIL import Image

from imgcdn.dialects import native
from imgcdn.engine import probe, trim, vips
from imgcdn.engine.render import render as carry_out
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Box, Point, Region
from imgcdn.model.media import SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.seen import Seen
from imgcdn.model.spec import Spec
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


def _trimmed(path: Path, info: SourceInfo, spec: Spec) -> Box | None:
    if spec.trim.mode is None:
        return None
    region = planner.region_of(spec, planner.upright_size(spec, info))
    turned = replace(info, orientation=planner.orientation_of(spec, info))
    return trim.find(str(path), turned, region, spec.trim)


@pytest.fixture(scope="session")
def render() -> Callable[..., Rendered]:
    """Render a file by a query; PNG unless the query says otherwise. The focus is the centre unless `fp` says it.

    `faces` are those that are to be hidden, `pictures` those that the query lays over it.
    """

    def make(
        path: Path,
        query: str = "",
        *,
        encoding: Encoding | None = None,
        faces: tuple[Region, ...] = (),
        pictures: tuple[Path, ...] = (),
    ) -> Rendered:
        spec = native.parse("test", "x", query if "format=" in query else f"{query}&format=png".lstrip("&")).spec
        info = probe.probe(str(path))
        limits.refuse(info, Limits())
        focus = Focus(spec.focal_point or Point(0.5, 0.5), "fp")
        chosen = negotiate.choose(spec, "base", info)
        layers = tuple(probe.probe(str(picture)) for picture in pictures)
        seen = Seen(_trimmed(path, info, spec), faces, layers)
        plan = planner.plan(spec, info, focus, chosen, Limits(), encoding or Encoding(), seen=seen)
        body, _, _ = carry_out(str(path), info, plan, tuple(zip(map(str, pictures), layers, strict=True)))
        made = Rendered(body, plan, info)
        assert made.image.size == (plan.size.width, plan.size.height)
        return made

    return make


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos as the frames of an animation."""
    path = tmp_path_factory.mktemp("film") / "photos.webp"
    first, *rest = (painting.sample(name).resize((120, 80)) for name in ("coffee.png", "chelsea.png", "astronaut.png"))
    first.save(path, save_all=True, append_images=rest, duration=100, lossless=True)
    return path
