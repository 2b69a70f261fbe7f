"""What an answer says of itself: every header of a picture, in one place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from math import ceil
from time import time
from typing import Final
from urllib.parse import quote

from imgcdn.model.media import Format
from imgcdn.model.spec import Ask
from imgcdn.model.terms import SILENT, Terms, least
from imgcdn.pipeline.stages import Answer, tags_of
from imgcdn.planning import hints
from imgcdn.web.settings import HttpSettings

Headers = list[tuple[bytes, bytes]]

UNKEPT: Final = "imgcdn; fwd=bypass"
"""Cache-Status of answers that no cache is asked for, because they speak of this moment (RFC 9211)."""

_EXTENSIONS = {form.media_type: form.extension for form in Format}
_AGES = re.compile(rb"(s-maxage|max-age)=(\d+)")
_EXPOSED = (
    b"Accept-Ranges, Cache-Status, Content-Disposition, Content-Length, Content-Range, ETag, Retry-After, "
    b"Server-Timing, X-Imgcdn-Error, X-Imgcdn-Focus, X-Imgcdn-Ignored, X-Imgcdn-Quality, X-Request-Id"
)
"""What scripts of other sites may read besides what they always may (Fetch, CORS-safelisted response headers)."""
_SENDABLE = (
    b"Accept, Cache-Control, DPR, If-Modified-Since, If-None-Match, If-Range, Pragma, Range, Save-Data, Width, "
    b"X-Request-Id, X-Requested-With"
)
"""What scripts of other sites may send: what has a meaning here, and what their libraries and proxies add."""
_STAGES = ("fetch", "probe", "focus", "decode", "resize", "encode")


@dataclass(frozen=True, slots=True)
class PictureHeaders:
    """The headers of one picture, apart from those that change from answer to answer.

    `validating` are those that a 304 repeats; `describing` go with the body. `source_life_s` is what was left of the
    life that the source's origin allows, `browser_life_s` of that in browsers where it is another; while the headers
    are held, they run out.
    """

    validating: Headers
    describing: Headers
    source_life_s: int | None = None
    browser_life_s: int | None = None

    def aged(self, by_s: float) -> Headers:
        """Return the validating ones as they are `by_s` seconds later: nothing may outlive its source's life."""
        if self.source_life_s is None:
            return self.validating
        shared_s = max(0, self.source_life_s - int(by_s))
        browser_s = shared_s if self.browser_life_s is None else max(0, self.browser_life_s - int(by_s))

        def shortened(name: bytes, value: bytes) -> bytes:
            if name not in {b"cache-control", b"cdn-cache-control"}:
                return value
            most = {b"max-age": browser_s if name == b"cache-control" else shared_s, b"s-maxage": shared_s}
            return _AGES.sub(lambda age: b"%b=%d" % (age[1], min(int(age[2]), most[age[1]])), value)

        return [(name, shortened(name, value)) for name, value in self.validating]


def picture(answer: Answer, ask: Ask, settings: HttpSettings) -> PictureHeaders:
    """Build the lasting headers of a picture."""
    rendition = answer.rendition
    validating: Headers = [
        (b"etag", f'"{rendition.etag}"'.encode()),
        (b"cache-control", cache_control(answer, ask, settings).encode()),
    ]
    if answer.source.modified is not None:
        validating.append((b"last-modified", _date(answer.source.modified)))
    varying = vary(ask, varies=answer.varies)
    if varying:
        validating.append((b"vary", ", ".join(varying).encode()))
    for_cdns = cdn_cache_control(answer, ask, settings)
    if for_cdns is not None:
        validating.append((b"cdn-cache-control", for_cdns.encode()))
    if settings.sends_tags:
        validating += _tags(answer, ask)
    validating += allowances(settings)
    describing: Headers = [
        (b"content-type", rendition.media_type.encode()),
        (b"content-length", str(len(rendition.body)).encode()),
        (b"content-disposition", disposition(ask, rendition.media_type).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"accept-ranges", b"bytes"),
    ]
    if rendition.focus:
        describing.append((b"x-imgcdn-focus", rendition.focus.encode()))
    if rendition.quality:
        describing.append((b"x-imgcdn-quality", rendition.quality.encode()))
    if ask.delivery.ignored:
        describing.append((b"x-imgcdn-ignored", ", ".join(quote(name) for name in ask.delivery.ignored).encode()))
    return PictureHeaders(validating, describing, *_lives(answer, settings))


def vary(ask: Ask, *, varies: bool) -> tuple[str, ...]:
    """Return what Vary names: Accept if the format is negotiated, and the headers of every hint that the URL allows."""
    return (*(("Accept",) if varies else ()), *hints.headers_of(ask.delivery.hints))


@lru_cache(maxsize=1024)
def _date(at: float) -> bytes:
    """Write a time as HTTP does; a source's is written once for all its pictures."""
    return formatdate(at, usegmt=True).encode()


def allowances(settings: HttpSettings) -> Headers:
    """Build the headers that say who may use an answer; errors carry them too, so that scripts can read them."""
    headers: Headers = [(b"cross-origin-resource-policy", settings.resource_policy.encode())]
    if settings.allow_origin:
        headers.append((b"access-control-allow-origin", settings.allow_origin.encode()))
        headers.append((b"access-control-expose-headers", _EXPOSED))
    if settings.timing_allow_origin:
        headers.append((b"timing-allow-origin", settings.timing_allow_origin.encode()))
    return headers


def preflight(settings: HttpSettings) -> Headers:
    """Build the headers of an answer to OPTIONS, which say what scripts of other sites may send."""
    headers = allowances(settings)
    if settings.allow_origin:
        headers.append((b"access-control-allow-methods", b"GET, HEAD"))
        headers.append((b"access-control-allow-headers", _SENDABLE))
        headers.append((b"access-control-max-age", b"86400"))
    return headers


def cache_control(answer: Answer, ask: Ask, settings: HttpSettings) -> str:
    """Return Cache-Control: the settings' life, a web origin's shorter one, a short one for what will soon be better.

    Nobody is allowed more than the source's origin allows (RFC 9111 §5.2.2), and nobody may show a picture whose URL
    has expired, so nothing is said of stale ones then.
    """
    terms = _terms(answer, settings)
    if terms.unkept:
        return "no-store"
    shared_s, own_s = _lives(answer, settings)
    browser_s = shared_s if own_s is None else own_s
    life, is_immutable = _life(answer, ask, settings), shared_s is None
    said = ["private" if terms.private else "public"]
    if terms.checked:
        said.append("no-cache")
    else:
        said.append(f"max-age={least(life, browser_s)}")
    if own_s is not None and terms.is_shared:
        said.append(f"s-maxage={least(life, shared_s)}")
    if terms.strict:
        said.append("must-revalidate")
    if ask.delivery.expires_at is None and answer.fresh_for_s >= 0:
        is_settled = _is_settled(answer)
        said += _stale_use(terms, settings, is_settled=is_settled)
        if is_settled and is_immutable and ask.delivery.version is not None:
            said.append("immutable")
    return ", ".join(said)


def cdn_cache_control(answer: Answer, ask: Ask, settings: HttpSettings) -> str | None:
    """Return CDN-Cache-Control (RFC 9213), None where Cache-Control is for CDNs, too.

    That is so for what will soon be better, and for what its origin keeps from shared caches.
    """
    terms = _terms(answer, settings)
    if settings.cdn_max_age_s is None or not _is_settled(answer) or not terms.is_shared:
        return None
    life = least(settings.cdn_max_age_s, _url_life_s(ask), _lives(answer, settings)[0])
    return f"public, max-age={life}" + (", must-revalidate" if terms.strict else "")


def _life(answer: Answer, ask: Ask, settings: HttpSettings) -> int | None:
    """Return what an answer may live by the settings, its URL, and what it is."""
    if _is_settled(answer):
        is_versioned = ask.delivery.version is not None
        return least(settings.versioned_max_age_s if is_versioned else settings.max_age_s, _url_life_s(ask))
    return least(settings.fallback_max_age_s, _url_life_s(ask))


def _url_life_s(ask: Ask) -> int | None:
    """Return for how long a URL may be used, None when it does not say."""
    expires_at = ask.delivery.expires_at
    return None if expires_at is None else max(0, expires_at + 1 - ceil(time()))


def _stale_use(terms: Terms, settings: HttpSettings, *, is_settled: bool) -> list[str]:
    """Return what others may do with an answer whose life is over: the settings' word, or the origin's lower one.

    One that will soon be better is only for when nothing better is to be had.
    """
    if terms.revalidate_s == terms.error_s == 0:
        return []
    on_error = f"stale-if-error={least(settings.stale_if_error_s, terms.error_s)}"
    if not is_settled:
        return [on_error]
    return [f"stale-while-revalidate={least(settings.stale_while_revalidate_s, terms.revalidate_s)}", on_error]


def _terms(answer: Answer, settings: HttpSettings) -> Terms:
    """Return what the source's origin says of keeping, where it counts."""
    return (answer.source.terms or SILENT) if settings.respect_source else SILENT


def _lives(answer: Answer, settings: HttpSettings) -> tuple[int | None, int | None]:
    """Return what is left of the life that the source's origin allows, and of that in browsers if it is another.

    None where it does not count (RFC 9111 §4.2). A stale source has as much as when it was fresh, for nothing is left.
    """
    if not settings.respect_source or answer.source.max_age_s is None:
        return None, None
    age_s = int(answer.age_s) if answer.fresh_for_s >= 0 else 0
    own_s = _terms(answer, settings).browser_s
    return max(0, answer.source.max_age_s - age_s), None if own_s is None else max(0, own_s - age_s)


def _is_settled(answer: Answer) -> bool:
    """Whether nothing better will come of its own."""
    return answer.rendition.is_final and not answer.is_provisional and answer.fresh_for_s >= 0


def _tags(answer: Answer, ask: Ask) -> Headers:
    """Name an answer for the purges of CDNs; neither commas nor spaces may stand in a tag."""
    return list(_tagged((*tags_of(ask, answer.layers), f"digest:{answer.source.digest}")))


@lru_cache(maxsize=1024)
def _tagged(tags: tuple[str, ...]) -> tuple[tuple[bytes, bytes], ...]:
    """Write tags, which are the same for most pictures of a source."""
    quoted = [quote(tag, safe="/:") for tag in tags]
    return ((b"cache-tag", ",".join(quoted).encode()), (b"surrogate-key", " ".join(quoted).encode()))


def disposition(ask: Ask, media_type: str) -> str:
    """Return Content-Disposition with the output's extension (RFC 6266, RFC 8187)."""
    return _disposition(ask.source.path, ask.delivery.download, media_type)


@lru_cache(maxsize=1024)
def _disposition(path: str, download: str | None, media_type: str) -> str:
    if path.lower().startswith(("http:/", "https:/")):  # a proxied URL; in a file's name a question mark is a letter
        path = path.partition("?")[0]
    name = download or path.rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] if "." in name.strip(".") else name
    file = f"{stem or 'image'}.{_EXTENSIONS.get(media_type, 'bin')}"
    kind = "inline" if download is None else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(file, safe='')}"


def server_timing(timings: Mapping[str, float]) -> bytes:
    """Return Server-Timing (milliseconds) of the stages that ran, in their order."""
    return ", ".join(f"{stage};dur={timings[stage]:.1f}" for stage in _STAGES if stage in timings).encode()


def cache_status(answer: Answer) -> bytes:
    """Return Cache-Status (RFC 9211)."""
    why = b"stale" if answer.was_stale else b"uri-miss"
    match answer.cache:
        case "hit" if answer.was_stale:
            return b"imgcdn; fwd=stale; collapsed" if answer.was_shared else b"imgcdn; fwd=stale"
        case "hit":
            return b"imgcdn; hit; ttl=%d" % answer.fresh_for_s
        case "collapsed":
            return b"imgcdn; fwd=%b; collapsed" % why
        case "stored":
            return b"imgcdn; fwd=%b; stored" % why
        case "passing":
            return b"imgcdn; fwd=%b" % why


def is_match(if_none_match: bytes, etag: bytes) -> bool:
    """Whether an If-None-Match names this entity tag (weak comparison, RFC 9110 §13.1.2)."""
    if if_none_match.strip() == b"*":
        return True
    return any(tag.strip().removeprefix(b"W/") == etag for tag in if_none_match.split(b","))
