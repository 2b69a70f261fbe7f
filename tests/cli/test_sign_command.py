"""`imgcdn sign`: what it prints is taken by a server with the same keys."""

import sys
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from imgcdn import cli
from imgcdn.dialects.cloudinary import signing as cloudinary_signing
from imgcdn.dialects.imgix import signing as imgix_signing
from imgcdn.dialects.signing import Signing

SETTINGS = """
[signing.keys]
new = "a-newer-secret-of-ours"
old = "an-older-secret-of-ours"
"""


MOUNTS = """
[[mount]]
name = "img"
origin = "/srv/photos"

[[mount]]
name = "pix"
origin = "/srv/photos"
dialect = "imgix"
signed = true
tokens = ["token-of-today", "token-of-before"]

[[mount]]
name = "cloud"
origin = "/srv/photos"
dialect = "cloudinary"
signed = true
tokens = ["secret-of-the-cloud"]

[[mount]]
name = "named"
origin = "/srv/photos"
dialect = "imgix"
hosts = ["pix.example.com"]
tokens = ["token-of-the-host"]

[[mount]]
name = "bare"
origin = "/srv/photos"
dialect = "imgix"
"""


@pytest.fixture
def mounted(tmp_path, monkeypatch):
    monkeypatch.delenv("IMGCDN_CONFIG", raising=False)
    path = tmp_path / "mounts.toml"
    path.write_text(MOUNTS + SETTINGS, encoding="utf-8")
    return path


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


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("/pix/a.jpg", "token-of-today"),
        ("/pix/Grüße aus.jpg?txt=ä b&w=40", "token-of-today"),
        ("https://cdn.example.com/pix/a.jpg?w=40&s=0123&auto=format", "token-of-today"),
        ("https://pix.example.com/a/b.jpg?w=40", "token-of-the-host"),
    ],
)
def test_a_url_of_an_imgix_mount_is_signed_as_imgix_signs_it(run, mounted, url, token):
    status, out, err = run(url, "-c", mounted)
    assert (status, err) == (0, "")
    parts = urlsplit(out.strip())
    assert out.isascii()
    assert parts.netloc == urlsplit(url).netloc
    assert "sig=" not in out
    imgix_signing.verify([token], parts.path, parts.query)


def test_a_url_of_an_imgix_mount_ends_by_expires(run, mounted):
    before = int(time.time())
    out = run("/pix/a.jpg?w=40&expires=5", "--expires-in", "3600", "-c", mounted)[1].strip()
    parts = urlsplit(out)
    (ends,) = parse_qs(parts.query)["expires"]
    assert before + 3600 <= int(ends) <= time.time() + 3600
    imgix_signing.verify(["token-of-today"], parts.path, parts.query)


@pytest.mark.parametrize(
    "path",
    [
        "image/upload/c_fill,w_100,h_100/v12/folder/a.jpg",
        "image/upload/sample.jpg",
        "image/upload/s--AAAAAAAA--/w_40/a b.jpg",
        "demo/image/authenticated/w_40/Grüße.jpg",
        "images/abc/team.jpg",
    ],
)
def test_a_url_of_a_cloudinary_mount_is_signed_as_cloudinary_signs_it(run, mounted, path):
    status, out, err = run(f"https://cdn.example.com/cloud/{path}", "-c", mounted)
    assert (status, err) == (0, "")
    assert out.isascii()
    assert out.count("s--") == 1
    rest = urlsplit(out.strip()).path.removeprefix("/cloud/")
    assert rest.split("/")[:2] == path.split("/")[:2] or rest.startswith("images/s--")
    cloudinary_signing.verify(["secret-of-the-cloud"], rest)


def test_a_native_mount_beside_others_is_signed_natively(run, mounted):
    status, out, err = run("/img/a.jpg?w=400", "-c", mounted)
    assert (status, err) == (0, "")
    verified(out.strip())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["/pix/a.jpg", "--kid", "old"],
            "kid=old is for native URLs: those of the mount pix are signed as imgix signs",
        ),
        (["/cloud/image/upload/a.jpg", "--kid", "old"], "signed as cloudinary signs"),
        (["/cloud/image/upload/a.jpg", "--expires-in", "60"], "cannot end: Cloudinary's signatures hold for ever"),
        (["/cloud/a.jpg"], "no delivery URL"),
        (["/bare/a.jpg"], "URLs of the mount bare cannot be signed: expected mount.tokens, with which imgix signs"),
    ],
)
def test_what_a_mount_cannot_sign_ends_with_a_sentence(run, mounted, arguments, says):
    status, out, err = run(*arguments, "-c", mounted)
    assert (status, out) == (1, "")
    assert says in err


def test_a_url_that_no_mount_answers_is_signed_natively_and_that_is_said(run, mounted):
    status, out, err = run("/pics/a.jpg", "-c", mounted)
    assert status == 0
    assert "no mount of the settings answers /pics/a.jpg" in err
    verified(out.strip())
