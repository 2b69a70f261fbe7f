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
from imgcdn.pipeline.stages import Answer, tags_of
from imgcdn.planning import hints
from imgcdn.web.settings import HttpSettings

Headers = list[tuple[bytes, bytes]]

UNKEPT: Final = "imgcdn; fwd=bypass"
"""Cache-Status of answers that no cache is asked for, because they speak of this moment (RFC 9211)."""

_EXTENSIONS = {form.media_type: form.extension for form in Format}
_MAX_AGE = re.compile(rb"max-age=(\d+)")
_STAGES = ("fetch", "probe", "focus", "decode", "resize", "encode")


@dataclass(frozen=True, slots=True)
class PictureHeaders:
    """The headers of one picture, apart from those that change from answer to answer.

    `validating` are those that a 304 repeats; `describing` go with the body. `source_life_s` is what was left of the
    life that the source's origin allows; while the headers are held, it runs out.
    """

    validating: Headers
    describing: Headers
    source_life_s: int | None = None

    def aged(self, by_s: float) -> Headers:
        """Return the validating ones as they are `by_s` seconds later: nothing may outlive its source's life."""
        if self.source_life_s is None:
            return self.validating
        left_s = max(0, self.source_life_s - int(by_s))

        def shorter(found: re.Match[bytes]) -> bytes:
            return b"max-age=%d" % min(int(found[1]), left_s)

        return [
            (name, _MAX_AGE.sub(shorter, value, count=1) if name == b"cache-control" else value)
            for name, value in self.validating
        ]


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
    if settings.cdn_max_age_s is not None and _is_settled(answer):
        validating.append((b"cdn-cache-control", f"public, max-age={settings.cdn_max_age_s}".encode()))
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
    return PictureHeaders(validating, describing, _source_life_s(answer, settings))


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
    if settings.timing_allow_origin:
        headers.append((b"timing-allow-origin", settings.timing_allow_origin.encode()))
    return headers


def cache_control(answer: Answer, ask: Ask, settings: HttpSettings) -> str:
    """Return Cache-Control: the settings' life, a web origin's shorter one, a short one for what will soon be better.

    Nobody may show a picture whose URL has expired, so nothing is said of stale ones then.
    """
    expires_at = ask.delivery.expires_at
    left = None if expires_at is None else max(0, expires_at + 1 - ceil(time()))
    source_life_s = _source_life_s(answer, settings)
    if not _is_settled(answer):
        lives = (settings.fallback_max_age_s, left, source_life_s if answer.fresh_for_s >= 0 else None)
        return f"public, max-age={min(life for life in lives if life is not None)}"
    is_versioned = ask.delivery.version is not None
    life = settings.versioned_max_age_s if is_versioned else settings.max_age_s
    if source_life_s is not None:
        life = min(life, source_life_s)
        is_versioned = False
    if left is not None:
        return f"public, max-age={min(left, life)}"
    text = (
        f"public, max-age={life}, stale-while-revalidate={settings.stale_while_revalidate_s}, "
        f"stale-if-error={settings.stale_if_error_s}"
    )
    return f"{text}, immutable" if is_versioned else text


def _source_life_s(answer: Answer, settings: HttpSettings) -> int | None:
    """Return what is left of the life that the source's origin allows, None where it does not count (RFC 9111 §4.2)."""
    if not settings.respect_source or answer.source.max_age_s is None:
        return None
    return max(0, answer.source.max_age_s - int(answer.age_s))


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
