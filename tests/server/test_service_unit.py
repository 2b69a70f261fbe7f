"""config/imgcdn.service, and what the server says to systemd."""

import re
import socket
import subprocess

import pytest
from serving import command, environment

from imgcdn.settings import Settings
from imgcdn.workers.pool import _CLOSE_S

LEAN = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n'


@pytest.fixture
def unit(repository):
    return (repository / "config" / "imgcdn.service").read_text(encoding="utf-8")


def seconds(unit, name):
    return int(re.search(rf"^{name}=(\d+)s$", unit, re.MULTILINE)[1])


def test_systemd_finds_nothing_wrong_with_the_unit(program, unit, tmp_path):
    verify = program("systemd-analyze")
    stand_in = tmp_path / "imgcdn"
    stand_in.write_text("#!/bin/sh\n")
    stand_in.chmod(0o755)
    assert unit.count("ExecStart=/opt/imgcdn/bin/imgcdn ") == 1
    (tmp_path / "imgcdn.service").write_text(
        unit.replace("ExecStart=/opt/imgcdn/bin/imgcdn ", f"ExecStart={stand_in} ")
    )
    ended = subprocess.run(
        [verify, "verify", "--recursive-errors=no", tmp_path / "imgcdn.service"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_systemd_waits_longer_than_the_server_may_take(unit):
    assert seconds(unit, "TimeoutStopSec") > Settings().server.grace_s + _CLOSE_S


def test_systemd_tries_again_whatever_ended_the_server(unit, tmp_path):
    (tmp_path / "imgcdn.toml").write_text('[[mount]]\nname = "img"\norigin = "/nonexistent"\n')
    ended = subprocess.run(
        command("serve", "--config", tmp_path / "imgcdn.toml", "--port", 0),
        capture_output=True,
        check=False,
        env=environment(),
    )
    assert ended.returncode == 2, "a disk that is mounted late looks like a mistake in the settings"
    assert "\nRestart=on-failure\n" in unit
    assert "RestartPreventExitStatus" not in unit


def test_only_the_front_hears_the_signal(unit):
    assert "\nKillMode=mixed\n" in unit


@pytest.mark.parametrize("is_abstract", [False, True])
def test_the_server_says_when_it_listens_and_when_it_stops(serve, photos, tmp_path, is_abstract):
    path = f"\0imgcdn-{tmp_path.name}" if is_abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(path)
        heard.settimeout(10)
        server = serve(photos, settings=LEAN, env={"NOTIFY_SOCKET": path.replace("\0", "@")})
        assert heard.recv(100) == b"READY=1"
        server.end()
        assert heard.recv(100) == b"STOPPING=1"


def test_nobody_to_tell_is_no_trouble(serve, photos, tmp_path):
    server = serve(photos, settings=LEAN, env={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    assert server.get("/img/photo.jpg?w=10").status_code == 200
