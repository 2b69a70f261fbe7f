"""An animation is cropped by one window that holds what any of its frames shows, so that it holds still."""

import io

import networks
import numpy as np
import pytest
import pyvips
from measuring import pixels_of
from PIL import Image

WIDTH, HEIGHT = 480, 160


def _write(path) -> None:
    """Eight frames on a ramp of blue that tells the column; the last three have a red box at the right."""
    frames = np.zeros((8, HEIGHT, WIDTH, 3), np.uint8)
    frames[..., 2] = np.linspace(40, 200, WIDTH).astype(np.uint8) & 0xF8
    frames[..., 0] = frames[..., 1] = 60
    frames[5:, 40:120, 368:448] = (230, 20, 20)
    for index, frame in enumerate(frames):
        frame[-4:] = (0, 20 + 30 * index, 0)
    strip = pyvips.Image.new_from_memory(frames.tobytes(), WIDTH, HEIGHT * 8, 3, "uchar").copy(interpretation="srgb")
    strip.set_type(pyvips.GValue.gint_type, "page-height", HEIGHT)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [40] * 8)
    options = (
        {"dither": 0, "interframe_maxerror": 0, "interpalette_maxerror": 0}
        if path.suffix == ".gif"
        else {"lossless": True, "effort": 0}
    )
    strip.write_to_file(str(path), **options)


@pytest.fixture(scope="module")
def server(module_serve, tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for name in ("late.gif", "late.webp"):
        _write(folder / name)
    model = networks.write_red_finder(tmp_path_factory.mktemp("model") / "yunet.onnx")
    return module_serve(folder, settings=f'[gravity]\nface_model = "{model}"\n')


@pytest.mark.parametrize("name", ["late.gif", "late.webp"])
@pytest.mark.parametrize("gravity", ["auto", "face"])
def test_every_frame_is_cut_by_one_window_that_holds_what_comes_late(server, name, gravity):
    found = server.get(f"/img/{name}?w=160&h=160&gravity={gravity}&format=webp&q=95")
    assert found.headers["x-imgcdn-focus"].startswith(f"{gravity};")
    image = Image.open(io.BytesIO(found.content))
    assert (image.n_frames, image.size) == (8, (160, 160))
    lefts, reds = [], []
    for index in range(8):
        image.seek(index)
        pixels = pixels_of(image)[..., :3]
        # The ramp rises by 1 in 3 px; its mean over the upper rows says where the window lies.
        lefts.append(pixels[:30, :, 2].mean())
        reds.append(int(((pixels[..., 0] > 180) & (pixels[..., 1] < 90)).sum()))
    assert max(lefts) - min(lefts) < 2
    assert reds[:5] == [0] * 5
    assert min(reds[5:]) > 0.9 * 80 * 80


def test_the_still_of_an_animation_has_the_same_window(server):
    focus = {
        server.get(f"/img/late.gif?w=160&h=160&gravity=face&format={name}").headers["x-imgcdn-focus"]
        for name in ("gif", "webp", "jpeg")
    }
    assert len(focus) == 1
