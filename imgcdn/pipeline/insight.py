"""What a source is about, for those who ask for it in words: its analysis, and crops of several shapes."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from imgcdn import errors
from imgcdn.model.analysis import Analysis, Cropping, Finding, Focus, Look, Match
from imgcdn.model.geometry import Box
from imgcdn.model.media import Format, Source, SourceInfo
from imgcdn.model.spec import SourceRef, Spec
from imgcdn.pipeline.ports import Ports
from imgcdn.pipeline.sight import Sight
from imgcdn.pipeline.sources import Sources, retried
from imgcdn.planning import crop, planner
from imgcdn.planning.settings import Encoding, Limits


class Insight:
    """The questions of the analyze, crops and focus APIs, answered by the same sight as every picture."""

    def __init__(self, ports: Ports, sources: Sources, sight: Sight, limits: Limits, encoding: Encoding) -> None:
        self._ports = ports
        self._sources = sources
        self._sight = sight
        self._limits = limits
        self._encoding = encoding

    async def find(self, ref: SourceRef) -> Source:
        """Return the source at a path. Raises the errors of origins."""
        return (await self._sources.refer(ref)).source

    async def probe(self, source: Source) -> SourceInfo:
        """Read the header of a picture. Raises the 413, 415 and 422 errors of what cannot be used as one."""
        return await self._sight.probe(source)

    async def analyse(self, picture: SourceRef | Source, *, anew: bool = False) -> Analysis:
        """Return what is known of a picture, looking at it if nobody has. Raises the errors of sources."""
        return await retried(lambda: self._analyse(picture, anew=anew))

    async def _analyse(self, picture: SourceRef | Source, *, anew: bool) -> Analysis:
        ref, source = await self._named(picture)
        info = await self._sight.probe(source)
        look = self._sight.looking(ref, source, anew=anew)
        found: dict[str, Finding] = {}
        looked = False

        async def noted(question: Look) -> Finding:
            nonlocal looked
            # One question is asked once, also when it is to be answered anew.
            if question.engine not in found:
                is_kept = not anew and self._ports.analyses.get(source.digest, question) is not None
                finding = found[question.engine] = await look(question)
                # An engine that is not there did not look, and will not the next time.
                looked = looked or (finding.is_available and not is_kept)
            return found[question.engine]

        colours = await noted(Look("palette"))
        if colours.error:  # whoever cannot even see colours sees nothing: a picture without a subject is another thing
            raise errors.from_code(colours.error, colours.why)
        suggestion = await self._sight.suggest(source, info, noted)
        times = [finding.made_at for finding in found.values() if finding.made_at is not None]
        return Analysis(
            digest=source.digest,
            size=info.upright,
            suggestion=suggestion,
            palette=colours.palette,
            engines={name: self._sight.state(name) for name in sorted(found)},
            made_at=max(times, default=None),
            is_cached=not looked,
        )

    async def matching(self, ref: SourceRef, hints: Sequence[str]) -> tuple[Match, ...]:
        """Tell what in a picture each hint was taken for: nothing where an art director's word decides instead."""
        source = await self.find(ref)
        if not hints or self._ports.overrides.get(source.digest) is not None:
            return ()
        return await self._ports.resolver.matching(hints, self._sight.looking(ref, source))

    async def crops(
        self, ref: SourceRef, ratios: Sequence[Fraction], gravity: tuple[str, ...], most: int
    ) -> dict[Fraction, list[Cropping]]:
        """Return up to `most` windows for each aspect ratio, best first. Raises the errors of sources."""
        return await retried(lambda: self._crops(ref, ratios, gravity, most))

    async def _crops(
        self, ref: SourceRef, ratios: Sequence[Fraction], gravity: tuple[str, ...], most: int
    ) -> dict[Fraction, list[Cropping]]:
        source = await self.find(ref)
        info = await self._sight.probe(source)
        return {ratio: await self._croppings(ref, source, info, ratio, gravity, most) for ratio in ratios}

    async def _named(self, picture: SourceRef | Source) -> tuple[SourceRef | None, Source]:
        """Return where a picture is, None for bytes without a path, and its bytes."""
        return (None, picture) if isinstance(picture, Source) else (picture, await self.find(picture))

    async def _croppings(
        self,
        ref: SourceRef,
        source: Source,
        info: SourceInfo,
        ratio: Fraction,
        gravity: tuple[str, ...],
        most: int,
    ) -> list[Cropping]:
        spec = Spec(aspect=ratio, gravity=gravity)
        focus = await self._sight.focus(spec, ref, source, info, self._sight.override(spec, source))
        if focus is None:  # the picture has this shape already: nothing is cut, but it may still be about nothing
            whole = await self._sight.suggest(source, info, self._sight.looking(ref, source))
            return [Cropping(ratio, self._window(spec, info, None), whole.confidence, "center")]
        sure = 0.0 if focus.confidence is None else focus.confidence
        if not focus.candidates:
            window = self._window(spec, info, focus)
            return [Cropping(ratio, window, sure * _kept(focus, window, info), focus.engine)]
        found: list[Cropping] = []
        for candidate in focus.candidates[:most]:
            window = self._window(spec, info, replace(focus, point=candidate.window.centre))
            kept = min(1.0, max(0.0, candidate.score))
            if all(other.window != window for other in found):  # places apart may be one in whole pixels
                found.append(Cropping(ratio, window, sure * kept, focus.engine))
        return found

    def _window(self, spec: Spec, info: SourceInfo, focus: Focus | None) -> Box:
        return planner.plan(spec, info, focus, Format.JPEG, self._limits, self._encoding).window


def _kept(focus: Focus, window: Box, info: SourceInfo) -> float:
    """Return which share of the things that were asked for lies in a window, 1 where none were."""
    weights = [thing.area * thing.score for thing in focus.things]
    inside = [crop.share_inside(thing, window, info.upright) for thing in focus.things]
    whole = sum(weights)
    return sum(weight * share for weight, share in zip(weights, inside, strict=True)) / whole if whole else 1.0
