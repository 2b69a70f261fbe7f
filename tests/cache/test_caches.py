import asyncio
import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pydantic
import pytest

from imgcdn.cache.caches import open_caches
from imgcdn.cache.settings import CacheSettings, default_dir
from imgcdn.model.analysis import Finding, Look
from imgcdn.model.media import Rendition
from imgcdn.model.reference import Reference

RENDITION = Rendition(b"body", "image/webp", 1, 2, '"e"', "d" * 64)
REFERENCE = Reference("d" * 64, 1, None, "", None, None, 0.0)


def content(path: str | None) -> bytes | None:
    return Path(path).read_bytes() if path else None


async def test_all_four_kinds_are_kept_across_a_restart(tmp_path):
    settings = CacheSettings(dir=tmp_path / "cache")
    caches = open_caches(settings, lambda _: "1")
    await caches.references.put("k", REFERENCE)
    await caches.analyses.put("d", Look("face"), Finding("face"))
    await caches.renditions.put("k", RENDITION)
    part = caches.temp_dir / "part"
    part.write_bytes(b"source")
    digest = hashlib.sha256(b"source").hexdigest()
    await caches.originals.adopt(digest, str(part))
    assert caches.health() == {}
    caches.close()

    caches = open_caches(settings, lambda _: "1")
    assert caches.references.get("k") == REFERENCE
    assert caches.analyses.get("d", Look("face")) == Finding("face")
    assert caches.renditions.get("k") == RENDITION
    assert content(caches.originals.find(digest)) == b"source"
    assert {name: stats.entries for name, stats in caches.stats().items()} == {
        "references": 1,
        "analyses": 1,
        "renditions": 1,
        "originals": 1,
    }
    assert caches.maintain() == 0
    caches.close()


async def test_a_folder_that_cannot_be_used_is_reported_and_everything_goes_on(tmp_path, logs):
    (tmp_path / "file").write_bytes(b"in the way")
    caches = open_caches(CacheSettings(dir=tmp_path / "file" / "cache"), lambda _: "1")
    await caches.renditions.put("k", RENDITION)
    assert caches.renditions.get("k") is None
    assert set(caches.health()) == {"references", "analyses", "renditions", "originals"}
    assert "file/cache" in caches.health()["renditions"]
    assert caches.temp_dir.is_dir()
    assert [entry["event"] for entry in logs] == ["cache_failed"] * 4 + ["cache_downloads_elsewhere"]
    caches.close()


async def test_budgets_go_to_renditions_and_originals_alone(tmp_path):
    caches = open_caches(
        CacheSettings(dir=tmp_path, renditions_bytes="20MiB", originals_bytes=3_000_000), lambda _: "1"
    )
    assert {name: stats.budget for name, stats in caches.stats().items()} == {
        "references": None,
        "analyses": None,
        "renditions": 20 * 2**20,
        "originals": 3_000_000,
    }
    caches.close()


async def test_analyses_are_never_evicted_by_renditions(tmp_path):
    settings = CacheSettings(dir=tmp_path, renditions_bytes="1MiB", originals_bytes="1MiB")
    caches = open_caches(settings, lambda _: "1")
    for number in range(200):
        await caches.analyses.put(f"{number}", Look("face"), Finding("face"))
    for number in range(200):
        await caches.renditions.put(f"{number}", replace(RENDITION, body=b"x" * 50_000))
    stats = caches.stats()
    assert stats["renditions"].evicted > 100, "renditions make way for each other"
    assert stats["analyses"].entries == 200
    caches.close()

    caches = open_caches(settings, lambda _: "1")  # nothing is in memory any more
    assert all(caches.analyses.get(f"{number}", Look("face")) == Finding("face") for number in range(200))
    caches.close()


WALKS = """
import json
import sys
from pathlib import Path
folder, listed = sys.argv[1], []
def hear(event, arguments):
    if event in {"os.listdir", "os.scandir", "os.walk", "glob.glob"} and str(arguments[0]).startswith(folder):
        listed.append(str(arguments[0]))
sys.addaudithook(hear)
from imgcdn.cache.caches import open_caches
from imgcdn.cache.settings import CacheSettings
caches = open_caches(CacheSettings(dir=Path(folder)), lambda _: "1")
found = caches.renditions.get("7") is not None and caches.health() == {}
opened = list(listed)
caches.maintain()
assert len(listed) > len(opened), "what walks is heard"
caches.close()
print(json.dumps([found, opened]))
"""


async def keep_large_ones(folder: Path) -> Path:
    """Keep pictures that are files, and return where downloads are written."""
    caches = open_caches(CacheSettings(dir=folder), lambda _: "1")
    for number in range(20):
        await caches.renditions.put(f"{number}", replace(RENDITION, body=b"x" * 50_000))
    caches.close()
    return caches.temp_dir.parent


def test_start_up_walks_no_folder_of_what_is_kept(tmp_path):
    folder = tmp_path / "cache"
    downloads = asyncio.run(keep_large_ones(folder))
    assert sum(path.is_file() for path in (folder / "renditions").rglob("*")) > 20
    ended = subprocess.run(
        [sys.executable, "-c", WALKS, str(folder)], capture_output=True, text=True, check=True, timeout=120
    )
    found, opened = json.loads(ended.stdout)
    assert found is True
    # Where downloads are written is looked into for what a killed process left: that holds nothing that is kept.
    assert set(opened) <= {str(downloads)}


def test_the_default_folder_follows_xdg_and_ignores_a_relative_variable(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/tmp/caches")  # noqa: S108
    assert default_dir() == CacheSettings().dir == Path("/var/tmp/caches/imgcdn")  # noqa: S108
    for other in ("relative/path", ""):
        monkeypatch.setenv("XDG_CACHE_HOME", other)
        assert default_dir() == Path("/home/somebody/.cache/imgcdn")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_dir() == Path("/home/somebody/.cache/imgcdn")


def test_a_user_without_a_home_gets_a_temporary_folder(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert default_dir().name == "imgcdn-cache"


def test_a_tilde_in_the_folder_is_the_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    assert CacheSettings(dir="~/pictures").dir == Path("/home/somebody/pictures")


def test_defaults_are_10_gib_5_gib_and_256_mib():
    settings = CacheSettings()
    assert settings.renditions_bytes == 10 * 2**30
    assert settings.originals_bytes == 5 * 2**30
    assert settings.memory_bytes == 256 * 2**20


def test_every_setting_says_what_it_is_for():
    assert all(field.description for field in CacheSettings.model_fields.values())


@pytest.mark.parametrize(
    "wrong", [{"renditions_bytes": 5}, {"lock_timeout_s": 0}, {"surprise": 1}, {"memory_bytes": -1}]
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(pydantic.ValidationError):
        CacheSettings(**wrong)
