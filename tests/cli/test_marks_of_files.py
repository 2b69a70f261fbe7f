"""`imgcdn render` takes marks from this machine's files, as it takes its picture."""

import subprocess

import numpy as np
import pytest
from measuring import pixels_of
from PIL import Image
from serving import command, environment


@pytest.fixture
def grey(tmp_path):
    Image.new("RGB", (400, 300), (90, 90, 90)).save(tmp_path / "grey.png")
    Image.new("RGB", (100, 50), "red").save(tmp_path / "mark.png")
    return tmp_path / "grey.png"


def render(grey, query):
    out = grey.with_name("out.png")
    known = environment({"XDG_DATA_HOME": str(grey.parent / "data")})
    said = command("render", grey, out, query)
    return out, subprocess.run(
        said, capture_output=True, text=True, check=False, env=known, timeout=60, cwd=grey.parent
    )


@pytest.mark.parametrize("param", ["mark", "blend"])
@pytest.mark.parametrize("name", ["mark.png", "{folder}/mark.png"])
def test_a_layer_is_named_by_its_file(grey, param, name):
    out, ended = render(grey, f"{param}={name.format(folder=grey.parent)}&markOpacity=1")
    assert ended.returncode == 0, ended.stderr
    with Image.open(out) as image:
        assert np.abs(pixels_of(image)[280, 370] - (255, 0, 0)).max() <= 1


def test_a_mark_that_is_no_file_is_refused_by_name(grey):
    out, ended = render(grey, "mark=no/such.png")
    assert ended.returncode != 0
    assert "watermark=no/such.png" in ended.stderr
    assert not out.exists()
