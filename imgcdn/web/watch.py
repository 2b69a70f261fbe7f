"""Sees every request but the hot hits: gives it an id, counts it, logs it, and refuses it while the server drains."""

import re
from functools import lru_cache
from time import perf_counter
from typing import Any, Final, Literal
from urllib.parse import unquote

import structlog

from imgcdn import errors
from imgcdn.web.hot import App, Receive, Scope, Send
from imgcdn.web.problems import CHALLENGING, KEY_CHALLENGE, problem, request_id
from imgcdn.web.settings import HttpSettings
from imgcdn.web.tally import Tally, layer

AccessLog = Literal["off", "misses", "all"]

_log = structlog.get_logger("imgcdn.access")
_ID: Final = b"x-request-id"
_CLOSE: Final = (b"connection", b"close")
OPERATIONS: Final = "/-/"
"""Probes and scrapes come every few seconds: they are logged only when everything is, and answered to the end."""
_LONGEST: Final = 2000
"""Characters of a target that are logged."""
_SECRETS: Final = frozenset(
    {"sig", "s", "signature", "hmac", "token", "key", "apikey", "api_key", "app_key", "sign", "accesskeyid"}
)
"""Query parameters that prove something: who reads logs must not be able to use them."""
_INNER_QUERY: Final = re.compile("%3f.*", re.IGNORECASE)
"""The query of a source's own URL inside a path: it may hold somebody's credentials."""


class Watch:
    """What is known of requests under way. `tally` is where it counts."""

    def __init__(self, tally: Tally, settings: HttpSettings, log: AccessLog = "misses") -> None:
        self.tally = tally
        self.logs_hits = log == "all"
        self.is_draining = False
        self._is_logged = log != "off"
        self._settings = settings

    def around(self, app: App) -> App:
        """Return `app`, watched."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            begun = perf_counter()
            identity = _identify(scope)
            structlog.contextvars.unbind_contextvars("code")  # of the request before on this connection
            structlog.contextvars.bind_contextvars(request_id=identity)
            sending = _Sending(send, identity.encode(), self)
            self.tally.in_flight += 1
            try:
                if self.is_draining and not scope["path"].startswith(OPERATIONS):
                    refused = problem(
                        errors.DrainingError("ask another server"), identity, self._settings, vary=("Accept",)
                    )
                    await refused(scope, receive, sending)
                else:
                    await app(scope, receive, sending)
            finally:
                self.tally.in_flight -= 1
                self._note(scope, sending, (perf_counter() - begun) * 1e3)

        return watched

    def refused(self, method: str, url: bytes, status: int, sent_bytes: int, identity: str) -> None:
        """Count and log what was no request, or none that can be read; `url` is what was read of its target."""
        self.tally.requested(method, status, sent_bytes)
        if self._is_logged:
            path, _, query = url[:_LONGEST].partition(b"?")
            told = {"method": method, "path": target_of({"raw_path": path, "query_string": query}), "status": status}
            _log.info("request", **told, bytes=sent_bytes, ms=0.0, request_id=identity)

    def _note(self, scope: Scope, sending: "_Sending", ms: float) -> None:
        """Count and log what came of a request. A hot hit has counted itself; a line would cost more than any hit."""
        way: str | None = scope.get("imgcdn.cache")
        if "imgcdn.is_counted" not in scope:
            self.tally.requested(scope["method"], sending.status, sending.sent_bytes)
        if not self._is_logged or (way == "hit" and not self.logs_hits):
            return
        told: dict[str, Any] = {
            "method": scope["method"],
            "path": target_of(scope),
            "status": sending.status,
            "bytes": sending.sent_bytes,
            "ms": round(ms, 1),
        }
        if way is not None:
            told["cache"] = layer(way)
            told["focus"] = scope.get("imgcdn.focus") or "none"
        say = _log.debug if scope["path"].startswith(OPERATIONS) and not self.logs_hits else _log.info
        say("request", **told)


class _Sending:
    """`send` that adds the id and what every 401 must have, and notes what is sent."""

    __slots__ = ("_identity", "_send", "_watch", "sent_bytes", "status")

    def __init__(self, send: Send, identity: bytes, watch: Watch) -> None:
        self._send = send
        self._identity = identity
        self._watch = watch
        self.status = 500  # what uvicorn answers when nothing else does
        self.sent_bytes = 0

    async def __call__(self, message: Scope) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: list[tuple[bytes, bytes]] = list(message["headers"])
            said = dict(headers)
            if _ID not in said:
                headers.append((_ID, self._identity))
            if self.status == 401 and CHALLENGING not in said:  # whichever family refused, in whatever form
                headers.append((CHALLENGING, KEY_CHALLENGE))
            if self._watch.is_draining:
                headers.append(_CLOSE)
            message["headers"] = headers
        elif message["type"] == "http.response.body":
            self.sent_bytes += len(message.get("body", b""))
        await self._send(message)


def _identify(scope: Scope) -> str:
    """Return the request's id, and make it the one that everybody behind reads: the given one when sane, else new."""
    headers: list[tuple[bytes, bytes]] = list(scope["headers"])
    given: str | None = None
    for name, value in headers:
        if name == _ID:
            given = value.decode("latin-1")
            break
    identity = request_id(given)
    if identity != given:
        if given is not None:
            headers = [header for header in headers if header[0] != _ID]
        headers.append((_ID, identity.encode()))
        scope["headers"] = headers
    return identity


def target_of(scope: Scope) -> str:
    """Return the request target as it came, without what must not be read in a log."""
    # backslashreplace: bytes beyond ASCII could steer a terminal.
    path = (scope.get("raw_path") or b"").decode("ascii", "backslashreplace")
    query = scope["query_string"].decode("ascii", "backslashreplace")
    target = _INNER_QUERY.sub("%3F-", path)
    if query:
        target += "?" + "&".join(map(_masked, query.split("&")))
    return target[:_LONGEST]


def _masked(parameter: str) -> str:
    name = parameter.partition("=")[0]
    return f"{name}=-" if _is_secret(name) else parameter


@lru_cache(maxsize=256)
def _is_secret(name: str) -> bool:
    return unquote(name).strip().lower() in _SECRETS
