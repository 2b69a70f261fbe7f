"""Over all pictures of the development data: what `explain` says of a URL is what the URL renders, to the byte."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from urllib.parse import quote

import httpx
import pytest

AT_ONCE = 3
GRAVITIES = ("auto", "face", "smart", "faces", "attention", "auto", "entropy", "north", "obj:dog", "face,east")
"""`auto` twice, for it is what most URLs get."""
SHAPES = ((64, 64), (96, 54), (42, 64), (120, 20), (30, 90), (70, 50), (54, 96))
"""Ten and seven: every gravity meets every shape."""


@dataclass(frozen=True)
class Case:
    file: str
    gravity: str
    width: int
    height: int

    @property
    def place(self) -> str:
        return f"/img/{quote(self.file)}?w={self.width}&h={self.height}&format=png"

    @property
    def url(self) -> str:
        return f"{self.place}&gravity={self.gravity}"


@pytest.fixture(scope="module")
def client(module_serve, shared, face_models):
    with module_serve(shared / "data" / "dev", "--workers", "2").client() as client:
        yield client


@pytest.fixture(scope="module")
def cases(shared) -> list[Case]:
    lines = (shared / "data" / "dev" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    files = [json.loads(line)["file"] for line in lines]
    return [
        Case(file, gravity, *shape)
        for file, gravity, shape in zip(files, cycle(GRAVITIES), cycle(SHAPES), strict=False)
    ]


def differences(client: httpx.Client, case: Case) -> list[str] | None:
    """Compare a picture with its explanation, and return what differs; None for a source that cannot be read."""
    explained, picture = client.get(f"{case.url}&explain=1"), client.get(case.url)
    if picture.status_code != 200:
        is_same = explained.status_code in {picture.status_code, 200}
        is_readable = picture.status_code not in {415, 422}
        return [f"{explained.status_code} and {picture.status_code}"] if is_readable or not is_same else None
    told: dict[str, Any] = explained.json()
    window, focus = told["window"], told["focus"]
    found = []
    rect = ",".join(str(window[side]) for side in ("left", "top", "width", "height"))
    # A window in whole pixels is not quite of the shape asked for: `fill` takes it as it is, `cover` would cut again.
    if client.get(f"{case.place}&gravity=center&fit=fill&rect={rect}").content != picture.content:
        found.append(f"the window {rect} renders another picture")
    said = picture.headers.get("x-imgcdn-focus", "")
    if not is_said(said, focus):
        found.append(f"{said} is explained as {focus}")
    again = client.get(f"{case.url}&explain=1").json()
    if (again["window"], again["focus"], again["candidates"]) != (window, focus, told["candidates"]):
        found.append(f"explained again it is {again['window']} by {again['focus']}")
    if (again["cache"]["status"], again["output"]["bytes"]) != ("hit", len(picture.content)):
        found.append(f"the picture of {len(picture.content)} bytes is {again['cache']} of {again['output']['bytes']}")
    return found


def is_said(field: str, focus: dict[str, Any] | None) -> bool:
    """Whether X-Imgcdn-Focus says what is explained: it has a decimal less."""
    if focus is None or not field:
        return focus is None and not field
    engine, *rest = field.split(";")
    said = {name: float(value) for name, _, value in (part.partition("=") for part in rest)}
    is_near = all(abs(said[axis] - focus[axis]) <= 0.00056 for axis in "xy")
    if focus["confidence"] is None:
        return engine == focus["engine"] and is_near and "c" not in said
    return engine == focus["engine"] and is_near and abs(said["c"] - focus["confidence"]) <= 0.0056


@pytest.mark.timeout(400)
def test_every_picture_of_the_data_is_explained_as_it_is_rendered(client, cases):
    with ThreadPoolExecutor(AT_ONCE) as many:
        outcomes = dict(zip(cases, many.map(lambda case: differences(client, case), cases), strict=True))
    wrong = {case: found for case, found in outcomes.items() if found}
    assert not wrong, "\n".join(f"{case.url}: {'; '.join(found)}" for case, found in wrong.items())
    read = [case for case, found in outcomes.items() if found is not None]
    assert len(read) > 450
    assert {case.gravity for case in read} == set(GRAVITIES)
