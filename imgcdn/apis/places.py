"""Whole URLs of this server, for answers of the APIs that clients use as they are."""

from starlette.requests import Request

from imgcdn.apis.settings import ApiSettings


def whole(url: str, request: Request, settings: ApiSettings) -> str:
    """Return a URL of ours, which begins with a slash or with two and a host, with scheme and host.

    They are those of the settings, else those under which this request reached us.
    """
    base = settings.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return f"{base.partition(':')[0]}:{url}" if url.startswith("//") else f"{base}{url}"


def own_hosts(request: Request, settings: ApiSettings) -> frozenset[str]:
    """Return the host names, with ports, under which this server is known besides those of its mounts."""
    hosts = {request.headers.get("host", ""), settings.public_url.partition("://")[2]}
    return frozenset(host.lower() for host in hosts if host)
