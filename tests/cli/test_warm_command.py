"""`imgcdn cache warm`: what it renders is there for the first visitor, AVIF included."""

import json
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

[presets]
small = "w=50"
tall = "w=40&h=80"

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("IMGCDN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("IMGCDN_DATA__DIR", str(tmp_path / "data"))
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
    """Run `imgcdn cache warm` on a cache folder of this test; return status and stderr."""

    def call(*arguments, settings=config):
        given = ("-c", settings, "--cache-dir", tmp_path / "cache", *arguments)
        monkeypatch.setattr(sys, "argv", ["imgcdn", "cache", "warm", *map(str, given)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return call


def entries(tmp_path, monkeypatch, capsys) -> int:
    monkeypatch.setattr(sys, "argv", ["imgcdn", "cache", "stats", "--json", "--cache-dir", str(tmp_path / "cache")])
    with pytest.raises(SystemExit):
        cli.main()
    return json.loads(capsys.readouterr().out)["stores"]["renditions"]["entries"]


def test_the_first_visitor_of_what_was_warmed_gets_a_hit_in_the_best_format(run, serve, config, photos, tmp_path):
    status, said = run("/img/photo.jpg?w=300&h=200", "/img/photo.jpg?w=80&format=png")
    assert (status, said.strip().splitlines()[-1]) == (0, "warmed: 2, failed: 0")
    server = serve(settings=SETTINGS.format(photos=photos), cache=tmp_path / "cache")
    for accept, kind in ((CHROME, "image/avif"), (SAFARI_15, "image/webp"), (SAFARI_13, "image/jpeg")):
        answer = server.get("/img/photo.jpg?h=200&w=300", accept=accept)
        assert answer.headers["content-type"] == kind
        assert answer.headers["cache-status"].startswith("imgcdn; hit")
    assert server.get("/img/photo.jpg?w=80&format=png").headers["cache-status"].startswith("imgcdn; hit")


def test_every_preset_of_every_source_is_rendered_in_three_formats(run, tmp_path, monkeypatch, capsys):
    presets = ("--preset", "small", "--preset", "tall")
    status, said = run(*presets, "--source", "img/photo.jpg", "--source", "/img/with spaces.jpg")
    assert (status, "warmed: 4, failed: 0" in said) == (0, True)
    assert entries(tmp_path, monkeypatch, capsys) == 4 * 3


def test_a_url_may_be_whole_and_a_host_name_chooses_its_mount(run, tmp_path, monkeypatch, capsys):
    status, said = run("https://cdn.example.com/img/photo.jpg?w=30", "https://shop.example.com/photo.jpg?w=30")
    assert (status, "warmed: 2, failed: 0" in said) == (0, True)
    assert entries(tmp_path, monkeypatch, capsys) == 3, "equal bytes share their renditions"


def test_letters_of_other_scripts_are_understood(run):
    assert run("/img/Übergröße 東京.jpg?w=20")[0] == 0


def test_warming_again_renders_nothing_and_a_url_twice_counts_once(run, tmp_path, monkeypatch, capsys):
    assert run("/img/photo.jpg?w=30")[0] == 0
    status, said = run("/img/photo.jpg?w=30", "/img/photo.jpg?w=30")
    assert (status, "warmed: 1, failed: 0" in said) == (0, True)
    assert entries(tmp_path, monkeypatch, capsys) == 3


def test_what_cannot_be_warmed_is_a_line_each_and_status_1(run, tmp_path, monkeypatch, capsys):
    status, said = run(
        "/img/photo.jpg?w=30", "/img/none.jpg", "/nothing/a.jpg", "/img/photo.jpg?w=x", "photo.jpg", "https://[x"
    )
    assert status == 1
    lines = said.strip().splitlines()
    assert len(lines) == 6
    for url, code in (
        ("/img/none.jpg", "source_not_found"),
        ("/nothing/a.jpg", "not_found"),
        ("/img/photo.jpg?w=x", "invalid_parameter"),
        ("photo.jpg", "invalid_parameter"),
        ("https://[x", "invalid_parameter"),
    ):
        assert any(line.startswith(f"{url}: {code}: ") for line in lines[:-1]), url
    assert lines[-1] == "warmed: 1, failed: 5"
    assert entries(tmp_path, monkeypatch, capsys) == 3


def test_a_preset_that_is_not_there_is_told(run):
    status, said = run("--preset", "huge", "--source", "img/photo.jpg")
    assert status == 1
    assert "/img/photo.jpg?preset=huge: preset_not_found: " in said


def test_what_a_broken_cache_does_not_keep_is_not_called_warm(run, tmp_path):
    (tmp_path / "cache").write_text("no folder")
    status, said = run("/img/photo.jpg?w=30")
    assert status == 1
    assert "/img/photo.jpg?w=30: not_kept: " in said


@pytest.mark.parametrize("nothing", [(), ("--preset", "small"), ("--source", "img/photo.jpg")])
def test_nothing_to_warm_is_a_mistake(run, nothing):
    status, said = run(*nothing)
    assert status == 2
    assert "nothing to warm was named" in said


def test_without_a_mount_there_is_nothing_to_warm(run, tmp_path):
    (tmp_path / "empty.toml").write_text("")
    status, said = run("/img/a.jpg", settings=tmp_path / "empty.toml")
    assert status == 2
    assert "expected a mount" in said


def test_a_signed_mount_is_warmed_without_a_signature(run, serve, photos, tmp_path):
    signed = SETTINGS.format(photos=photos).replace('name = "img"', 'name = "img"\nsigned = true')
    signed += '\n[signing.keys]\nmain = "a-secret-of-this-server"\n[ladder]\nallow_widths = [40]\n'
    path = tmp_path / "signed.toml"
    path.write_text(signed, encoding="utf-8")
    assert run("/img/photo.jpg?w=33", settings=path)[0] == 0
    server = serve(settings=signed, cache=tmp_path / "cache")
    url = Signing({"main": "a-secret-of-this-server"}, time.time).sign("/img/photo.jpg", "w=33")
    assert server.get(url, accept=CHROME).headers["content-type"] == "image/avif"
