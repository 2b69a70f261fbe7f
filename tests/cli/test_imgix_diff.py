"""`imgcdn imgix diff`: a real server beside another one, in which one picture is another, and servers that misbehave."""

import json
import os
import shutil
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import painting
import pytest

from imgcdn import cli
from imgcdn.dialects.imgix import signing

TOKEN = "a-token-of-the-source"
SETTINGS = """
[[mount]]
name = "site"
origin = "{folder}"
dialect = "imgix"
hosts = ["assets.example.com"]
tokens = ["{token}"]
signed = true

[[mount]]
name = "free"
origin = "{folder}"
dialect = "imgix"

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""
TARGETS = [
    f"/free/{name}?{query}" for name in ("same.jpg", "changed.jpg") for query in ("w=120&fit=max", "w=90&fm=webp")
]


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    for name in list(os.environ):
        if name.startswith("IMGCDN_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two folders of the same pictures, of which one is another and one has another size."""
    here = tmp_path_factory.mktemp("here")
    photo = painting.sample("coffee.png").convert("RGB").resize((300, 200))
    for name in ("same.jpg", "changed.jpg", "larger.jpg"):
        photo.save(here / name, quality=90)
    there = here.with_name(f"{here.name}-there")
    shutil.copytree(here, there)
    painting.sample("rocket.jpg").convert("RGB").resize((300, 200)).save(there / "changed.jpg", quality=90)
    photo.resize((330, 250)).save(there / "larger.jpg", quality=90)
    return here, there


@pytest.fixture(scope="module")
def servers(module_serve, folders):
    return [module_serve(settings=SETTINGS.format(folder=folder, token=TOKEN)) for folder in folders]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run `imgcdn imgix diff` on a list of URLs; return status, stdout and stderr."""

    def call(targets, *arguments):
        (tmp_path / "urls.txt").write_text("".join(f"{target}\n" for target in targets), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["imgcdn", "imgix", "diff", str(tmp_path / "urls.txt"), *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def compared(run, servers):
    """Compare the two servers, and return the status and the pairs."""

    def call(targets, *arguments):
        here, there = servers
        status, out, _ = run(targets, "--base", here.url, "--against", there.url, "--json", *arguments)
        return status, json.loads(out)["pairs"]

    return call


def test_the_picture_that_was_changed_is_first_and_the_others_are_the_same(compared):
    status, pairs = compared(TARGETS, "--least", "0.9")
    assert status == 1
    assert [(pair["state"], "changed" in pair["target"]) for pair in pairs] == [("less alike", True)] * 2 + [
        ("alike", False)
    ] * 2
    assert all(pair["similarity"] < 0.7 for pair in pairs[:2])
    assert all(pair["similarity"] == pytest.approx(1) for pair in pairs[2:])
    assert {(pair["here"]["width"], pair["here"]["height"], pair["here"]["media_type"]) for pair in pairs} == {
        (120, 80, "image/jpeg"),
        (90, 60, "image/webp"),
    }
    assert all(pair["here"]["bytes"] == pair["there"]["bytes"] > 0 for pair in pairs[2:])


def test_without_a_threshold_likeness_alone_is_no_failure(compared):
    assert compared(TARGETS)[0] == 0


def test_a_size_that_differs_is_a_failure_and_what_neither_answers_is_none(compared):
    status, pairs = compared(["/free/larger.jpg", "/free/larger.jpg?w=100&h=50&fit=crop", "/free/none.jpg?w=1"])
    assert status == 1
    assert [pair["state"] for pair in pairs] == ["other size", "alike", "same status"]
    assert (pairs[0]["here"]["width"], pairs[0]["there"]["width"]) == (300, 330)
    assert pairs[0]["similarity"] is None
    assert pairs[2]["here"]["status"] == 404


def test_what_is_no_picture_is_told_apart(compared):
    status, pairs = compared(["/free/same.jpg?fm=json", "/free/changed.jpg?fm=blurhash"])
    assert status == 0
    assert [pair["state"] for pair in pairs] == ["no picture"] * 2
    assert {pair["detail"] for pair in pairs} >= {"other bytes"}


def test_signed_urls_go_as_they_are_to_the_host_of_their_mount(run, servers):
    here, _ = servers
    query = "w=50&fit=max&txt64=w6Q"
    good = f"https://example.imgix.net/same.jpg?{query}&s={signing.sign(TOKEN, '/same.jpg', query)}"
    flags = ("--base", here.url, "--against", here.url, "--host", "assets.example.com", "--json")
    status, out, _ = run([good, good.replace("w=50", "w=51")], *flags)
    pairs = json.loads(out)["pairs"]
    assert status == 1
    assert [(pair["here"]["status"], pair["there"]["status"]) for pair in pairs] == [(200, 404), (403, 404)]


def test_with_a_token_urls_are_signed_anew(run, servers):
    here, _ = servers
    flags = ("--base", here.url, "--against", f"{here.url}/free", "--host", "assets.example.com", "--json")
    targets = ["/same.jpg?w=50&s=old", "/same.jpg", "/same.jpg?s=old&w=60"]
    assert [pair["here"]["status"] for pair in json.loads(run(targets, *flags)[1])["pairs"]] == [403] * 3
    status, out, err = run(targets, *flags, "--token", TOKEN)
    assert [(pair["here"]["status"], pair["state"]) for pair in json.loads(out)["pairs"]] == [(200, "alike")] * 3
    assert status == 0
    assert TOKEN not in out + err


class Odd(BaseHTTPRequestHandler):
    """Answers as the path says."""

    def do_GET(self):
        self.server.asked.append(self.path)
        name = self.path.partition("?")[0].rpartition("/")[2]
        if name == "silent.jpg":
            self.server.hold.wait(20)
            return
        body = {"half.jpg": self.server.photo[:900], "text.jpg": b"sorry"}.get(name, self.server.photo)
        self.send_response(302 if name == "moved.jpg" else 200)
        self.send_header("Location", "/else.jpg")
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(body) + (10 if name == "short.jpg" else 0)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def odd(folders):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    server.photo = (folders[0] / "same.jpg").read_bytes()
    server.hold = threading.Event()
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield server
    server.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_target_is_sent_byte_by_byte_below_the_path_of_a_base(run, odd):
    status, _, _ = run(
        ["/a'b|{c}%7e%C3%a4.jpg?txt=a+b&x=^%5b[];&&s=A'"], "--base", odd.url, "--against", f"{odd.url}/deep/"
    )
    assert status == 0
    spelt = "/a'b|{c}%7e%C3%a4.jpg?txt=a+b&x=^%5b[];&&s=A'"
    assert sorted(odd.asked) == sorted([spelt, f"/deep{spelt}"])


def test_only_what_no_request_can_hold_is_encoded(run, odd):
    assert run(["/a b/ä.jpg?txt=ö"], "--base", odd.url, "--against", odd.url)[0] == 0
    assert set(odd.asked) == {"/a%20b/%C3%A4.jpg?txt=%C3%B6"}


def test_every_failure_is_a_row_and_redirects_are_not_followed(run, odd):
    odd = odd.url
    names = ("good", "moved", "half", "text", "short", "silent")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        status, out, _ = run(["/good.jpg"], "--base", odd, "--against", closed, "--json")
    (pair,) = json.loads(out)["pairs"]
    assert (status, pair["state"], pair["detail"][:20]) == (1, "failed", "there: ConnectError:")
    status, out, _ = run(
        [f"/{name}.jpg" for name in names], "--base", odd, "--against", odd, "--json", "--timeout", "2"
    )
    by_name = {pair["target"]: pair for pair in json.loads(out)["pairs"]}
    assert status == 1
    assert {name: by_name[f"/{name}.jpg"]["state"] for name in names} == {
        "good": "alike",
        "moved": "same status",
        **dict.fromkeys(("half", "text", "short", "silent"), "failed"),
    }
    assert by_name["/moved.jpg"]["here"]["status"] == 302
    assert "no answer within 2 s" in by_name["/silent.jpg"]["detail"]
    assert "cannot be decoded" in by_name["/half.jpg"]["detail"]


def test_the_table_says_it_for_people_and_the_list_may_be_cut(run, servers):
    here, there = servers
    status, out, err = run(
        [*TARGETS, *TARGETS], "--base", here.url, "--against", there.url, "--most", "3", "--top", "2"
    )
    assert status == 0
    assert "/free/changed.jpg?w=120&fit=max" in out
    assert "120x80 jpeg" in out
    assert "3 URLs: 3 alike" in out
    assert "1 more rows" in out
    assert "only the first 3 different URLs" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--against", "example.com"], "expected http://"),
        (["--against", "http://[x"], "is no URL"),
        (["--against", "http://x/?a=1"], "at most a path"),
        (["--against", "http://x", "--base", "ftp://y"], "expected http://"),
        (["--against", "http://x", "--least", "2"], "--least"),
        ([], "--against"),
    ],
)
def test_a_mistake_ends_with_a_sentence_and_status_2(run, arguments, says):
    status, _, err = run(["/a.jpg"], *arguments)
    assert status == 2
    assert says in err


def test_a_list_without_urls_is_a_mistake(run):
    status, _, err = run(["nothing"], "--against", "http://127.0.0.1:9")
    assert (status, "no line asks for a URL" in err) == (2, True)
