"""The pictures that are laid over a source: referred, verified and read as sources themselves."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from imgcdn import errors
from imgcdn.model.media import Source, SourceInfo
from imgcdn.model.reference import Reference
from imgcdn.model.spec import Ask, SourceRef
from imgcdn.model.terms import Terms, joined, least
from imgcdn.pipeline.ports import Ports
from imgcdn.pipeline.sight import Sight
from imgcdn.pipeline.sources import ChangedMeanwhileError, Sources
from imgcdn.planning import laying
from imgcdn.planning.lending import Lending, itself


@dataclass(frozen=True, slots=True)
class Laid:
    """A picture to be laid over another: the parameter that names it and how, where that is, its bytes and tags."""

    param: str
    said: str
    ref: SourceRef
    source: Source
    reference: Reference | None
    tags: tuple[str, ...] = ()
    is_stale: bool = False


class Layers:
    """Finds the pictures that an ask names besides its source, in the order of the plan's layers."""

    def __init__(self, ports: Ports, sources: Sources, sight: Sight, lending: Lending) -> None:
        self._mounts = tuple(ports.origins)
        self._sources = sources
        self._sight = sight
        self._lending = lending

    async def refer(self, ask: Ask, source: Source) -> tuple[Laid, ...]:
        """Return them as they are known, or fetched. Raises what sources raise, naming the parameter."""
        found: list[Laid] = []
        for param, said in laying.pictures_of(ask.spec):
            ref = self._find(param, said, ask)
            with naming(param, said):
                referred = await self._sources.refer(ref)
            if referred.source.digest == source.digest:
                raise itself(param, said)
            tags = self._lending.tagging.of(ref)
            found.append(Laid(param, said, ref, referred.source, referred.reference, tags, referred.is_stale))
        return tuple(found)

    def known(self, ask: Ask) -> tuple[Laid, ...] | None:
        """Return them as they were last seen, without asking an origin; None when one of them is not known."""
        found: list[Laid] = []
        for param, said in laying.pictures_of(ask.spec):
            ref = self._find(param, said, ask)
            source = self._sources.known(ref)
            if source is None:
                return None
            found.append(Laid(param, said, ref, source, None, self._lending.tagging.of(ref)))
        return tuple(found)

    async def probe(self, layers: Sequence[Laid]) -> tuple[SourceInfo, ...]:
        """Read their headers. Raises 413, 415 and 422 errors, naming the parameter."""
        infos: list[SourceInfo] = []
        for laid in layers:
            with naming(laid.param, laid.said):
                infos.append(await self._sight.probe(laid.source))
        return tuple(infos)

    async def check(self, layers: Sequence[Laid]) -> None:
        """Refuse what was made of files that were replaced meanwhile."""
        for laid in layers:
            with naming(laid.param, laid.said):
                await self._sources.check(laid.ref, laid.source)

    async def doubt(self, layers: Sequence[Laid]) -> None:
        """Ask their origins again soon for what turned out to be no whole picture."""
        for laid in layers:
            await self._sources.doubt(laid.ref, laid.source)

    def _find(self, param: str, said: str, ask: Ask) -> SourceRef:
        return self._lending.find(param, said, ask.source, self._mounts, is_signed=ask.delivery.is_signed)


def tags_of(layers: Sequence[Laid]) -> tuple[str, ...]:
    """Name the sources and mounts of layers for purges."""
    return tuple(
        tag
        for laid in layers
        for tag in (f"source:{laid.ref.mount}/{laid.ref.path}", f"origin:{laid.ref.mount}", *laid.tags)
    )


def merged(source: Source, layers: Sequence[Laid]) -> Source:
    """Return what may be said of a picture made of several: as young as the youngest, with the shortest life."""
    if not layers:
        return source
    every = (source, *(laid.source for laid in layers))
    modified = [one.modified for one in every if one.modified is not None]
    lives = [one.max_age_s for one in every if one.max_age_s is not None]
    return replace(
        source,
        modified=max(modified) if len(modified) == len(every) else None,
        max_age_s=min(lives, default=None),
        terms=_terms(every),
    )


def _terms(every: Sequence[Source]) -> Terms | None:
    """Return what all of the origins allow."""
    terms = joined(one.terms for one in every)
    if terms is None or all(one.terms is None or one.terms.browser_s is None for one in every):
        return terms
    return replace(terms, browser_s=least(*(one.browser_life_s for one in every)))


def staler(reference: Reference, layers: Sequence[Laid]) -> Reference:
    """Return the reference with the freshness of the stalest of all."""
    every = (reference, *(laid.reference for laid in layers if laid.reference is not None))
    return replace(
        reference,
        fresh_until=min(one.fresh_until for one in every),
        seen_at=min((one.seen_at for one in every if one.seen_at), default=0.0),
    )


@contextmanager
def naming(param: str, said: str) -> Generator[None]:
    """Let errors of a layer name the parameter, and not be taken for those of the source."""
    try:
        yield
    except (ChangedMeanwhileError, errors.OverloadedError, errors.DrainingError):
        raise
    except errors.ImgcdnError as error:
        raise type(error)(f"{param}={said}: {error.detail}", param=param) from error
