"""How many requests one client may make: a bucket of a minute's worth that refills as time goes by."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import monotonic

from imgcdn import errors
from imgcdn.web.hot import Scope

_MINUTE_S = 60.0
_ROUNDING_S = 1e-6
"""What sums of floats may be off by."""
_MOST_CLIENTS = 50_000
"""Clients that are remembered; whoever is forgotten begins with a full bucket."""
_NETWORK_BITS = 64
"""What one household or server has of IPv6: whoever counts addresses there counts nothing."""


class Pace:
    """Buckets by client. For one event loop; each front has its own."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def check(self, scope: Scope) -> None:
        """Take one request from the bucket of whoever sent it. Raises RateLimitedError when it is empty."""
        if not self._per_minute or not scope.get("client"):
            return
        client, now, step_s = _named(scope["client"][0]), monotonic(), _MINUTE_S / self._per_minute
        full_at = max(now, self._full_at.get(client, now)) + step_s
        over_s = full_at - now - _MINUTE_S
        if over_s > _ROUNDING_S:
            raise errors.RateLimitedError(
                f"expected at most {self._per_minute} requests a minute from one address", retry_after_s=ceil(over_s)
            )
        self._full_at[client] = full_at
        self._full_at.move_to_end(client)
        if len(self._full_at) > _MOST_CLIENTS:
            self._full_at.popitem(last=False)


def _named(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(int(address) >> (address.max_prefixlen - _NETWORK_BITS))
