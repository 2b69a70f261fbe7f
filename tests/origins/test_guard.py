from ipaddress import ip_address, ip_network

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcdn import errors
from imgcdn.origins.addresses import check_address, name_refused
from imgcdn.origins.guard import Guard, host_of, parse_url, port_of, resolve_host
from imgcdn.origins.hosts import HostList
from imgcdn.origins.settings import FetchSettings

REFUSED = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("10.0.0.0", "private"),
    ("10.255.255.255", "private"),
    ("100.64.0.0", "carrier-grade NAT"),
    ("100.127.255.255", "carrier-grade NAT"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("169.254.169.254", "link-local"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.8", "reserved"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "6to4 relay"),
    ("192.168.0.1", "private"),
    ("198.18.0.1", "benchmarking"),
    ("198.19.255.255", "benchmarking"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::2", "IPv4-compatible"),
    ("::127.0.0.1", "IPv4-compatible"),
    ("::8.8.8.8", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "IPv4-mapped"),
    ("::ffff:8.8.8.8", "IPv4-mapped"),
    ("::ffff:0:127.0.0.1", "IPv4-translated"),
    ("64:ff9b::7f00:1", "NAT64"),
    ("64:ff9b::8.8.8.8", "NAT64"),
    ("64:ff9b:1::1", "NAT64"),
    ("64:ff9b:1:ffff::10.0.0.1", "NAT64"),
    ("2001::1", "Teredo"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2001:2::1", "reserved"),
    ("2001:10::1", "reserved"),
    ("2001:20::1", "reserved"),
    ("2001:db8::1", "documentation"),
    ("3fff::1", "documentation"),
    ("2002:7f00:1::", "6to4"),
    ("2002:808:808::1", "6to4"),
    ("100::1", "reserved"),
    ("5f00::1", "reserved"),
    ("4000::1", "reserved"),
    ("fc00::1", "unique local"),
    ("fd12:3456:789a::1", "unique local"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "scoped"),
    ("2606:4700::1111%1", "scoped"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "223.255.255.255",
    "2001:200::1",
    "2003::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
]


@pytest.mark.parametrize(("address", "name"), REFUSED)
def test_an_address_that_is_not_public_is_refused_by_its_class(address, name):
    assert name_refused(ip_address(address), ()) == name
    with pytest.raises(errors.PrivateAddressError) as caught:
        check_address(ip_address(address), (), "cat.example")
    assert "'cat.example'" in caught.value.detail
    assert address not in caught.value.detail


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address):
    check_address(ip_address(address), (), "cat.example")


@given(st.ip_addresses())
def test_what_passes_is_global_by_pythons_account_too(ip):
    if name_refused(ip, ()) is None:
        assert ip.is_global
        assert not ip.is_multicast


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "::1", "fd00::1", "169.254.169.254"])
def test_an_address_in_an_allowed_network_passes(address):
    allow = [ip_network(each) for each in ("10.0.0.0/8", "127.0.0.1/32", "::1/128", "fd00::/8", "169.254.0.0/16")]
    check_address(ip_address(address), allow, "cat.example")
    with pytest.raises(errors.PrivateAddressError):
        check_address(ip_address("192.168.0.1"), allow, "cat.example")


@pytest.mark.parametrize("address", ["::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "fe80::1%a"])
def test_an_address_that_carries_another_is_refused_even_when_everything_is_allowed(address):
    allow = [ip_network("0.0.0.0/0"), ip_network("::/0")]
    with pytest.raises(errors.PrivateAddressError):
        check_address(ip_address(address), allow, "cat.example")


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.0.0.01",
        "1.2.3.4.5",
        "256.1.1.1",
        "127.0.0.1.",
        "2130706433.",
        "0x",
        "0X7F.1",
        "example.0x10",
        "example.1",
        "0",
        "127。1",
        "0177。0。0。1",
        "4294967296",
    ],
)
def test_a_host_that_is_a_number_in_another_notation_is_refused_and_says_so(host):
    with pytest.raises(errors.PrivateAddressError, match="four decimal numbers"):
        parse_url(f"http://{host}/a.jpg")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.jpg",
        "//example.com/a.jpg",
        "http:",
        "http://",
        "http:///a.jpg",
        "http:/example.com/a.jpg",
        "http://?",
        "http://:80/",
        "http://exa mple.com/",
        "http://exa%6dple.com/",
        "http://127%2e0.0.1/",
        "http://%31%32%37.1/",
        "http://１２７.0.0.1/",
        "http://good.com\\@evil.com/",
        "http://good.com\\.evil.com/",
        "http://a..b/",
        "http://.a/",
        "http://a.com../",
        "http://-a.com/",
        "http://a-.com/",
        "http://" + "a" * 64 + ".com/",
        "http://" + "a." * 127 + "com/",
        "http://xn--zzzzzzz99.com/",
        "http://xn--a/",
        "http://a*b.com/",
        "http://a,b.com/",
        "http://a.com:/",
        "http://a.com:80:80/",
        "http://a.com:-1/",
        "http://a.com:99999/",
        "http://a.com:8 0/",
        "http://a.com:٨/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1/",
        "http://::1/",
        "http://[]/",
        "http://[1.2.3.4]/",
        "http://[::1]x/",
        "http://[v1.x]/",
        "http://a.com/\0",
        "http://a.com/\r\nHost: b",
        "http://a\t.com/",
        "http://a.com/" + "a" * 9000,
        "http://a\ud800.com/",
        "http://a.com/\ud800",
    ],
)
def test_what_is_no_url_is_refused_as_that_or_as_forbidden(text):
    with pytest.raises((ValueError, errors.PrivateAddressError)):
        Guard.build(FetchSettings()).check_url(parse_url(text))


@pytest.mark.parametrize("text", ["ftp://a.com/", "file:///etc/passwd", "gopher://a/", "data:image/png,a", "HTTPX://a"])
def test_another_scheme_is_forbidden(text):
    with pytest.raises(errors.SourceForbiddenError, match="scheme"):
        parse_url(text)


@pytest.mark.parametrize("text", ["http://u:p@a.com/", "http://u@a.com/", "http://@a.com/", "http://a@b@c.com/"])
def test_a_url_with_credentials_is_forbidden_without_repeating_them(text):
    with pytest.raises(errors.SourceForbiddenError, match="password") as caught:
        parse_url(text)
    assert "u:p" not in caught.value.detail


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("http://example.com/a.jpg", "example.com", 80),
        ("HTTPS://EXAMPLE.com", "example.com", 443),
        ("http://example.com./a", "example.com", 80),
        ("http://a_b.example.com:8080/", "a_b.example.com", 8080),
        ("http://bücher.example/", "xn--bcher-kva.example", 80),
        ("http://BÜCHER.example/", "xn--bcher-kva.example", 80),
        ("http://例え。テスト/", "xn--r8jz45g.xn--zckzah", 80),
        ("http://8.8.8.8/", "8.8.8.8", 80),
        ("http://8。8。8。8/", "8.8.8.8", 80),
        ("http://[2606:4700::0:1111]:443/", "2606:4700::1111", 443),
        ("http://1.example.com?x=@y", "1.example.com", 80),
        ("http://example.com#@evil.com/", "example.com", 80),
        ("http://0xdead.beef.com/", "0xdead.beef.com", 80),
    ],
)
def test_a_url_is_read_in_one_spelling_of_its_host(text, host, port):
    url = parse_url(text)
    assert (host_of(url), port_of(url)) == (host, port)


@pytest.mark.parametrize("text", ["http://a.com:22/", "http://a.com:8080/", "https://a.com:0/", "http://a.com:65535/"])
def test_a_port_that_is_not_allowed_is_forbidden_by_name(text):
    with pytest.raises(errors.SourceForbiddenError, match=r"Port \d+ .* expected one of \[80, 443\]"):
        Guard.build(FetchSettings()).check_url(parse_url(text))


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1/", "http://[::1]/", "http://[::ffff:8.8.8.8]/", "http://127。0。0。1/"]
)
def test_a_literal_address_is_checked_before_anything_is_sent(text):
    with pytest.raises(errors.PrivateAddressError):
        Guard.build(FetchSettings()).check_url(parse_url(text))


def test_a_host_that_is_not_on_the_list_is_forbidden_by_name():
    guard = Guard.build(FetchSettings(), hosts=HostList.read(["a.com"]))
    guard.check_url(parse_url("https://a.com./x"))
    with pytest.raises(errors.SourceForbiddenError, match=r"'b\.com'"):
        guard.check_url(parse_url("https://b.com/x"))


def test_the_operators_own_literal_address_passes_at_exactly_its_port():
    guard = Guard.build(FetchSettings(), own=httpx.URL("http://10.0.0.5:8080/base"))
    guard.check_url(parse_url("http://10.0.0.5:8080/other"))
    guard.check_address("10.0.0.5", 8080, ip_address("10.0.0.5"))
    for text in ("http://10.0.0.5/", "https://10.0.0.5/", "http://10.0.0.6:80/"):
        with pytest.raises(errors.PrivateAddressError):
            guard.check_url(parse_url(text))
    for text in ("http://10.0.0.6:8080/", "http://a.com:8080/"):
        with pytest.raises(errors.SourceForbiddenError):
            guard.check_url(parse_url(text))


def test_the_operators_own_name_gets_its_port_but_no_private_address():
    guard = Guard.build(FetchSettings(), own=httpx.URL("http://minio.example:9000/"))
    guard.check_url(parse_url("http://MINIO.example.:9000/x"))
    with pytest.raises(errors.PrivateAddressError):
        guard.check_address("minio.example", 9000, ip_address("10.0.0.5"))


def test_a_name_that_leads_to_the_operators_own_address_gets_no_exception():
    guard = Guard.build(FetchSettings(), own=httpx.URL("http://10.0.0.5:80/"))
    with pytest.raises(errors.PrivateAddressError):
        guard.check_address("evil.example", 80, ip_address("10.0.0.5"))


async def test_a_literal_resolves_to_itself_without_asking_anyone():
    assert list(await resolve_host("127.0.0.1", 80)) == ["127.0.0.1"]
