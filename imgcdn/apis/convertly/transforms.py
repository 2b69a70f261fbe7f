"""Signed transforms: a URL that holds for a time, and that no visitor can turn into another."""

from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from imgcdn import errors
from imgcdn.apis.bodies import shown
from imgcdn.apis.convertly.backing import Backing
from imgcdn.apis.convertly.models import SignRequest
from imgcdn.dialects.mounts import Mounts
from imgcdn.model.spec import SourceRef

_NAMES = {"preset": "preset", "width": "w", "height": "h", "fit": "fit", "format": "format", "quality": "q"}
"""Fields that are parameters, by their native names."""


def sign(body: SignRequest, behind: Backing, mounts: Mounts, hosts: frozenset[str]) -> tuple[str, str]:
    """Return the URL, which begins with a slash or with two and a host, and the time at which it ends.

    `hosts` are those under which this server is known. Raises 400, 403 and 404 errors.
    """
    host, path = _place(body.sourceUrl, behind, mounts, hosts)
    query = _query(body)
    # What can never be answered is not signed.
    ask = mounts.ask(host, path, query, is_trusted=True)
    mounts.require_native(ask.source.mount, "sourceUrl")
    expires_at = int(behind.clock()) + body.expiresIn
    if not behind.signing.has_keys:
        raise errors.RecordsUnavailableError("there is no key to sign with: expected a data folder that can be used")
    url = behind.signing.sign(path, query, expires_at=expires_at)
    ends = datetime.fromtimestamp(expires_at, UTC).isoformat().replace("+00:00", "Z")
    return (f"//{host}{url}" if host and mounts.has_host(host) else url), ends


def _query(body: SignRequest) -> str:
    values = {native: getattr(body, name) for name, native in _NAMES.items()}
    if body.cropLeft is not None:
        values["rect"] = f"{body.cropLeft},{body.cropTop},{body.cropWidth},{body.cropHeight}"
    return urlencode({name: value for name, value in values.items() if value is not None}, safe=",")


def _place(source: str, behind: Backing, mounts: Mounts, hosts: frozenset[str]) -> tuple[str, str]:
    """Return host and path under which we serve a source."""
    try:
        parts = urlsplit(source)
        host = parts.netloc.lower()
    except ValueError:
        raise errors.InvalidParameterError(f"sourceUrl={shown(source)} is no URL", param="sourceUrl") from None
    is_ours = (not parts.scheme and not host) or host in hosts or mounts.has_host(host)
    if not is_ours:
        return "", _proxied(source, behind, mounts)
    if not parts.path.startswith("/") or parts.query or parts.fragment:
        raise errors.InvalidParameterError(
            f"sourceUrl={shown(source)} cannot be used: expected a path such as /img/a.jpg, without parameters",
            param="sourceUrl",
        )
    return host, parts.path


def _proxied(url: str, behind: Backing, mounts: Mounts) -> str:
    """Return the path under which a proxy mount serves a URL."""
    refusal: errors.ImgcdnError = errors.SourceForbiddenError(
        f"sourceUrl={shown(url)} is not ours, and no mount fetches whole URLs: expected a path of ours",
        param="sourceUrl",
    )
    for name in mounts.proxies:
        try:
            behind.check_url(name, url)
        except errors.ImgcdnError as error:
            refusal = errors.from_code(error.code, error.detail, "sourceUrl")
        else:
            return mounts.url(SourceRef(name, url))
    raise refusal
