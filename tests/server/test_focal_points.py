"""A focal point of the URL is arithmetic: the same source pixel is in the middle of every size."""

import numpy as np
import pytest
from measuring import opened
from PIL import Image

WIDTH, HEIGHT = 2400, 2000
SIZES = [(1200, 800), (600, 400), (300, 200)]


@pytest.fixture(scope="module")
def server(module_serve, tmp_path_factory):
    """A picture in which the colour of a pixel tells where it is."""
    x = np.broadcast_to(np.linspace(0, 255, WIDTH), (HEIGHT, WIDTH))
    y = np.broadcast_to(np.linspace(0, 255, HEIGHT)[:, None], (HEIGHT, WIDTH))
    folder = tmp_path_factory.mktemp("map")
    Image.fromarray(np.stack([x, y, np.zeros_like(x)], 2).round().astype("uint8")).save(folder / "map.png")
    return module_serve(folder)


def centre(server, width, height, query):
    shown = np.asarray(
        opened(server.get(f"/img/map.png?w={width}&h={height}&{query}&format=png").content).convert("RGB")
    )
    middle = shown[height // 2 - 1 : height // 2 + 1, width // 2 - 1 : width // 2 + 1].reshape(-1, 3).mean(0)
    return middle[0] / 255 * WIDTH, middle[1] / 255 * HEIGHT


@pytest.mark.parametrize(
    ("query", "point"),
    [
        ("fp=0.5,0.45", (0.5, 0.45)),
        ("fp=50%25,45%25", (0.5, 0.45)),
        ("fp=0.3,0.6&fpz=2", (0.3, 0.6)),
        ("fp=0.61,0.39&fpz=4", (0.61, 0.39)),
    ],
)
def test_the_same_focal_point_is_the_middle_of_every_size(server, query, point):
    places = [centre(server, *size, query) for size in SIZES]
    for x, y in places:
        assert abs(x - point[0] * WIDTH) <= 12, "a step of the colours is 9 px, and half a step is lost in rounding"
        assert abs(y - point[1] * HEIGHT) <= 12


@pytest.mark.parametrize(
    "query", ["fp=0,0", "fp=1,1&fpz=1.7", "fp=0.37,0.61&fpz=3", "gravity=northwest", "gravity=east"]
)
def test_windows_of_one_shape_share_their_middle_to_the_pixel(server, query):
    windows = [
        server.get(f"/img/map.png?w={width}&h={height}&{query}&explain=1").json()["window"] for width, height in SIZES
    ]
    middles = [(window["left"] + window["width"] / 2, window["top"] + window["height"] / 2) for window in windows]
    for x, y in middles:
        assert abs(x - middles[0][0]) <= 1
        assert abs(y - middles[0][1]) <= 1
