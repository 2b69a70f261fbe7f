"""Which picture a URL means by the name of one to be laid over another, and whether it may be."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from imgcdn import errors
from imgcdn.model.spec import SourceRef
from imgcdn.planning.tagging import Tagging

_URLS = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Lending:
    """Whose pictures may be laid over those of a mount.

    Unless `lenders` says it for a mount: its own, and those of every mount that is neither one of the `proxies` nor one
    of the `guarded`, whose pictures only signed URLs may name. `tagging` tells by which tags those lent are purged.
    """

    proxies: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()
    lenders: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    tagging: Tagging = Tagging()

    def find(self, param: str, said: str, on: SourceRef, mounts: Collection[str], *, is_signed: bool) -> SourceRef:
        """Return the picture that `param` names for one that is laid on `on`. Raises 400 and 403 errors."""
        found = self._meant(param, said, on, mounts)
        if found == on:
            raise itself(param, said)
        if not self._may_lend(found.mount, on.mount, is_signed=is_signed):
            lenders = [name for name in mounts if self._may_lend(name, on.mount, is_signed=is_signed)]
            raise errors.NotAllowedError(
                f"{param}={said} is on the mount {found.mount}, whose pictures may not be laid over those of "
                f"{on.mount}: expected one of {', '.join(lenders) or 'no mount at all'}",
                param=param,
            )
        return found

    def _meant(self, param: str, said: str, on: SourceRef, mounts: Collection[str]) -> SourceRef:
        if said.startswith(_URLS):
            return SourceRef(self._proxy(param, said, on), said)
        first, _, rest = said.removeprefix("/").partition("/")
        if first in mounts and rest:
            return SourceRef(first, rest)
        if said.startswith("/"):
            raise errors.InvalidParameterError(
                f"{param}={said} begins with no mount: expected /mount/path with one of {', '.join(sorted(mounts))}, "
                "or a path without a slash before it",
                param=param,
            )
        if on.mount in self.proxies:
            raise errors.InvalidParameterError(
                f"{param}={said} cannot be used: expected a whole URL, or /mount/path of another mount", param=param
            )
        return SourceRef(on.mount, said)

    def _proxy(self, param: str, said: str, on: SourceRef) -> str:
        near = [on.mount, *sorted(self.lenders.get(on.mount, ()))]
        proxy = next((name for name in near if name in self.proxies), None)
        if proxy is None:
            raise errors.NotAllowedError(
                f"{param}={said} is a whole URL, and no proxy lends its pictures to {on.mount}: expected a path",
                param=param,
            )
        return proxy

    def _may_lend(self, lender: str, to: str, *, is_signed: bool) -> bool:
        lenders = self.lenders.get(to)
        if lenders is not None:
            return lender in lenders
        return lender == to or (lender not in self.proxies and (is_signed or lender not in self.guarded))


def itself(param: str, said: str) -> errors.InvalidParameterError:
    """Return the error of a picture that is laid over itself."""
    return errors.InvalidParameterError(
        f"{param}={said} is the picture itself: expected another one to lay over it", param=param
    )
