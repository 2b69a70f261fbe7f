"""`imgcdn sign`: what it prints is taken by a server with the same keys."""

import sys
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from imgcdn import cli
from imgcdn.dialects.signing import Signing

SETTINGS = """
[signing.keys]
new = "a-newer-secret-of-ours"
old = "an-older-secret-of-ours"
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.delenv("IMGCDN_CONFIG", raising=False)
    path = tmp_path / "imgcdn.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["imgcdn", "sign", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def verified(url: str, now: float | None = None) -> dict[str, list[str]]:
    parts = urlsplit(url)
    keys = {"new": "a-newer-secret-of-ours", "old": "an-older-secret-of-ours"}
    Signing(keys, lambda: time.time() if now is None else now).verify(parts.path, parts.query)
    return parse_qs(parts.query)


def test_a_url_is_signed_with_the_first_key_and_holds_for_ever(run, config):
    status, out, _ = run("https://cdn.example.com/img/a.jpg?w=400", "-c", config)
    assert status == 0
    assert out.startswith("https://cdn.example.com/img/a.jpg?kid=new&w=400&sig=")
    assert out.count("\n") == 1
    assert "exp" not in verified(out.strip(), 1e12)


def test_a_path_is_signed_as_it_is(run, config):
    assert run("/img/a.jpg?w=400", "-c", config)[1] == run("/img/a.jpg?w=400", "-c", config)[1]
    assert run("/img/a.jpg", "-c", config)[1].startswith("/img/a.jpg?kid=new&sig=")


def test_a_url_holds_for_the_time_it_is_given(run, config):
    before = int(time.time())
    url = run("/img/a.jpg?w=400&exp=5", "--expires-in", "3600", "-c", config)[1].strip()
    (exp,) = verified(url)["exp"]
    assert before + 3600 <= int(exp) <= time.time() + 3600


def test_another_key_is_taken_by_its_name(run, config):
    url = run("/img/a.jpg", "--kid", "old", "-c", config)[1].strip()
    assert verified(url)["kid"] == ["old"]


def test_letters_and_spaces_are_encoded(run, config):
    url = run("/img/Grüße aus Köln.jpg?dl=ä b", "-c", config)[1].strip()
    assert url.startswith("/img/Gr%C3%BC%C3%9Fe%20aus%20K%C3%B6ln.jpg?dl=%C3%A4%20b&kid=new&sig=")
    verified(url)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["/img/a.jpg", "--kid", "nope"], "kid=nope is not a key: expected one of new, old"),
        (["img/a.jpg"], "img/a.jpg cannot be signed: expected a whole URL"),
        (["https://cdn.example.com"], "cannot be signed"),
    ],
)
def test_what_cannot_be_signed_ends_with_a_sentence(run, config, arguments, says):
    status, out, err = run(*arguments, "-c", config)
    assert (status, out) == (1, "")
    assert says in err


def test_without_keys_nothing_can_be_signed(run, tmp_path, monkeypatch):
    monkeypatch.delenv("IMGCDN_CONFIG", raising=False)
    status, _, err = run("/img/a.jpg")
    assert status == 1
    assert "the settings have no signing keys" in err


def test_a_key_may_come_from_the_environment(run, monkeypatch):
    monkeypatch.delenv("IMGCDN_CONFIG", raising=False)
    monkeypatch.setenv("IMGCDN_SIGNING__KEYS", '{"new": "a-newer-secret-of-ours"}')
    verified(
        run(
            "/img/a.jpg",
        )[1].strip()
    )


def test_a_secret_that_is_too_short_is_not_shown(run, tmp_path):
    path = tmp_path / "short.toml"
    path.write_text('[signing.keys]\nmain = "hunter2"\n', encoding="utf-8")
    status, out, err = run("/img/a.jpg", "-c", path)
    assert status == 2
    assert "signing.keys.main is too short" in err
    assert "hunter2" not in out + err
