"""Which IP addresses are public: the table is written out, because Python's own changes between versions."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from imgcdn.errors import PrivateAddressError
from imgcdn.origins.settings import Network

IPAddress = IPv4Address | IPv6Address

_REFUSED_V4: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("255.255.255.255/32", "broadcast"),
    ("240.0.0.0/4", "reserved"),
)
_REFUSED_V6: tuple[tuple[str, str], ...] = (
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("fc00::/7", "unique local"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
    ("2001:db8::/32", "documentation"),
    ("3fff::/20", "documentation"),
    ("2001::/23", "reserved"),
)
# These carry an IPv4 address that a router or a translator may deliver to: `allow_private` does not apply.
_CARRIERS: tuple[tuple[str, str], ...] = (
    ("::ffff:0:0/96", "IPv4-mapped"),
    ("::ffff:0:0:0/96", "IPv4-translated"),
    ("64:ff9b::/96", "NAT64"),
    ("64:ff9b:1::/48", "NAT64"),
    ("2001::/32", "Teredo"),
    ("2002::/16", "6to4"),
    ("::/96", "IPv4-compatible"),
)
_PUBLIC_V6 = ip_network("2000::/3")


def _read(table: Iterable[tuple[str, str]]) -> tuple[tuple[Network, str], ...]:
    return tuple((ip_network(network), name) for network, name in table)


_REFUSED = _read(_REFUSED_V4 + _REFUSED_V6)
_CARRYING = _read(_CARRIERS)
_BARE = (IPv6Address("::"), IPv6Address("::1"))


def literal(host: str) -> IPAddress | None:
    """Return the address that a host is written as, or None when it is a name; brackets are not expected."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def name_refused(ip: IPAddress, allow: Iterable[Network]) -> str | None:
    """Return the class for which an address is refused, or None when it may be fetched."""
    if isinstance(ip, IPv6Address) and ip.scope_id is not None:
        return "scoped"
    carrier = next((name for network, name in _CARRYING if ip in network), None)
    if carrier is not None and ip not in _BARE:
        return carrier
    if any(ip in network for network in allow):
        return None
    refused = next((name for network, name in _REFUSED if ip in network), None)
    if refused is None and ip.version == 6 and ip not in _PUBLIC_V6:
        return "reserved"
    return refused


def check_address(ip: IPAddress, allow: Iterable[Network], host: str) -> None:
    """Raise PrivateAddressError unless `ip`, to which `host` leads, is public or in an `allow` network.

    The sentence names the host and the class, not the address: what names mean inside is nobody's business.
    """
    refused = name_refused(ip, allow)
    if refused is not None:
        raise PrivateAddressError(
            f"The host {host!r} has an address that may not be fetched ({refused}); "
            "expected a public one, or one in allow_private"
        )
