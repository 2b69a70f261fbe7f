from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from imgcdn.origins.settings import FetchSettings


def test_no_private_network_is_allowed_by_default():
    assert FetchSettings().private_networks == ()


def test_every_field_is_described():
    assert all(field.description for field in FetchSettings.model_fields.values())


def test_private_networks_are_read_as_networks():
    settings = FetchSettings(allow_private=("10.0.0.0/8", "fd00::/8", "127.0.0.1"))
    assert settings.private_networks == tuple(map(ip_network, ("10.0.0.0/8", "fd00::/8", "127.0.0.1/32")))


@pytest.mark.parametrize("network", ["10.0.0.1/8", "localhost", "", "10.0.0.0/33"])
def test_what_is_no_network_is_refused_by_name(network):
    with pytest.raises(ValidationError, match="expected one such as"):
        FetchSettings(allow_private=(network,))


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_fresh_s": 10, "max_fresh_s": 5},
        {"user_agent": "a\r\nCookie: b"},
        {"user_agent": "a\n"},
        {"user_agent": ""},
        {"user_agent": "ü"},
        {"allow_ports": (0,)},
        {"max_bytes": 0},
        {"proxy": "http://proxy"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(ValidationError):
        FetchSettings.model_validate(wrong)


@pytest.mark.parametrize(("life_s", "fresh_s"), [(None, 50), (0, 5), (20, 20), (1000, 100)])
def test_what_the_server_allows_is_clamped(life_s, fresh_s):
    settings = FetchSettings(default_fresh_s=50, min_fresh_s=5, max_fresh_s=100)
    assert settings.clamp_fresh_s(life_s) == fresh_s
