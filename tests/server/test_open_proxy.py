"""A proxy that fetches from every host takes signed URLs alone, and reaches no address that is not public."""

import subprocess
import time
from urllib.parse import quote

import pytest
from measuring import opened
from scripted import Origin, answer
from serving import assert_problem, command, environment

from imgcdn.dialects.signing import Signing

OLD, NEW = "an-older-secret-of-ours", "a-newer-secret-of-ours"
SETTINGS = """
[[mount]]
name = "any"
origin = "proxy"
allow_hosts = ["*"]
{signed}

[signing.keys]
new = "{new}"
old = "{old}"

[fetch]
allow_private = ["127.0.0.1/32"]
allow_ports = [80, 443, {port}]
connect_timeout_s = 2

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""


@pytest.fixture(scope="module")
def origin(photos):
    made = Origin()
    made.scripts["/photo.jpg"] = answer((photos / "photo.jpg").read_bytes())
    yield made
    made.close()


@pytest.fixture(scope="module")
def gateway():
    """A proxy that the environment names; nobody may ask it for anything."""
    made = Origin()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(module_serve, origin, gateway):
    settings = SETTINGS.format(signed="signed = true", new=NEW, old=OLD, port=origin.port)
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return module_serve(settings=settings, env=dict.fromkeys(names, gateway.url) | {"no_proxy": ""})


def signed(url: str, query: str = "w=40", key: str = "new") -> str:
    secrets = {"new": NEW, "old": OLD}
    return Signing({key: secrets[key]}, time.time).sign(f"/any/{quote(url, safe='')}", query)


def test_an_open_proxy_serves_what_is_signed_and_refuses_the_rest(server, origin):
    url = f"{origin.url}/photo.jpg"
    made = server.get(signed(url))
    assert made.status_code == 200, made.text
    assert opened(made.content).width == 40
    before = origin.asked.total()
    assert_problem(server.get(f"/any/{quote(url, safe='')}?w=40"), 403, "bad_signature", "sig")
    assert_problem(server.get(signed(url).replace("w=40", "w=41")), 403, "bad_signature", "sig")
    assert origin.asked.total() == before


def test_several_keys_are_live_and_kid_names_the_one_that_signed(server, origin):
    url = f"{origin.url}/photo.jpg"
    for key in ("new", "old"):
        target = signed(url, "w=41", key)
        assert f"kid={key}" in target
        assert server.get(target).status_code == 200
        other = "old" if key == "new" else "new"
        assert_problem(server.get(target.replace(f"kid={key}", f"kid={other}")), 403, "bad_signature", "sig")
    assert_problem(server.get(signed(url).replace("kid=new", "kid=gone")), 403, "bad_signature", "sig")


def test_proxies_of_the_environment_are_not_used(server, origin, gateway):
    before = origin.asked["/photo.jpg"]
    assert server.get(signed(f"{origin.url}/photo.jpg?fresh=1")).status_code == 200
    assert origin.asked["/photo.jpg"] == before + 1
    assert gateway.connections == 0


@pytest.mark.parametrize(
    "host",
    [
        "[2002:7f00:1::]",
        "[2002:a00:1::1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::10.0.0.1]",
        "[64:ff9b:1::10.0.0.1]",
        "[::ffff:127.0.0.2]",
        "[::ffff:10.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[::1]",
        "[fe80::1]",
        "127.0.0.2",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "2130706434",
        "0x7f000002",
        "0177.0.0.2",
    ],
)
def test_private_addresses_are_refused_in_every_form(server, host, origin, gateway):
    before = origin.connections
    for port in ("", f":{origin.port}"):
        assert_problem(server.get(signed(f"http://{host}{port}/photo.jpg")), 403, "private_address")
    assert (origin.connections, gateway.connections) == (before, 0)


def test_an_unsigned_mount_never_fetches_from_every_host(tmp_path):
    (tmp_path / "imgcdn.toml").write_text(SETTINGS.format(signed="", new=NEW, old=OLD, port=81))
    ended = subprocess.run(
        command("serve", "--config", tmp_path / "imgcdn.toml", "--port", 0),
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert ended.returncode == 2
    assert "an open proxy needs signed URLs" in ended.stderr


def test_an_open_proxy_is_not_lent_to_a_mount_of_unsigned_urls(tmp_path, photos):
    lent = f'[[mount]]\nname = "img"\norigin = "{photos}"\nmarks = ["any"]\n'
    text = SETTINGS.format(signed="signed = true", new=NEW, old=OLD, port=81)
    (tmp_path / "imgcdn.toml").write_text(lent + text)
    ended = subprocess.run(
        command("serve", "--config", tmp_path / "imgcdn.toml", "--port", 0),
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert ended.returncode == 2
    assert "mount.marks of img names a proxy that fetches from every host" in ended.stderr


def test_the_doctor_finds_nothing_wrong_with_an_open_proxy_that_is_signed(tmp_path):
    text = SETTINGS.format(signed="signed = true", new=NEW, old=OLD, port=81)
    (tmp_path / "imgcdn.toml").write_text(text)
    ended = subprocess.run(
        command("doctor", "--config", tmp_path / "imgcdn.toml"),
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert "open proxy" not in ended.stdout + ended.stderr
    assert "mount any" in ended.stdout + ended.stderr
