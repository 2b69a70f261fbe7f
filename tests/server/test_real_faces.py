"""Crops of real photographs by every gravity: the faces that people marked stay whole wherever they can."""

import json
from urllib.parse import quote

import pytest
from measuring import opened

GRAVITIES = ("auto", "smart", "face", "faces", "entropy", "attention", "center")


@pytest.fixture(scope="module")
def portraits(shared):
    """Photographs with one marked face, of moderate size."""
    lines = (shared / "data" / "dev" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    found = [
        record
        for record in records
        if record["file"].startswith(("faces/portraits", "faces/exif"))
        and record.get("faces_complete")
        and len(record["faces"] or []) == 1
        and "upside-down" not in json.dumps(record.get("tags", []))
    ]
    assert len(found) >= 10
    return found


@pytest.fixture(scope="module")
def client(module_serve, shared, face_models):
    with module_serve(shared / "data" / "dev").client() as client:
        yield client


def test_every_gravity_answers_for_real_photographs(client, portraits):
    for record in portraits[:12]:
        for gravity in GRAVITIES:
            found = client.get(f"/img/{quote(record['file'])}?w=90&h=60&gravity={gravity}&format=jpeg")
            assert found.status_code == 200, (record["file"], gravity, found.text)
            assert opened(found.content).size == (90, 60)


def test_a_focus_on_a_face_lies_in_the_face_that_people_marked(client, portraits):
    """Orientation included: the points are of the upright picture."""
    within, missed = 0, []
    for record in portraits:
        found = client.get(f"/img/{quote(record['file'])}?w=80&h=40&gravity=face")
        engine, *parameters = found.headers["x-imgcdn-focus"].split(";")
        focus = dict(parameter.split("=") for parameter in parameters)
        x, y = float(focus["x"]) * record["width"], float(focus["y"]) * record["height"]
        left, top, width, height = record["faces"][0]
        if engine == "face" and left <= x <= left + width and top <= y <= top + height:
            within += 1
        else:
            missed.append((record["file"], found.headers["x-imgcdn-focus"]))
    assert within >= 0.8 * len(portraits), missed
