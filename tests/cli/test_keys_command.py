"""`imgcdn keys`: what it makes is taken by the records that servers read, and what it shows is no secret."""

import re
import sys

import pytest
import structlog

from imgcdn import cli
from imgcdn.apis.gate import Gate
from imgcdn.records.records import open_records
from imgcdn.records.settings import DataSettings


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """The data folder of these tests, by the environment."""
    folder = tmp_path / "data"
    monkeypatch.delenv("IMGCDN_CONFIG", raising=False)
    monkeypatch.setenv("IMGCDN_DATA__DIR", str(folder))
    monkeypatch.setenv("COLUMNS", "200")
    yield folder
    structlog.reset_defaults()


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["imgcdn", "keys", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def check(data):
    """Ask the records as a server does: the kind of a live key, None for what is none."""

    def ask(text):
        records = open_records(DataSettings(dir=data))
        try:
            key = records.keys.check(text)
            return None if key is None else key.kind
        finally:
            records.close()

    return ask


def identity(run, name):
    """Return the id that `keys list` shows for a name."""
    (line,) = [line for line in run("list")[1].splitlines() if name in line]
    return re.search(r"[0-9a-f]{12}", line)[0]


def test_a_key_is_printed_once_alone_on_stdout_and_is_good(run, check):
    status, out, err = run("add", "shop backend")
    assert status == 0
    assert re.fullmatch(r"imgcdn_sk_[\w-]{43}\n", out)
    assert "cannot be shown again" in err
    assert out.strip() not in err
    assert check(out.strip()) == "secret"
    assert check(out.strip() + "x") is None
    assert out.strip() not in run("list")[1]


def test_a_publishable_key_says_what_it_is(run, check):
    _, out, _ = run("add", "page", "--kind", "publishable")
    assert out.startswith("imgcdn_pk_")
    assert check(out.strip()) == "publishable"
    (line,) = [line for line in run("list")[1].splitlines() if "page" in line]
    assert "publishable" in line


def test_no_two_keys_are_alike_though_they_have_one_name(run, check):
    first, second = run("add", "twin")[1].strip(), run("add", "twin")[1].strip()
    assert first != second
    assert check(first) == check(second) == "secret"


def test_the_text_of_a_key_is_nowhere_on_the_disk(run, data):
    text = run("add", "quiet")[1].strip()
    files = [path for path in data.rglob("*") if path.is_file()]
    assert files
    assert not any(text.encode() in path.read_bytes() for path in files)


def test_a_revoked_key_is_useless_and_stays_in_the_list(run, check):
    text, other = run("add", "leaked")[1].strip(), run("add", "kept")[1].strip()
    key_id = identity(run, "leaked")
    status, _, said = run("revoke", key_id)
    assert (status, said) == (0, f"{key_id}: revoked\n")
    assert check(text) is None
    assert check(other) == "secret"
    (line,) = [line for line in run("list")[1].splitlines() if "leaked" in line]
    assert len(re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d", line)) == 2, "made and revoked"


def test_a_key_is_revoked_once(run):
    run("add", "one")
    key_id = identity(run, "one")
    assert run("revoke", key_id)[0] == 0
    for again in (key_id, "000000000000", "one", "", "%"):
        status, out, err = run("revoke", again)
        assert (status, out) == (2, "")
        assert "is no live key" in err


def test_revoking_the_last_key_opens_nothing(run, data):
    run("add", "only")
    run("revoke", identity(run, "only"))
    records = open_records(DataSettings(dir=data))
    try:
        assert not Gate("127.0.0.1", records.keys).is_open
    finally:
        records.close()


def test_until_a_key_is_made_loopback_is_open(run, data):
    assert run("list")[0] == 0
    records = open_records(DataSettings(dir=data))
    try:
        assert Gate("127.0.0.1", records.keys).is_open
        assert not Gate("0.0.0.0", records.keys).is_open
    finally:
        records.close()


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_a_name_says_something_short(run, name):
    status, out, err = run("add", name)
    assert (status, out) == (2, "")
    assert "expected 1 to 200" in err


def test_a_name_that_looks_like_markup_is_shown_as_it_is(run):
    run("add", "[red]shop[/red]")
    assert "[red]shop[/red]" in run("list")[1]


def test_a_kind_is_one_of_two(run):
    status, out, _ = run("add", "x", "--kind", "admin")
    assert (status, out) == (2, "")


def test_a_folder_that_cannot_be_used_is_said_and_no_key_is_shown(run, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("IMGCDN_DATA__DIR", str(tmp_path / "file"))
    for arguments in (("add", "x"), ("list",), ("revoke", "000000000000")):
        status, out, err = run(*arguments)
        assert (status, out) == (1, "")
        assert err.strip()


def test_the_data_folder_may_be_named_as_serve_names_it(run, data, tmp_path):
    other = tmp_path / "other"
    text = run("add", "backend", "--data-dir", other)[1].strip()
    assert not data.exists()
    assert "backend" in run("list", "--data-dir", other)[1]
    assert "backend" not in run("list")[1]
    records = open_records(DataSettings(dir=other))
    try:
        key = records.keys.check(text)
    finally:
        records.close()
    assert key is not None
    assert run("revoke", key.id)[0] == 2, "it is no key of the other folder"
    assert run("revoke", key.id, "--data-dir", other)[0] == 0
