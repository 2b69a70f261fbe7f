import asyncio
import hashlib
import json
import multiprocessing
import os
import sys

import pytest
import structlog

from imgcdn import cli
from imgcdn.cache.caches import open_caches
from imgcdn.cache.generation import Generation
from imgcdn.cache.settings import CacheSettings
from imgcdn.model.media import Rendition
from imgcdn.model.reference import Reference


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    for name in list(os.environ):
        if name.startswith("IMGCDN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(cli.logs, "configure", lambda level: None)
    yield
    structlog.reset_defaults()


@pytest.fixture
def run(monkeypatch, capsys):
    """Run `imgcdn cache` with arguments as a shell would; return status, stdout and stderr."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["imgcdn", "cache", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


async def fill(folder, count: int) -> None:
    caches = open_caches(CacheSettings(dir=folder), lambda _: "1")
    for number in range(count):
        digest = hashlib.sha256(b"%d" % number).hexdigest()
        part = caches.temp_dir / "part"
        part.write_bytes(b"source")
        await caches.originals.adopt(digest, str(part))
        await caches.references.put(f"img/{number}.jpg", Reference(digest, 6, None, "", None, None, 1e12))
        tags = (f"source:img/{number}.jpg", f"preset:{'even' if number % 2 == 0 else 'odd'}")
        await caches.renditions.put(f"{number}", Rendition(b"body", "image/webp", 1, 2, "e", digest), tags)
    caches.close()


@pytest.fixture
def folder(tmp_path):
    """A cache folder with ten pictures."""
    asyncio.run(fill(tmp_path / "cache", 10))
    return tmp_path / "cache"


def entries(run, folder) -> list[int]:
    status, said, _ = run("stats", "--cache-dir", folder, "--json")
    assert status == 0
    stores = json.loads(said)["stores"]
    return [stores[name]["entries"] for name in ("references", "renditions", "originals")]


def test_stats_are_a_table_of_the_stores(run, folder):
    status, said, _ = run("stats", "--cache-dir", folder)
    assert status == 0
    assert str(folder) in said
    for name, budget in (("references", "no limit"), ("renditions", "10.7 GB"), ("originals", "5.4 GB")):
        (line,) = [line for line in said.splitlines() if name in line]
        assert " 10 " in line
        assert budget in line
        assert "ago" in line


def test_stats_as_json_are_numbers(run, folder):
    status, said, _ = run("stats", "--cache-dir", folder, "--json")
    found = json.loads(said)
    assert status == 0
    assert found["dir"] == str(folder)
    assert found["problems"] == {}
    held = found["stores"]["renditions"]
    assert set(held) == {"entries", "bytes", "budget", "oldest", "newest"}
    assert held["entries"] == 10
    assert 0 < held["bytes"] < held["budget"] == 10 * 2**30
    assert held["oldest"] <= held["newest"]


def test_the_folder_is_that_of_the_settings(run, folder, monkeypatch):
    monkeypatch.setenv("IMGCDN_CACHE__DIR", str(folder))
    assert json.loads(run("stats", "--json")[1])["dir"] == str(folder)


@pytest.mark.parametrize("command", [("stats",), ("purge", "img/a.jpg")])
def test_a_folder_that_is_not_there_is_said_and_not_made(run, tmp_path, command):
    status, _, said = run(*command, "--cache-dir", tmp_path / "missing")
    assert status == 2
    assert "there is no cache folder" in said
    assert not (tmp_path / "missing").exists()


def test_sources_are_purged_and_counted(run, folder):
    status, _, said = run("purge", "img/3.jpg", "/img/4.jpg", "img/unknown.jpg", "--cache-dir", folder)
    assert status == 0
    assert "forgotten: 2 references, 2 renditions, 2 originals" in said
    assert entries(run, folder) == [8, 8, 8]


def test_prefixes_and_tags_are_purged_in_one_run(run, folder):
    status, _, said = run("purge", "--prefix", "img/1", "--tag", "preset:even", "--cache-dir", folder)
    assert status == 0
    assert "forgotten: 6 references, 6 renditions, 1 originals" in said
    assert entries(run, folder) == [4, 4, 9]


def test_a_soft_purge_keeps_all(run, folder):
    status, _, said = run("purge", "--all", "--soft", "--cache-dir", folder)
    assert status == 0
    assert "marked stale: 10 references" in said
    assert entries(run, folder) == [10, 10, 10]


def test_all_is_purged_only_when_it_is_meant(run, folder, monkeypatch):
    monkeypatch.setattr("typer.confirm", lambda *_, abort, **__: (_ for _ in ()).throw(cli.typer.Abort()))
    assert run("purge", "--all", "--cache-dir", folder)[0] == 1
    assert entries(run, folder) == [10, 10, 10]
    status, _, said = run("purge", "--all", "--yes", "--cache-dir", folder)
    assert status == 0
    assert "forgotten: 10 references, 10 renditions, 10 originals" in said
    assert entries(run, folder) == [0, 0, 0]


@pytest.mark.parametrize("nothing", [(), ("--soft",), ("--prefix", "/"), ("--prefix", "")])
def test_a_purge_of_nothing_is_a_mistake(run, folder, nothing):
    status, _, said = run("purge", *nothing, "--cache-dir", folder)
    assert status == 2
    assert "expected" in said
    assert entries(run, folder) == [10, 10, 10]


def hold(folder, begun, ended) -> None:
    """A server that has a reference in memory; says whether it still believes it after the purge."""
    caches = open_caches(CacheSettings(dir=folder), lambda _: "1")
    known = caches.references.get("img/1.jpg") is not None
    begun.put(known)
    ended.wait(30)
    caches.memory.look()
    begun.put(caches.references.get("img/1.jpg") is None and caches.renditions.get("1") is None)
    caches.close()


def test_a_server_on_the_same_folder_notices_a_purge(run, folder):
    context = multiprocessing.get_context("spawn")
    answers, ended = context.Queue(), context.Event()
    server = context.Process(target=hold, args=(folder, answers, ended))
    server.start()
    assert answers.get(timeout=30) is True
    before = Generation(folder / "generation").value()
    assert run("purge", "img/1.jpg", "--cache-dir", folder)[0] == 0
    assert Generation(folder / "generation").value() != before
    ended.set()
    assert answers.get(timeout=30) is True
    server.join(30)
    assert server.exitcode == 0


def test_a_store_that_cannot_be_opened_is_a_failure_that_names_it(run, folder):
    for file in (folder / "renditions").iterdir():
        if file.is_file():
            file.unlink()
    (folder / "renditions" / "cache.db").mkdir()
    for command in (("stats",), ("purge", "img/1.jpg")):
        status, _, said = run(*command, "--cache-dir", folder)
        assert status == 1
        assert "renditions" in said
