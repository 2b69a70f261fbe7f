"""Settings from file, environment and flags; mistakes that end with a sentence; and an end that loses nothing."""

import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress

import httpx
import psutil
import pytest
from measuring import opened
from painting import sample
from serving import Server, assert_problem, command, environment, eventually

LEAN = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n'
"""Without models a server starts in a second."""


def run(*arguments, env=None):
    """Run a command that must end by itself."""
    return subprocess.run(
        command(*arguments), env=environment(env), capture_output=True, text=True, timeout=60, check=False
    )


def sentence(ended, status=2):
    """Require an end with one sentence and no traceback; return the sentence."""
    assert ended.returncode == status, ended.stderr
    assert "Traceback" not in ended.stderr
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("imgcdn: ")
    return line


def test_a_flag_wins_over_the_environment_and_that_over_the_file(serve, photos):
    file = LEAN + "[render]\nworkers = 1\n"
    env = {"IMGCDN_RENDER__WORKERS": "2"}
    assert len(serve(photos, settings=file).workers()) == 1
    assert len(eventually_all(serve(photos, settings=file, env=env), 2)) == 2
    assert len(eventually_all(serve(photos, "--workers", "3", settings=file, env=env), 3)) == 3


def eventually_all(server, count):
    return eventually(lambda: len(server.workers()) == count and server.workers())


def test_the_settings_file_can_be_named_in_the_environment(serve, photos, tmp_path):
    (tmp_path / "named.toml").write_text(LEAN + f'[[mount]]\nname = "shop"\norigin = "{photos}"\n')
    server = serve(env={"IMGCDN_CONFIG": str(tmp_path / "named.toml")})
    assert server.get("/shop/photo.jpg?w=20").status_code == 200
    assert server.get("/img/photo.jpg?w=20").status_code == 404


def test_a_folder_is_added_to_the_mounts_of_the_file(serve, photos):
    mounts = f'[[mount]]\nname = "second"\norigin = "{photos}"\nstrict = false\n'
    server = serve(photos, settings=LEAN + mounts + '[presets]\nthumb = "w=40&h=40&gravity=north"\n')
    assert server.get("/img/photo.jpg?w=20").status_code == 200
    lenient = server.get("/second/photo.jpg?w=20&ixlib=js&w=30")
    assert lenient.status_code == 200
    assert lenient.headers["x-imgcdn-ignored"] == "ixlib"
    for target in ("/img/photo.jpg?preset=thumb", "/img/photo.jpg/p/thumb", "/second/photo.jpg/p/thumb"):
        assert opened(server.get(target).content).size == (40, 40)
    assert opened(server.get("/img/photo.jpg/p/thumb?w=20").content).size == (20, 40)


def test_a_mount_can_have_a_host_of_its_own(serve, photos):
    mounts = f'[[mount]]\nname = "assets"\norigin = "{photos}"\nhosts = ["assets.example.com"]\n'
    server = serve(photos, settings=LEAN + mounts)
    for _ in range(2):
        assert server.get("/photo.jpg?w=20", host="assets.example.com").status_code == 200
        assert server.get("/photo.jpg?w=20", host="ASSETS.example.com:8443").status_code == 200
        assert server.get("/photo.jpg?w=20").status_code == 404
        assert server.get("/img/photo.jpg?w=20", host="assets.example.com").status_code == 404
        assert server.get("/img/photo.jpg?w=20").status_code == 200
        assert server.get("/assets/photo.jpg?w=20").status_code == 404


def test_a_mistake_in_the_settings_ends_with_status_2_and_a_sentence_that_names_it(photos, tmp_path):
    (tmp_path / "bad.toml").write_text("[render]\nworkers = -1\n")
    assert "render.workers = -1" in sentence(run("serve", photos, "--config", tmp_path / "bad.toml"))
    assert "'many'" in sentence(run("serve", photos, env={"IMGCDN_RENDER__WORKERS": "many"}))
    assert "/no/such/folder" in sentence(run("serve", "/no/such/folder", "--port", "0"))


def test_a_port_that_is_taken_is_named(photos):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = sentence(run("serve", photos, "--port", port))
    assert f"server.port = {port}" in said
    assert "in use" in said


def test_an_address_that_is_not_ours_is_named(photos):
    assert "server.host = '192.0.2.1'" in sentence(run("serve", photos, "--host", "192.0.2.1", "--port", "0"))


def test_port_0_takes_a_free_one_and_says_which(photos, tmp_path):
    server = Server((photos, "--port", 0), tmp_path / "cache", tmp_path / "log", {"IMGCDN_GRAVITY__PULL_MODELS": "0"})
    arguments = command("serve", photos, "--port", 0, "--cache-dir", tmp_path / "cache")
    with (tmp_path / "log").open("wb") as log:
        server.process = subprocess.Popen(arguments, stdout=log, stderr=log, env=environment(server.env))
    try:
        eventually(lambda: "serves on http://127.0.0.1:" in server.said, 60)
        server.port = int(server.said.split("serves on http://127.0.0.1:")[1].split()[0])
        assert server.get("/img/photo.jpg?w=10").status_code == 200
    finally:
        server.end()


def test_two_servers_share_one_cache_folder(serve, photos, tmp_path):
    one = serve(photos, settings=LEAN, cache=tmp_path / "cache")
    two = serve(photos, settings=LEAN, cache=tmp_path / "cache")
    made = one.get("/img/photo.jpg?w=123")
    again = two.get("/img/photo.jpg?w=123")
    assert again.headers["cache-status"].startswith("imgcdn; hit")
    assert again.content == made.content


@pytest.mark.parametrize("spoil", ["a file", "no rights"])
def test_a_cache_folder_that_cannot_be_used_is_said_and_pictures_still_come(serve, photos, tmp_path, spoil):
    cache = tmp_path / "cache"
    if spoil == "a file":
        cache.write_text("in the way")
    else:
        # The tests may run as root, whom no rights stop; nothing can be made in /proc by anybody.
        cache.symlink_to("/proc/self/fdinfo")
    server = serve(photos, settings=LEAN, cache=cache)
    for _ in range(2):
        assert server.get("/img/photo.jpg?w=20").status_code == 200
    assert {"references", "renditions"} <= set(server.get("/-/ready").json()["degraded"])


class _Asking(threading.Thread):
    """A request under way while the test does something else."""

    def __init__(self, server, target):
        super().__init__(daemon=True)
        self.server, self.target = server, target
        self.answer = None
        self.start()

    def run(self):
        with suppress(httpx.TransportError):  # a server that is ended at once answers nothing
            self.answer = self.server.get(self.target)


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGINT])
def test_a_render_under_way_is_finished_before_the_end(serve, photos, signal_):
    server = serve(photos, settings=LEAN + "[render]\nworkers = 1\n")
    (worker,) = server.workers()
    os.kill(worker, signal.SIGSTOP)
    asking = _Asking(server, "/img/photo.jpg?w=300&format=webp")
    time.sleep(0.4)
    threading.Timer(1, os.kill, (worker, signal.SIGCONT)).start()
    assert server.stop(signal_) in {0, -signal_, 128 + signal_}
    asking.join(10)
    assert asking.answer.status_code == 200
    assert opened(asking.answer.content).size == (300, 200)
    assert "Traceback" not in server.said


def test_what_takes_longer_than_the_grace_is_cut_off(serve, photos):
    server = serve(photos, settings=LEAN + "[server]\ngrace_s = 1\n[render]\nworkers = 1\n")
    (victim,) = server.workers()
    os.kill(victim, signal.SIGSTOP)
    with socket.create_connection(("127.0.0.1", server.port)) as asking:
        asking.sendall(b"GET /img/photo.jpg?w=30 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        begun = time.monotonic()
        assert server.stop() in {0, -signal.SIGTERM}
        assert time.monotonic() - begun < 15


def test_open_idle_connections_do_not_hold_up_the_end(serve, photos):
    server = serve(photos, settings=LEAN)
    with server.client() as one, server.client() as other:
        assert one.get("/img/photo.jpg?w=20").status_code == 200
        assert other.get("/-/healthz").status_code == 200
        begun = time.monotonic()
        server.end()
        assert time.monotonic() - begun < 8


# Draining

SLOW = "/img/huge.jpg?format=avif&q=70"
"""24 megapixels to AVIF: seconds of work."""


@pytest.fixture(scope="module")
def huge(tmp_path_factory):
    """A folder with a picture of 24 megapixels."""
    folder = tmp_path_factory.mktemp("huge")
    sample("coffee.png").resize((6000, 4000)).save(folder / "huge.jpg", quality=90)
    sample("coffee.png").save(folder / "small.jpg")
    return folder


def draining(server):
    return eventually(lambda: (answer := server.get("/-/ready")).status_code == 503 and answer, 5)


def under_way(server):
    """Wait until a render worker is at work."""
    return eventually(lambda: 'imgcdn_workers_busy{pool="render"} 1' in server.get("/-/metrics").text, 30)


def test_a_slow_render_arrives_whole_while_the_server_says_that_it_drains_and_refuses_others(serve, huge):
    server = serve(huge, settings=LEAN + "[server]\ngrace_s = 100\n[render]\nworkers = 1\ntimeout_s = 100\n")
    assert server.get("/-/ready").status_code == 200
    idle = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    idle.sendall(b"GET /-/healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert idle.recv(65_536).endswith(b'alive"}')
    asking = _Asking(server, SLOW)
    under_way(server)
    os.kill(server.pid, signal.SIGTERM)
    said = draining(server)
    assert said.json() == {"ready": False, "why_not": {"server": "draining"}, "degraded": said.json()["degraded"]}
    assert said.headers["connection"] == "close"
    refused = server.get("/img/small.jpg?w=30")
    assert_problem(refused, 503, "draining")
    assert refused.headers["vary"] == "Accept"
    assert refused.headers["retry-after"]
    assert refused.headers["connection"] == "close"
    assert idle.recv(1) == b"", "connections that wait for another request are closed"
    idle.close()
    assert asking.answer is None, "the render is still under way"
    asking.join(90)
    assert asking.answer.status_code == 200
    assert opened(asking.answer.content).size == (6000, 4000)
    assert server.process.wait(15) in {0, -signal.SIGTERM}
    server.end()


def test_a_second_signal_ends_the_server_at_once_with_its_workers(serve, huge):
    server = serve(huge, settings=LEAN + "[server]\ngrace_s = 100\n[render]\nworkers = 1\ntimeout_s = 100\n")
    _Asking(server, SLOW)
    under_way(server)
    workers = server.workers()
    os.kill(server.pid, signal.SIGTERM)
    draining(server)
    time.sleep(0.6)
    begun = time.monotonic()
    os.kill(server.pid, signal.SIGTERM)
    assert server.process.wait(5) == -signal.SIGTERM
    assert time.monotonic() - begun < 2
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in workers), 5, "the workers are gone")


def test_a_signal_that_comes_twice_at_once_is_one(serve, huge):
    server = serve(huge, settings=LEAN + "[server]\ngrace_s = 100\n[render]\nworkers = 1\n")
    asking = _Asking(server, "/img/huge.jpg?w=2000&format=webp")
    under_way(server)
    for _ in range(2):
        os.kill(server.pid, signal.SIGTERM)
    asking.join(60)
    assert asking.answer.status_code == 200
    server.process.wait(15)


def test_a_load_balancer_is_given_time_to_see_that_the_server_drains(serve, photos):
    server = serve(photos, settings=LEAN + "[server]\ndrain_s = 2\n")
    begun = time.monotonic()
    os.kill(server.pid, signal.SIGTERM)
    assert draining(server).json()["why_not"] == {"server": "draining"}
    assert server.get("/-/healthz").status_code == 200
    server.process.wait(15)
    assert 2 <= time.monotonic() - begun < 8
