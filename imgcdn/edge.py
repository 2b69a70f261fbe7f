"""What stands in front of imgcdn, judged from outside: does it give each browser a format that it can show?

`examine` asks for one URL as three kinds of browsers do, in two orders, and compares what comes.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

import httpx

from imgcdn import __version__
from imgcdn.errors import SettingsError

State = Literal["ok", "warning", "broken"]

ACCEPTS: Final[Mapping[str, str]] = {
    "avif": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "webp": "image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    "base": "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
}
"""What browsers of today, of 2020 and of 2017 send."""
_SHOWS: Final[Mapping[str, frozenset[str]]] = {
    "avif": frozenset(),
    "webp": frozenset({"image/avif"}),
    "base": frozenset({"image/avif", "image/webp"}),
}
"""Types that each kind of browser cannot show."""
_MODERN: Final = _SHOWS["base"]
_ORDERS: Final = (("avif", "webp", "base"), ("base", "webp", "avif"))
"""Who comes first fills the cache, so each end of the scale must come first once."""
_SEEN: Final = ("age", "cache-status", "x-cache", "cf-cache-status", "x-cache-status", "x-served-by", "via")
_NAMES_FORMAT: Final = frozenset({"format", "fm", "f", "output", "ext"})
_WIDTHS: Final = ("64", "512")
_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of the report."""

    what: str
    state: State
    detail: str


@dataclass(frozen=True, slots=True)
class Got:
    """One answer. `browser` is the key of ACCEPTS that was sent."""

    browser: str
    status: int
    headers: httpx.Headers
    size: int
    digest: bytes

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def vary(self) -> frozenset[str]:
        return frozenset(name.strip().lower() for name in self.headers.get("vary", "").split(","))


class Visitor:
    """Asks as a browser would."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def ask(self, url: httpx.URL, browser: str, method: str = "GET", **headers: str) -> Got:
        answer = self._client.request(method, url, headers={"accept": ACCEPTS[browser], **headers})
        return Got(browser, answer.status_code, answer.headers, len(answer.content), sha256(answer.content).digest())

    def round(self, url: httpx.URL, order: Sequence[str]) -> list[Got]:
        """Ask in this order, and once more the other way round."""
        return [self.ask(url, browser) for browser in (*order, *reversed(order))]


def examine(url: str) -> list[Remark]:
    """Ask for the URL some twenty times, and return what is to be said. Raises SettingsError for no http(s) URL."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise SettingsError(f"{url!r} is no URL: expected http:// or https:// and a picture's address")
    headers = {"user-agent": f"imgcdn-doctor/{__version__}"}
    try:
        with httpx.Client(headers=headers, timeout=_TIMEOUT_S, follow_redirects=True) as client:
            return list(_examine(Visitor(client), parsed))
    except httpx.HTTPError as error:
        return [Remark("answer", "broken", f"{type(error).__name__}: {error}")]


def _examine(visitor: Visitor, url: httpx.URL) -> Iterator[Remark]:
    rounds = [visitor.round(url, _ORDERS[0])]
    if wrong := [got for got in rounds[0] if got.status != 200 or not got.type.startswith("image/")]:
        got = wrong[0]
        yield Remark("answer", "broken", f"status {got.status}, {got.type or 'no type'}: expected a picture")
        return
    fresh = url.copy_set_param("v", f"doctor-{secrets.token_hex(6)}")
    if not _is_signed(url) and visitor.ask(fresh, _ORDERS[1][0]).status == 200:
        rounds.append(visitor.round(fresh, _ORDERS[1]))
    every = [got for one in rounds for got in one]
    yield Remark("answer", "ok", f"{len(every)} answers of {sum(got.size for got in every):,} bytes in all")
    yield from _formats(rounds, names_format=not _NAMES_FORMAT.isdisjoint(url.params.keys()))
    yield _vary(every)
    yield from _lost(every)
    yield _seen(rounds[0])
    yield _query(visitor, url)
    yield _head(visitor, url)
    yield _revalidation(visitor, url)


def _formats(rounds: Sequence[Sequence[Got]], *, names_format: bool) -> Iterator[Remark]:
    """Who got what: a format that a browser cannot show, or one format for all that whoever came first decided."""
    every = [got for one in rounds for got in one]
    told = "; ".join(
        f"{browser} gets {', '.join(sorted({got.type for got in every if got.browser == browser}))}"
        for browser in ACCEPTS
    )
    if names_format:
        yield Remark("format", "ok", f"{told}: the URL names it")
        return
    unfit = {(got.browser, got.type) for got in every if got.type in _SHOWS[got.browser]}
    if unfit:
        words = "; ".join(f"{kind} went to a browser that takes {browser}" for browser, kind in sorted(unfit))
        yield Remark("format", "broken", f"{words}. The cache's key must tell apart avif, webp and base in Accept")
    else:
        yield Remark("format", "ok", told)
    yield _pinning(rounds, every)


def _pinning(rounds: Sequence[Sequence[Got]], every: Sequence[Got]) -> Remark:
    by_round = [{got.type for got in one} for one in rounds]
    if all(len(types) == 1 for types in by_round):
        kinds = {kind for types in by_round for kind in types}
        promised = any("accept" in got.vary for got in every)
        if len(kinds) > 1 or kinds & _MODERN or promised:
            detail = f"one format for all, that of whoever came first: {', '.join(sorted(kinds))}"
            return Remark("pinning", "broken", detail)
        return Remark(
            "pinning", "warning", f"{kinds.pop()} for all: nothing negotiates here, or something hides Accept"
        )
    return Remark("pinning", "ok", "each kind of browser gets a format of its own, whoever comes first")


def _vary(every: Sequence[Got]) -> Remark:
    if len({got.type for got in every}) == 1 and not any("accept" in got.vary for got in every):
        return Remark("Vary", "ok", "none, and one format for all")
    lacking = sum("accept" not in got.vary and "*" not in got.vary for got in every)
    if lacking:
        detail = f"{lacking} of {len(every)} answers lack Vary: Accept, so caches after this one will mix up formats"
        return Remark("Vary", "broken", detail)
    return Remark("Vary", "ok", "names Accept on every answer")


def _lost(every: Sequence[Got]) -> Iterator[Remark]:
    """Headers that imgcdn sends with every picture."""
    etags = [got.headers.get("etag", "") for got in every]
    if not all(etags):
        yield Remark("ETag", "broken", f"{etags.count('')} of {len(etags)} answers have none: it was removed")
    elif any(etag.startswith("W/") for etag in etags):
        yield Remark("ETag", "warning", "was made weak: something rewrites or compresses pictures")
    else:
        yield Remark("ETag", "ok", "strong")
    control = {got.headers.get("cache-control", "") for got in every}
    text = " | ".join(sorted(control)) or "none"
    if any("public" not in given or "max-age=" not in given or "no-" in given for given in control):
        yield Remark("Cache-Control", "broken", f"{text}: was removed or overwritten, imgcdn says public, max-age=…")
    else:
        yield Remark("Cache-Control", "ok", text)
    is_safe = all(got.headers.get("x-content-type-options", "").lower() == "nosniff" for got in every)
    yield Remark("nosniff", "ok" if is_safe else "broken", "there" if is_safe else "X-Content-Type-Options was removed")


def _seen(answers: Sequence[Got]) -> Remark:
    """What the caches on the way say of the last answer."""
    said = [f"{name}: {answers[-1].headers[name]}" for name in _SEEN if name in answers[-1].headers]
    if not said:
        return Remark("caches", "warning", "none says a word: no Age, X-Cache, Cache-Status or Via")
    return Remark("caches", "ok", "; ".join(said))


def _query(visitor: Visitor, url: httpx.URL) -> Remark:
    if _is_signed(url):
        return Remark("query", "warning", "not looked at: the URL is signed, so its width cannot be changed")
    narrow, wide = (visitor.ask(_sized(url, width), "base") for width in _WIDTHS)
    if narrow.status != 200 or wide.status != 200:
        detail = f"not looked at: w={_WIDTHS[0]} and w={_WIDTHS[1]} answer {narrow.status} and {wide.status}"
        return Remark("query", "warning", detail)
    if narrow.digest == wide.digest:
        detail = f"w={_WIDTHS[0]} and w={_WIDTHS[1]} are one picture: the query is not in the cache's key"
        return Remark("query", "broken", detail)
    return Remark("query", "ok", "two widths are two pictures")


def _sized(url: httpx.URL, width: str) -> httpx.URL:
    return url.copy_remove_param("h").copy_set_param("w", width)


def _head(visitor: Visitor, url: httpx.URL) -> Remark:
    head, got = visitor.ask(url, "base", "HEAD"), visitor.ask(url, "base")
    different = [
        f"{name} is {head.headers.get(name)} and not {got.headers.get(name)}"
        for name in ("content-type", "content-length", "etag")
        if head.headers.get(name) != got.headers.get(name)
    ]
    if head.status != got.status:
        different.insert(0, f"status is {head.status} and not {got.status}")
    if head.size:
        different.append("it has a body")
    return Remark("HEAD", "broken" if different else "ok", "; ".join(different) or "equals GET")


def _revalidation(visitor: Visitor, url: httpx.URL) -> Remark:
    got = visitor.ask(url, "base")
    etag = got.headers.get("etag")
    if etag is None:
        return Remark("304", "warning", "not looked at: there is no ETag")
    again = visitor.ask(url, "base", **{"if-none-match": etag})
    if again.status != 304:
        return Remark("304", "warning", f"If-None-Match with the ETag answers {again.status}: pictures travel twice")
    if "accept" in got.vary and "accept" not in again.vary:
        return Remark("304", "broken", "lacks Vary: Accept, which the whole answer has")
    return Remark("304", "ok", "If-None-Match with the ETag answers 304")


def _is_signed(url: httpx.URL) -> bool:
    return "sig" in url.params or "s" in url.params
