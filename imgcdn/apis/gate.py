"""Who may use the APIs: everybody on this machine while the server listens on loopback alone, else nobody yet."""

from ipaddress import ip_address

from starlette.requests import Request

from imgcdn import errors


def is_loopback(host: str) -> bool:
    """Whether a server that listens on this address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Gate:
    """Lets requests to the APIs in. A web page elsewhere must not use them through its visitor's browser."""

    def __init__(self, host: str) -> None:
        self.is_open = is_loopback(host)

    def admit(self, request: Request) -> None:
        """Raise MissingKeyError or NotAllowedError for a request that may not come in."""
        if not self.is_open:
            raise errors.MissingKeyError(
                "the APIs are closed while the server listens on more than loopback: expected an API key"
            )
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
            raise errors.NotAllowedError("a page of another site may not use the APIs without a key")
        name = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
        if not is_loopback(name.strip("[]")):
            # A name that an attacker points at 127.0.0.1 makes his page our own origin (DNS rebinding).
            raise errors.NotAllowedError("without a key the APIs answer under localhost or a loopback address only")
