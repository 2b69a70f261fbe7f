"""Everything between a source and the first decoded pixel, the same for pictures of URLs and of uploads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from imgcdn.model.analysis import Focus, Override
from imgcdn.model.media import Bucket, Source, SourceInfo
from imgcdn.model.overlays import Fonts
from imgcdn.model.plan import TransformPlan
from imgcdn.model.seen import Seen
from imgcdn.model.spec import SourceRef, Spec
from imgcdn.pipeline.lap import Lap
from imgcdn.pipeline.layers import Laid, Layers
from imgcdn.pipeline.ports import Ports
from imgcdn.pipeline.sight import Sight
from imgcdn.planning import captions, negotiate, planner, playing
from imgcdn.planning.settings import Encoding, Limits


@dataclass(frozen=True, slots=True)
class Decision:
    """What the header says, what was seen, what must stay in the frame, and the plan that follows."""

    info: SourceInfo
    seen: Seen
    focus: Focus | None
    plan: TransformPlan


class Deciding:
    """Probe, refuse, focus, plan: in this order."""

    def __init__(
        self, ports: Ports, sight: Sight, layers: Layers, limits: Limits, encoding: Encoding, fonts: Fonts
    ) -> None:
        self._ports = ports
        self._sight = sight
        self._layers = layers
        self._limits = limits
        self._encoding = encoding
        self._fonts = fonts

    async def decide(
        self,
        spec: Spec,
        ref: SourceRef | None,
        source: Source,
        bucket: Bucket,
        override: Override | None,
        timings: dict[str, float],
        *,
        laid: Sequence[Laid] = (),
        has_time: bool = False,
    ) -> Decision:
        """Decide. `ref` is None for bytes that have no path. Raises the 4xx errors of sources and specs."""
        captions.refuse(spec, self._fonts)
        with Lap(self._ports.stopwatch, timings, "probe"):
            info = await self._sight.probe(source, playing.page_of(spec))
            playing.refuse(spec, info)
            headers = await self._layers.probe(laid)
        with Lap(self._ports.stopwatch, timings, "focus"):
            seen = replace(await self._sight.see(spec, ref, source, info), layers=headers)
            focus = await self._sight.focus(spec, ref, source, info, override, seen)
        chosen = negotiate.choose(spec, bucket, info)
        plan = planner.plan(spec, info, focus, chosen, self._limits, self._encoding, seen=seen, has_time=has_time)
        if focus is not None:
            upright = planner.upright_size(spec, info)
            focus = planner.settled(planner.pointed(focus, spec, upright, seen), plan.window, upright)
        return Decision(info, seen, focus, plan)
