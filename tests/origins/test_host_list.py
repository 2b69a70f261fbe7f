import pytest

from imgcdn.errors import SettingsError
from imgcdn.origins.hosts import HostList


@pytest.mark.parametrize(
    ("host", "is_listed"),
    [
        ("images.example.com", True),
        ("IMAGES.Example.com", True),
        ("images.example.com.", True),
        ("example.com", False),
        ("evil-images.example.com", False),
        ("images.example.com.evil.com", False),
        ("a.cdn.net", True),
        ("a.b.cdn.net", True),
        ("cdn.net", False),
        ("evilcdn.net", False),
        (".cdn.net", True),
        ("xn--bcher-kva.example", True),
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("", False),
    ],
)
def test_a_host_is_listed_by_its_exact_name_or_below_a_wildcard(host, is_listed):
    hosts = HostList.read(["images.example.com", "*.cdn.net", "bücher.example", "8.8.8.8", "2606:4700:0::1111"])
    assert (host in hosts) is is_listed


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "*.",
        "**",
        "a.*.com",
        "*a.com",
        "http://a.com",
        "a.com:80",
        "a.com/x",
        "u@a.com",
        "a com",
        "a.com?x",
        "%61.com",
    ],
)
def test_an_entry_that_is_no_host_is_refused_by_name(entry):
    with pytest.raises(SettingsError, match="expected a host such as"):
        HostList.read([entry])


def test_every_host_is_let_through_only_by_a_mount_that_may_be_open():
    assert "anything.example" in HostList.read(["*"], may_be_open=True)
    with pytest.raises(SettingsError, match="signed"):
        HostList.read(["*"])
