from dataclasses import replace
from pathlib import Path

import pytest

from imgcdn.cache.analyses import Analyses
from imgcdn.cache.store import Store
from imgcdn.model.analysis import Finding, Look
from imgcdn.model.geometry import Point, Region

DIGEST = "d" * 64
LOOK = Look("face", aspect=1.5, region=Region(0.1, 0.2, 0.30000000000000004, 0.4, 1.0))
FINDING = Finding(
    "face",
    point=Point(0.25, 1 / 3),
    confidence=0.9,
    faces=(Region(0.1, 0.2, 0.3, 0.4, 0.95), Region(0.5, 0.5, 0.1, 0.1, 0.51)),
    why="2 faces",
)


def state(engine: str) -> str:
    return "1"


@pytest.mark.parametrize("finding", [FINDING, Finding("auto")], ids=["full", "empty"])
async def test_what_was_put_is_got_from_memory_and_from_disk(store, finding):
    analyses = Analyses(store, state)
    await analyses.put(DIGEST, LOOK, finding)
    assert analyses.get(DIGEST, LOOK) == finding
    assert Analyses(store, state).get(DIGEST, LOOK) == finding


@pytest.mark.parametrize(
    ("digest", "look"),
    [
        ("e" * 64, LOOK),
        (DIGEST, replace(LOOK, engine="smart")),
        (DIGEST, replace(LOOK, aspect=None)),
        (DIGEST, replace(LOOK, region=None)),
        (DIGEST, replace(LOOK, region=Region(0.1, 0.2, 0.3, 0.4, 1.0))),
    ],
)
async def test_another_source_or_question_is_a_miss(store, digest, look):
    analyses = Analyses(store, state)
    await analyses.put(DIGEST, LOOK, FINDING)
    assert analyses.get(digest, look) is None


async def test_a_newer_engine_looks_anew_and_the_older_finding_stays(store):
    version = {"face": "1", "smart": "1"}
    analyses = Analyses(store, version.__getitem__)
    await analyses.put(DIGEST, LOOK, FINDING)
    version["smart"] = "2"
    assert analyses.get(DIGEST, LOOK) == FINDING
    version["face"] = "2"
    assert analyses.get(DIGEST, LOOK) is None
    version["face"] = "1"
    assert analyses.get(DIGEST, LOOK) == FINDING


async def test_a_finding_of_an_absent_engine_is_not_kept(store):
    analyses = Analyses(store, lambda _: "absent")
    await analyses.put(DIGEST, LOOK, replace(FINDING, is_available=False, why="no model"))
    assert analyses.get(DIGEST, LOOK) is None
    assert store.stats().entries == 0


async def test_a_known_finding_costs_one_disk_read_at_most(store, monkeypatch):
    await Analyses(store, state).put(DIGEST, LOOK, FINDING)
    analyses = Analyses(store, state)
    assert analyses.get(DIGEST, LOOK) == FINDING
    monkeypatch.setattr(store, "get", None)
    assert analyses.get(DIGEST, LOOK) == FINDING


async def test_memory_is_bounded_and_the_disk_keeps_the_rest(store):
    analyses = Analyses(store, state, in_memory=5)
    for number in range(12):
        await analyses.put(f"{number}", LOOK, replace(FINDING, confidence=number / 100))
    assert len(analyses._recent) == 5
    assert analyses.get("1", LOOK) == replace(FINDING, confidence=0.01)


@pytest.mark.parametrize("record", [b"", b"{}", b"[]", b'{"engine": "face", "is_available": false}'])
def test_a_bad_record_is_a_miss(store, record):
    analyses = Analyses(store, state)
    store.set(analyses._key(DIGEST, LOOK), record)
    assert analyses.get(DIGEST, LOOK) is None


async def test_clearing_counts_and_forgets(store):
    analyses = Analyses(store, state)
    await analyses.put(DIGEST, LOOK, FINDING)
    assert await analyses.clear() == 1
    assert analyses.get(DIGEST, LOOK) is None


async def test_without_a_disk_memory_alone_works(tmp_path):
    (tmp_path / "file").write_bytes(b"in the way")
    store = Store(Path(tmp_path / "file" / "x"))
    analyses = Analyses(store, state)
    await analyses.put(DIGEST, LOOK, FINDING)
    assert analyses.get(DIGEST, LOOK) == FINDING
    store.close()
