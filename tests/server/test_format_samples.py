"""Real files of every format and oddity: what can be read is written in every format, upright and in its colours."""

import json
from collections import defaultdict
from urllib.parse import quote

import pytest
from measuring import distance, durations, opened
from PIL import Image, ImageOps

OUTPUTS = ("jpeg", "png", "webp", "avif", "gif")
UNREAD = ("heic", "jxl", "svg")
"""Folders of formats that this libvips cannot read, or that are off."""
_NOT_ALIKE = {"misc-orient2"}
"""A group whose two files are different pictures."""


@pytest.fixture(scope="module")
def samples(shared):
    lines = (shared / "data" / "dev" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    found = [record for record in records if record["set"] == "formats"]
    assert len(found) > 100
    return found


@pytest.fixture(scope="module")
def readable(samples):
    return [record for record in samples if isinstance(record["vips"], dict) and record["category"] not in UNREAD]


@pytest.fixture(scope="module")
def client(module_serve, shared):
    settings = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n'
    with module_serve(shared / "data" / "dev", settings=settings).client() as client:
        yield client


def fetch(client, record, query):
    found = client.get(f"/img/{quote(record['file'])}?{query}")
    assert found.status_code == 200, (record["file"], query, found.text)
    return found


@pytest.mark.parametrize("output", OUTPUTS)
def test_each_is_written_with_the_size_of_the_plan(client, readable, output):
    assert len(readable) > 100
    for record in readable:
        width, height = record["width"], record["height"]
        factor = min(1, 120 / width)
        found = opened(fetch(client, record, f"w=120&format={output}").content)
        wanted = (round(width * factor), max(1, round(height * factor)))
        assert found.size == wanted, record["file"]


def test_each_can_be_cropped(client, readable):
    for record in readable:
        found = opened(fetch(client, record, "w=30&h=50&gravity=north&format=png").content)
        assert found.size == (30, 50), record["file"]


def test_each_is_as_large_as_its_source_when_nothing_is_asked(client, readable):
    for record in readable:
        found = opened(fetch(client, record, "format=jpeg").content)
        assert found.size == (record["width"], record["height"]), record["file"]


def test_what_cannot_be_read_is_415(client, samples):
    unread = [record for record in samples if record["category"] in UNREAD]
    unread += [record for record in samples if record["file"].endswith((".ico", ".ppm", ".jp2"))]
    assert len(unread) > 12
    for record in unread:
        found = client.get(f"/img/{quote(record['file'])}?w=20")
        assert found.status_code == 415, record["file"]
        assert found.json()["code"] == "unsupported_source_format"


def test_pictures_of_one_group_look_the_same_upright(client, readable):
    groups = defaultdict(list)
    for record in readable:
        if record["category"] == "exif-orientation" and record["group"] not in _NOT_ALIKE:
            groups[record["group"]].append(record)
    compared = 0
    for group, records in groups.items():
        first, *others = (opened(fetch(client, record, "w=200&format=png&bg=fff").content) for record in records)
        for record, other in zip(records[1:], others, strict=True):
            assert distance(first, other) < 6, (group, record["file"])
            compared += 1
    assert compared >= 24


def test_each_looks_as_other_software_shows_it(client, readable, shared):
    """Pillow is the other software; where it knows no profile or no format it is no judge."""
    judged = 0
    for record in readable:
        if record.get("icc") or record.get("mode") in {None, "CMYK", "I", "I;16"} or "monochrome" in record["file"]:
            continue
        try:
            with Image.open(shared / "data" / "dev" / record["file"]) as source:
                wanted = ImageOps.exif_transpose(source).convert("RGBA")
        except (OSError, ValueError):
            continue
        shown = opened(fetch(client, record, "format=png&bg=fff").content)
        assert distance(shown, wanted) < 4, record["file"]
        judged += 1
    assert judged > 70


def test_animations_last_as_long_as_they_did(client, readable):
    """Writers may merge equal frames; the whole lasts the same."""
    seen = 0
    for record in readable:
        lasting = record.get("durations_ms") or []
        is_animated = record["file"].endswith((".gif", ".webp")) and record.get("frames", 1) > 1
        if not is_animated or not all(lasting):
            continue
        for output in ("gif", "webp"):
            assert sum(durations(opened(fetch(client, record, f"format={output}").content))) == sum(lasting), (
                record["file"],
                output,
            )
        seen += 1
    assert seen >= 4


def test_alpha_is_kept_by_formats_that_have_it(client, readable):
    kept = 0
    for record in readable:
        if record["category"] != "alpha" or not record.get("alpha"):
            continue
        least = {
            output: opened(fetch(client, record, f"format={output}").content).convert("RGBA").getextrema()[3][0]
            for output in ("png", "webp", "avif")
        }
        assert max(least.values()) - min(least.values()) <= 3, (record["file"], least)
        kept += least["png"] < 250
    assert kept >= 5
