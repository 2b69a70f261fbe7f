"""`imgcdn imgix lint`: a log in, what would be different here out, and a status that scripts can use."""

import gzip
import io
import json
import os
import sys

import pytest

from imgcdn import cli
from imgcdn.dialects.imgix import signing

TOKEN = "a-token-of-the-source"
CLEAN = (
    '192.0.2.1 - - [21/Nov/2026:10:00:00 +0000] "GET /a.jpg?auto=format&fit=max&w=640&q=75 HTTP/2.0" 200 1 "-" "M"\n',
    '192.0.2.1 - - [21/Nov/2026:10:00:00 +0000] "GET /b.jpg?auto=format&fit=max&w=640&q=75 HTTP/2.0" 200 1 "-" "M"\n',
    '{"request_uri": "/c.jpg?sepia=50", "status": 200}\n',
    "https://example.imgix.net/d.jpg\n",
    '2001:db8::1 - - [21/Nov/2026:10:00:00 +0000] "-" 400 0 "-" "-"\n',
)
DIRTY = ("/e.jpg?bg-remove=true&w=1\n", "/f.jpg?fit=fit-max&txt=\x1b[31m[bold]x\n")


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    for name in list(os.environ):
        if name.startswith("IMGCDN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def run(monkeypatch, capsys):
    """Run `imgcdn imgix lint` as a shell would; return status, stdout and stderr."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["imgcdn", "imgix", "lint", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def write(tmp_path):
    def make(*lines: str, name: str = "access.log"):
        path = tmp_path / name
        data = "".join(lines).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return make


def test_a_log_of_what_is_done_here_ends_with_status_0_and_its_counts(run, write):
    status, out, err = run(write(*CLEAN), "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert (found["urls"], found["lines"], found["no_urls"], found["without_parameters"]) == (4, 5, 1, 1)
    assert (found["differing"], found["unsupported"]) == (1, 0)
    by_name = {one["name"]: one for one in found["parameters"]}
    assert {name: one["hits"] for name, one in by_name.items()} == {"auto": 2, "fit": 2, "w": 2, "q": 2, "sepia": 1}
    assert by_name["w"]["values"] == [{"value": "640", "hits": 2, "mark": "same", "note": ""}]
    assert by_name["sepia"]["marks"] == {"approximate": 1}
    assert by_name["sepia"]["why"]


def test_what_is_not_done_here_is_in_the_table_and_ends_with_status_1(run, write):
    status, out, err = run(write(*CLEAN, *DIRTY))
    assert (status, err) == (1, "")
    assert "bg-remove*" in out
    assert "unsupported" in out
    assert "backgrounds are not removed" in out
    assert "ignored: expected a comma list of clip" in out
    assert "/e.jpg?bg-remove=true&w=1" in out
    assert "6 URLs in 7 lines; 1 without parameters; 1 lines ask for no URL" in out


def test_a_log_steers_no_terminal_and_is_no_markup(run, write):
    out = run(write(*DIRTY))[1]
    assert "\x1b" not in out
    assert "[bold]x" in out


def test_several_files_and_standard_input_add_up_gzipped_or_not(run, write, monkeypatch):
    packed = gzip.compress("".join(CLEAN).encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(packed))))
    status, out, _ = run(write(*CLEAN), write(*CLEAN, name="access.log.1.gz"), "-", "--json")
    assert (status, json.loads(out)["urls"]) == (0, 12)


def test_signatures_are_verified_with_tokens_of_options_files_and_the_environment(run, write, monkeypatch):
    target = f"/a.jpg?w=1&s={signing.sign(TOKEN, '/a.jpg', 'w=1')}\n"
    file = write("older-token\n\n", TOKEN, "\n", name="tokens")
    log = write(target)
    for arguments in (["--token", TOKEN], ["--token", "x", "--token", TOKEN], ["--token-file", file]):
        status, out, _ = run(log, "--json", *arguments)
        told = json.loads(out)["signatures"]
        assert (status, told["good"], told["bad"], told["verified"]) == (0, 1, 0, True)
    assert run(log)[0] == 0, "without a token nothing is verified"
    monkeypatch.setenv("IMGCDN_IMGIX_TOKENS", f"older-token {TOKEN}")
    assert json.loads(run(log, "--json")[1])["signatures"]["good"] == 1


def test_a_token_that_fits_nothing_is_told_and_never_shown(run, write):
    log = write(f"/a.jpg?w=1&s={signing.sign(TOKEN, '/a.jpg', 'w=1')}\n")
    status, out, err = run(log, "--token", "another-token")
    assert status == 1
    assert "0 fit a token, 1 fit none" in out
    assert "fits no token: /a.jpg?w=1\n" in out
    assert "another-token" not in out + err
    assert signing.sign(TOKEN, "/a.jpg", "w=1") not in out + err


def test_gzip_that_is_cut_off_is_told_beside_what_was_read(run, tmp_path):
    path = tmp_path / "cut.gz"
    packed = gzip.compress("".join(f"/{number}.jpg?w={number}\n" for number in range(1, 5000)).encode())
    path.write_bytes(packed[: len(packed) // 2])
    status, out, err = run(path, "--json")
    found = json.loads(out)
    assert status == 1
    assert found["urls"] > 1000
    assert len(found["problems"]) == 1
    assert "damaged" in err


@pytest.mark.parametrize("lines", [(), ("\n", "\n")])
def test_of_an_empty_log_there_is_nothing_to_say(run, write, lines):
    status, out, err = run(write(*lines))
    assert (status, "0 URLs" in out) == (2, True)
    assert "no line asks for a URL" in err


def test_an_empty_log_beside_one_that_asks_is_nothing_to_complain_of(run, tmp_path):
    (tmp_path / "empty.log").touch()
    (tmp_path / "a.log").write_text("/a.jpg?w=4\n", encoding="utf-8")
    assert run(tmp_path / "empty.log", tmp_path / "a.log")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Missing argument"),
        (["/no/such.log"], "cannot be read"),
        (["/"], "it is a folder"),
        ([__file__, "--token-file", "/no/such"], "expected a token on each line"),
        ([os.devnull, "--top", "0"], "--top"),
    ],
)
def test_a_mistake_ends_with_a_sentence_and_status_2(run, arguments, says):
    status, _, err = run(*arguments)
    assert status == 2
    assert says in err


def test_a_file_that_is_no_log_is_a_mistake(run, write):
    status, _, err = run(write("this is\n", "no log\n"))
    assert status == 2
    assert "no line asks for a URL" in err
