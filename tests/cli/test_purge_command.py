"""`imgcdn cache purge --url`: what was rendered at URLs is forgotten, in every format and for every hint."""

import os
import sys
import time

import pytest
import structlog
from serving import CHROME, SAFARI_13, SAFARI_15

from imgcdn import cli
from imgcdn.dialects.signing import Signing

SETTINGS = """
[[mount]]
name = "img"
origin = "{photos}"

[[mount]]
name = "shop"
origin = "{photos}"
hosts = ["shop.example.com"]

[[mount]]
name = "sealed"
origin = "{photos}"
signed = true

[signing.keys]
main = "a-secret-of-this-server"

[fetch]
folder_check_s = 600

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    for name in list(os.environ):
        if name.startswith("IMGCDN_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(cli.logs, "configure", lambda level: None)
    yield
    structlog.reset_defaults()


@pytest.fixture
def config(tmp_path, photos):
    path = tmp_path / "imgcdn.toml"
    path.write_text(SETTINGS.format(photos=photos), encoding="utf-8")
    return path


@pytest.fixture
def run(monkeypatch, capsys, config, tmp_path):
    """Run `imgcdn cache purge` on the folders of this test's server; return status and stderr."""

    def call(*arguments, settings=config):
        folders = ("--cache-dir", tmp_path / "cache", "--data-dir", tmp_path / "data")
        given = ("imgcdn", "cache", "purge", *arguments, *folders, *(("-c", settings) if settings else ()))
        monkeypatch.setattr(sys, "argv", [str(argument) for argument in given])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return call


def test_urls_are_forgotten_while_a_server_runs_and_others_stay(run, serve, photos, tmp_path):
    server = serve(settings=SETTINGS.format(photos=photos), cache=tmp_path / "cache")
    signing = Signing({"main": "a-secret-of-this-server"}, time.time)
    lasting, over = (signing.sign("/sealed/p3.jpg", "w=40", expires_at=ends) for ends in (4_000_000_000, 1))
    seen = [
        ("/img/photo.jpg?w=100&ch=Width", {"accept": SAFARI_15}),
        ("/img/photo.jpg?w=100&ch=Width", {"accept": SAFARI_13, "sec_ch_width": "333"}),
        ("/with%20spaces.jpg?w=61", {"accept": SAFARI_15, "host": "shop.example.com"}),
        (lasting, {"accept": SAFARI_15}),
        ("/img/photo.jpg?w=101", {"accept": SAFARI_15}),
    ]

    def states():
        return [server.get(target, **headers).headers["cache-status"].split(";")[1].strip() for target, headers in seen]

    assert states() == ["fwd=uri-miss"] * 5
    assert states() == ["hit"] * 5
    urls = ("/img/photo.jpg?ch=Width&w=100", "https://shop.example.com/with spaces.jpg?w=61", over)
    status, said = run(*(part for url in urls for part in ("--url", url)))
    assert (status, "forgotten: 3 references, 4 renditions, 0 originals" in said) == (0, True), said
    assert states() == ["fwd=uri-miss"] * 4 + ["hit"]
    assert server.get("/img/photo.jpg?w=101", accept=CHROME).status_code == 200


def test_a_url_may_name_a_preset_that_was_set_through_the_api(run, serve, photos, tmp_path):
    server = serve(settings=SETTINGS.format(photos=photos), cache=tmp_path / "cache")
    with server.client() as client:
        assert client.put("/v1/presets/mine", json={"params": {"w": 31}}).status_code in {200, 201}
    assert server.get("/img/photo.jpg?preset=mine").status_code == 200
    status, said = run("--url", "/img/photo.jpg?preset=mine")
    assert (status, "1 renditions" in said) == (0, True), said


def test_a_url_is_marked_stale_softly_beside_a_source(run, serve, photos, tmp_path):
    server = serve(settings=SETTINGS.format(photos=photos), cache=tmp_path / "cache")
    for name in ("photo", "p3"):
        assert server.get(f"/img/{name}.jpg?w=40").status_code == 200
    status, said = run("img/p3.jpg", "--url", "/img/photo.jpg?w=40", "--soft")
    assert (status, "marked stale: 2 references" in said) == (0, True), said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("https://shop.example.com/a.jpg?w=4",), "is a URL: expected mount/path, or --url https://shop.example.com"),
        (("--url", "photo.jpg"), "is no URL of a picture"),
        (("--url", "/img/photo.jpg?w=x"), "w=x"),
        (("--url", "/nowhere/a.jpg"), "there is nothing at"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_done(run, tmp_path, arguments, says):
    (tmp_path / "cache").mkdir()
    status, said = run(*arguments)
    assert status in {1, 2}
    assert says in said


def test_urls_need_the_server_s_settings(run, tmp_path):
    (tmp_path / "cache").mkdir()
    status, said = run("--url", "/img/a.jpg", settings=None)
    assert status == 2
    assert "expected a mount" in said
