"""The state of the face engine with a model file of the operator's: its content while it works, absent when not."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256
from pathlib import Path

import networks
import numpy as np
import pytest
from PIL import Image

from imgcdn.engine.environment import ENVIRONMENT
from imgcdn.gravity import models
from imgcdn.gravity.settings import GravitySettings
from imgcdn.model.analysis import Look
from imgcdn.model.media import Source
from imgcdn.tasks.pools import PooledAnalyst
from imgcdn.workers.pool import Pool
from imgcdn.workers.settings import PoolSettings

Make = Callable[..., Awaitable[PooledAnalyst]]


@pytest.fixture
async def make(face_models: Path) -> AsyncIterator[Make]:
    """Start an analyst with one real worker."""
    pools: list[Pool] = []

    async def start(model: Path | None, folder: Path = face_models) -> PooledAnalyst:
        settings = GravitySettings(face_model=model, models_dir=folder)
        chosen = PoolSettings(workers=1)
        pools.append(Pool("analysis", "imgcdn.tasks.looking", settings.model_dump_json(), chosen, ENVIRONMENT))
        await pools[-1].start()
        return PooledAnalyst(pools[-1], settings, {"auto": "1"})

    yield start
    for pool in pools:
        await pool.close(1)


@pytest.fixture
def red(tmp_path: Path) -> Source:
    """A picture with a red square on grey."""
    pixels = np.full((320, 480, 3), 128, np.uint8)
    pixels[96:192, 288:384] = (230, 20, 20)
    path = tmp_path / "red.png"
    Image.fromarray(pixels).save(path)
    return Source("digest", str(path), path.stat().st_size, None, None)


async def test_a_model_that_is_named_finds_the_faces_and_gives_the_state_its_name(make, red, tmp_path):
    model = networks.write_red_finder(tmp_path / "yunet.onnx")
    analyst = await make(model, tmp_path / "no models are needed here")
    await analyst.inspect()
    assert analyst.state("face") == f"yunet-{sha256(model.read_bytes()).hexdigest()[:8]}"
    assert analyst.why_no_faces == ""
    finding = await analyst.look(red, Look("face"))
    assert finding.is_available
    assert finding.faces[0].x <= 336 / 480 <= finding.faces[0].x + finding.faces[0].width


BROKEN = {
    "missing": (lambda path: None, "missing|cannot be read"),
    "no-model": (lambda path: path.write_bytes(b"404: Not Found\n"), "no YuNet model"),
    "other-network": (networks.write_other, "no YuNet model"),
    "crashing": (networks.write_damaged, "yunet.onnx is"),
}


@pytest.mark.parametrize(("write", "why"), BROKEN.values(), ids=BROKEN)
async def test_a_model_that_cannot_be_used_is_absent_with_the_reason_and_the_rest_works(
    make, red, tmp_path, write, why
):
    model = tmp_path / "yunet.onnx"
    write(model)
    analyst = await make(model)
    await analyst.inspect()
    assert analyst.state("face") == "absent"
    assert any(word in analyst.why_no_faces for word in why.split("|"))
    finding = await analyst.look(red, Look("face"))
    assert (finding.is_available, finding.is_installed) == (False, False)
    assert "yunet.onnx" in finding.why
    assert str(tmp_path) not in finding.why + analyst.why_no_faces
    assert (await analyst.look(red, Look("auto"))).importance is not None


async def test_a_first_look_tells_what_nobody_inspected(make, red, tmp_path):
    analyst = await make(networks.write_other(tmp_path / "yunet.onnx"))
    assert analyst.state("face").startswith("yunet-")
    await analyst.look(red, Look("face"))
    assert analyst.state("face") == "absent"
    assert "no YuNet model" in analyst.why_no_faces


async def test_without_a_named_model_the_state_is_that_of_the_own_models(make, face_models, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    analyst = await make(None, folder)
    assert analyst.state("face") == "absent"
    assert "missing" in analyst.why_no_faces
    for model in models.MODELS:
        shutil.copy(face_models / model.name, folder)
    analyst.refresh()
    await analyst.inspect()
    assert (analyst.state("face"), analyst.why_no_faces) == (models.version(), "")
