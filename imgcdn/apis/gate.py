"""Who may use the APIs: who has a secret key; until a first one is made, this machine, if only it can ask."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request

from imgcdn import errors
from imgcdn.records.keys import Key, Keys

_log = structlog.get_logger("imgcdn.apis")
_PROXIED = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "cf-connecting-ip",
    "true-client-ip",
)
"""Headers by which proxies and CDNs say for whom they ask."""


def is_loopback(host: str) -> bool:
    """Whether a server that listens on this address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Gate:
    """Lets requests to the APIs in. `host` is the address that the server listens on."""

    def __init__(self, host: str, keys: Keys | None = None) -> None:
        self._is_private = is_loopback(host)
        self._keys = keys

    @property
    def is_open(self) -> bool:
        """Whether requests without a key are let in."""
        return self._is_private and self._are_keys_known() and not self._has_keys()

    def tell(self) -> None:
        """Let the log say who may come in, where that is not plainly who has a key."""
        if not self._are_keys_known():
            _log.error("the APIs let nobody in, for the API keys cannot be read")
        elif self.is_open:
            _log.warning("the APIs are open to this machine until a first API key is made", how="imgcdn keys add NAME")

    def admit(self, request: Request, given: str | None = None) -> str:
        """Return the id of the secret key that a request came with, empty where it needs none.

        Raises MissingKeyError, KeyNotAllowedError or NotAllowedError for a request that may not come in.

        `given` is a key that came another way than in Authorization or X-API-Key. Raises RecordsUnavailableError while
        nobody knows which keys there are.
        """
        key = self._check(request, given)
        return "" if key is None else key.id

    def admit_reader(self, request: Request) -> bool:
        """Let in what changes nothing, with a publishable key, too; raises as `admit`.

        Returns whether it may be told more than visitors are: who has a publishable key is one.
        """
        key = self._check(request, None, is_reading=True)
        return key is None or key.kind == "secret"

    def _check(self, request: Request, given: str | None, *, is_reading: bool = False) -> Key | None:
        """Return the key of a request that may come in, None where it needs none."""
        if not self._are_keys_known():
            raise errors.RecordsUnavailableError(
                "the API keys cannot be read, so nobody is let in: expected a data folder that can be used; "
                "/-/ready says what is wrong with it"
            )
        text = given or _given(request)
        if text is not None and self._keys is not None:
            key = self._keys.check(text)
            if key is None:
                raise errors.MissingKeyError("this API key is not known, or was revoked: expected a live one")
            if key.kind != "secret" and not is_reading:
                raise errors.KeyNotAllowedError(
                    f"the key {key.name} is publishable, and opens what reads alone: expected a secret one here"
                )
            return key
        if not self.is_open:
            raise errors.MissingKeyError("expected an API key, as Authorization: Bearer … or as X-API-Key")
        _refuse_proxies(request)
        _refuse_strangers(request)
        return None

    def _are_keys_known(self) -> bool:
        return self._keys is None or self._keys.are_known()

    def _has_keys(self) -> bool:
        """Whether there ever was a key: revoking the last one must not let everybody in."""
        return self._keys is not None and bool(self._keys.all())


def _given(request: Request) -> str | None:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        return text.strip()
    return request.headers.get("x-api-key")


def _refuse_proxies(request: Request) -> None:
    """Without a key, nobody may come in through a proxy on this machine, which makes the whole world local."""
    name = next((name for name in _PROXIED if name in request.headers), None)
    if name is not None:
        raise errors.MissingKeyError(
            f"the request came through a proxy, for it has {name}: expected an API key, which `imgcdn keys add` makes"
        )


def _refuse_strangers(request: Request) -> None:
    """Without a key, a web page elsewhere must not use the APIs through its visitor's browser."""
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise errors.NotAllowedError("a page of another site may not use the APIs without a key")
    if not is_loopback(_name(request.headers.get("host", ""))):
        # A name that an attacker points at 127.0.0.1 makes his page our own origin (DNS rebinding).
        raise errors.NotAllowedError(
            "without a key the APIs answer under localhost or a loopback address only: expected an API key, "
            "which `imgcdn keys add` makes"
        )


def _name(host: str) -> str:
    """Return a Host header without its port and in small letters, [::1] without its brackets."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
