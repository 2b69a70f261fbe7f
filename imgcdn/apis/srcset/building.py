"""Builds a <picture> from a URL: each candidate is planned as for a visitor, so that its size is the true one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from imgcdn import errors
from imgcdn.apis.addresses import understood
from imgcdn.apis.srcset import rungs
from imgcdn.apis.srcset.markup import Candidate, Choice, Snippet
from imgcdn.apis.srcset.rungs import Shape
from imgcdn.apis.srcset.wanted import MODERN, Wanted
from imgcdn.dialects.mounts import Mounts
from imgcdn.dialects.spelling import Spelling
from imgcdn.model.geometry import Size
from imgcdn.model.media import Format
from imgcdn.model.spec import Ask, Spec
from imgcdn.pipeline.stages import Explanation, Pipeline
from imgcdn.planning import planner, playing, scaling, sizing
from imgcdn.planning.settings import Encoding, Ladder

_MOST_PARAMETERS = 100
_LEAST_DPR, _MOST_DPR = 0.1, 5.0
_NEVER = frozenset({"signature", "key_id", "is_explained", "debug", "hints", "download"})
"""What no candidate says, and what was said of another URL: by the fields that parameters set."""
_OURS = frozenset({"width", "height", "aspect", "dpr", "format"})
"""What each candidate says for itself."""


@dataclass(frozen=True, slots=True)
class _Base:
    """The URL that all candidates are made from: `front` is scheme and host, where it has them.

    `stated` is the width of its picture, None where it says no size; `unit` the width that it asks for, where other
    widths must be said as densities. `spelling` is that of the mount's URLs.
    """

    front: str
    host: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    ask: Ask
    found: Explanation
    fallback: Format
    stated: int | None
    unit: int | None
    shape: Shape
    spelling: Spelling

    def sides(self, shape: Shape, width: int) -> dict[str, str]:
        """Return the parameters of a picture that is so wide.

        Where padding, text or corners are part of it, or it is turned, that is the same picture at another density.
        """
        if self.unit is None or self.stated is None:
            return self.box(shape, width)
        return self.box(shape, self.unit) | {"dpr": f"{min(_MOST_DPR, max(_LEAST_DPR, width / self.stated)):.4g}"}

    def box(self, shape: Shape, width: int) -> dict[str, str]:
        """Return the parameters of a width in px; another shape than the URL's own must be cropped."""
        return shape.sides(width) | ({} if shape == self.shape else self.spelling.cropping(self.ask.spec))

    def named(self, form: Format) -> dict[str, str]:
        """Return the parameter of a format."""
        return {self.spelling.format: self.spelling.forms(form, self.ask.spec)}

    def query(self, params: dict[str, str]) -> str:
        """Write what the URL says, with other parameters in place of its own."""
        fields = {self.spelling.field(name) for name in params}
        kept = [pair for pair in self.pairs if self.spelling.field(pair[0]) not in fields]
        return urlencode([*kept, *params.items()], quote_via=quote)


class Srcsets:
    """Builds snippets over one set of mounts."""

    def __init__(self, mounts: Mounts, ladder: Ladder, encoding: Encoding, pipeline: Pipeline) -> None:
        self._mounts = mounts
        self._ladder = ladder
        self._encoding = encoding
        self._pipeline = pipeline

    async def build(self, wanted: Wanted, host: str = "") -> Snippet:
        """Return the picture. `host` counts where the URL names none. Raises the errors of URLs and of sources."""
        base = await self._base(wanted, host)
        formats = self._formats(wanted, base)
        cuts = [(Shape(cut.shape), form, cut.media) for cut in wanted.cuts for form in (*formats, base.fallback)]
        asked = [*cuts, *((base.shape, form, None) for form in formats)]
        sources = [await self._choice(base, wanted, shape, form, media=media) for shape, form, media in asked]
        image = await self._choice(base, wanted, base.shape, base.fallback)
        sizes = None if wanted.dprs else wanted.sizes or rungs.sizes(base.stated)
        return Snippet(tuple(sources), replace(image, media_type=None), sizes, wanted.alt)

    async def _base(self, wanted: Wanted, host: str) -> _Base:
        try:
            parts = urlsplit(wanted.url)
        except ValueError:
            parts = urlsplit("")
        if not parts.path.startswith("/"):
            raise errors.InvalidParameterError(
                f"url={wanted.url[:80]} cannot be used: expected a whole URL, or a path such as /img/a.jpg?w=800",
                param="url",
            )
        front = f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
        host = parts.netloc or host
        spelling = self._mounts.spelling(host, parts.path, "url")
        pairs = [pair for pair in _pairs(parts.query) if spelling.field(pair[0]) not in _NEVER]
        ask = self._mounts.ask(host, parts.path, urlencode(pairs), is_trusted=True)
        if ask.spec.format is not None and not ask.spec.format.is_picture:
            raise errors.InvalidParameterError(
                f"{spelling.format}={ask.spec.format} is no picture", param=spelling.format
            )
        ask = replace(ask, spec=replace(ask.spec, dpr=1.0))
        found = await self._pipeline.explain(ask, "")
        said = {spelling.field(name) for name, _ in pairs}
        spec, size = ask.spec, found.plan.size
        is_bound = spec.height is not None and spec.width is None and "height" not in said
        return _Base(
            front=front,
            host=host,
            path=parts.path,
            pairs=spelling.settled([pair for pair in pairs if spelling.field(pair[0]) not in _OURS]),
            ask=ask,
            found=found,
            fallback=found.plan.output.format,
            stated=None if spec.width is None and spec.height is None else size.width,
            unit=spec.width if isinstance(spec.width, int) and _is_one_drawing(spec) else None,
            shape=rungs.shape_of(spec, size, is_height_bound=is_bound),
            spelling=spelling,
        )

    def _formats(self, wanted: Wanted, base: _Base) -> tuple[Format, ...]:
        """Return the formats that come before the fallback: none that loses what moves, or that nobody is offered."""
        formats = wanted.formats
        if formats is None:
            formats = MODERN if base.ask.spec.format is None else ()
            formats = tuple(form for form in formats if form is not Format.AVIF or self._encoding.offers_avif)
        is_moving = base.found.info.frames > 1 and playing.moves(base.ask.spec, base.found.info)
        return tuple(form for form in formats if form is not base.fallback and (form.keeps_animation or not is_moving))

    async def _choice(
        self, base: _Base, wanted: Wanted, shape: Shape, form: Format, *, media: str | None = None
    ) -> Choice:
        """Return the candidates of one <source>."""
        named = base.named(form)
        if wanted.dprs:
            return await self._fixed(base, wanted.dprs, shape, form, media)
        widths = wanted.widths or rungs.widths(base.stated, self._kept(base, shape), self._ladder.allow_widths)
        found = [await self._candidate(base, base.sides(shape, width) | named, None) for width in widths]
        candidates = _different(found)
        width = rungs.main_width(base.stated, [one.width for one in candidates])
        return Choice(candidates, next(one for one in candidates if one.width == width), form.media_type, media)

    async def _fixed(
        self, base: _Base, dprs: tuple[float, ...], shape: Shape, form: Format, media: str | None
    ) -> Choice:
        """Return the candidates of one <source> of a fixed size, which is that of the one for plain screens."""
        if base.stated is None:
            raise errors.InvalidParameterError("dprs needs a fixed size: expected w or h in the URL", param="dprs")
        params = base.box(shape, base.unit or base.stated) | base.named(form)
        main = await self._candidate(base, params, "1x")
        found = [
            main if dpr == 1 else await self._candidate(base, params | {"dpr": f"{dpr:g}"}, f"{dpr:g}x") for dpr in dprs
        ]
        return Choice(_different(found), main, form.media_type, media)

    def _kept(self, base: _Base, shape: Shape) -> int:
        """Return how many px of the source are kept across for a shape: wider answers would be enlarged."""
        plan = base.found.plan
        window = plan.window.size
        if plan.rotate_quarters % 2:
            window = window.turned()
        if shape == base.shape or shape.ratio is None:
            return window.width
        # A window of another shape lies in the same region: as wide as it, or as its height allows.
        region = _region(base)
        return max(1, min(region.width, round(region.height * shape.ratio)))

    async def _candidate(self, base: _Base, params: dict[str, str], descriptor: str | None) -> Candidate:
        query, mount = base.query(params), base.ask.source.mount
        url = f"{base.path}?{query}"
        try:
            ask = understood(self._mounts, self._ladder, base.host, base.path, query)
            is_signed = self._mounts.signs(mount)
        except errors.SizeNotAllowedError:
            ask, is_signed = self._mounts.ask(base.host, base.path, query, is_trusted=True), True
        if is_signed:
            url = self._mounts.sign(mount, base.path, query)
        size = (await self._pipeline.explain(ask, "")).plan.size
        return Candidate(f"{base.front}{url}", size.width, size.height, descriptor or f"{size.width}w")


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError:  # a UnicodeDecodeError is one, too
        raise errors.InvalidParameterError(
            f"the query of url cannot be read: expected at most {_MOST_PARAMETERS} parameters in UTF-8", param="url"
        ) from None


def _is_one_drawing(spec: Spec) -> bool:
    """Whether another width alone would give another picture, or another width than it says."""
    return scaling.has_lengths(spec) or spec.rotate % 90 != 0


def _region(base: _Base) -> Size:
    """Return the largest part of the source that a window of any shape lies in."""
    spec, info = base.ask.spec, base.found.info
    region = planner.region_of(spec, planner.upright_size(spec, info), base.found.seen).size
    return region.turned() if sizing.quarter_turns(spec) % 2 else region


def _different(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Leave out what is as large as the one before: the source has no more."""
    kept: list[Candidate] = []
    for one in found:
        if all((one.width, one.height) != (other.width, other.height) for other in kept):
            kept.append(one)
    return tuple(kept)
