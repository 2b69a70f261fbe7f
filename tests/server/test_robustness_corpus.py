"""Broken, hostile and odd files of the shared corpus: each gets an answer in time, and the server outlives them."""

import asyncio
import json
import time
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest
from serving import LOOKING, RENDERING

AT_ONCE = 4
LONGEST_S = 20


@dataclass(frozen=True)
class Outcome:
    file: str
    expect: str
    status: int
    took_s: float
    said: str

    @property
    def is_as_expected(self):
        is_answered = 200 <= self.status < 500 and self.took_s < LONGEST_S
        wanted = {"reject": self.status >= 400, "accept": self.status == 200, "either": True}
        return is_answered and wanted[self.expect]


@pytest.fixture(scope="module")
def corpus(shared):
    lines = (shared / "data" / "robustness" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def server(module_serve, shared, face_models):
    return module_serve(shared / "data" / "robustness", "--workers", "2")


async def ask_all(server, records, query):
    """Ask for every file, a few at a time; return what came of each."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    waiting, outcomes = list(records), []
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False, limits=limits) as client:

        async def ask():
            while waiting:
                record = waiting.pop(0)
                begun = time.monotonic()
                try:
                    found = await client.get(f"/img/{quote(record['file'])}?{query}")
                    status, said = found.status_code, found.text if found.status_code >= 400 else ""
                    if status >= 400:
                        assert found.headers["content-type"] == "application/problem+json"
                except httpx.TransportError as error:
                    status, said = 0, repr(error)
                outcomes.append(Outcome(record["file"], record["expect"], status, time.monotonic() - begun, said))

        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    return outcomes


def assert_well(server, outcomes, root):
    """Require each outcome to be as expected, no path of the machine to be told, and the server to be whole."""
    assert [found for found in outcomes if not found.is_as_expected] == []
    assert [found for found in outcomes if str(root) in found.said] == []
    ready = server.get("/-/ready")
    assert (ready.status_code, ready.json()["degraded"]) == (200, {})
    assert len(server.workers(RENDERING)) == 2
    assert len(server.workers(LOOKING)) == 1
    assert "Traceback" not in server.said


async def test_every_file_is_answered_as_it_should_be(server, corpus, shared):
    outcomes = await ask_all(server, corpus, "w=64")
    assert len(outcomes) == len(corpus) > 500
    assert_well(server, outcomes, shared)


async def test_looking_at_them_is_safe_too(server, corpus, shared):
    outcomes = await ask_all(server, corpus[::3], "w=64&h=64&gravity=smart")
    assert_well(server, outcomes, shared)


async def test_looking_for_faces_in_them_is_safe_too(server, corpus, shared):
    outcomes = await ask_all(server, corpus[1::3], "w=64&h=48&gravity=face")
    assert_well(server, outcomes, shared)


@pytest.mark.parametrize("query", ["format=gif", "format=avif&w=0.5", "rotate=33&format=webp&h=200", "strip=none&q=90"])
async def test_every_kind_of_work_on_them_is_safe(server, corpus, shared, query):
    outcomes = await ask_all(server, corpus[2::5], query)
    assert_well(server, outcomes, shared)
