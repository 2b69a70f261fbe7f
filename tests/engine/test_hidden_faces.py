"""What a patch covers can no longer be told, what it does not cover is as it was, on every frame."""

import numpy as np
import painting
import pytest
from PIL import Image

from imgcdn.model.geometry import Region

FACE = Region(0.36, 0.14, 0.16, 0.2, 0.9)


def detail(pixels):
    """How much neighbours differ."""
    grey = pixels[:, :, :3].astype(float).mean(2)
    return np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()


def inside(pixels):
    height, width = pixels.shape[:2]
    left, top = round(FACE.x * width), round(FACE.y * height)
    return pixels[top : top + round(FACE.height * height), left : left + round(FACE.width * width)]


@pytest.fixture(scope="module")
def portrait(tmp_path_factory):
    path = tmp_path_factory.mktemp("portrait") / "a.png"
    painting.sample("astronaut.png").save(path)
    return path


@pytest.mark.parametrize(
    "query", ["face_blur=1", "face_blur=100", "face_pixel=1", "face_pixel=100", "face_blur=9&face_pixel=9"]
)
def test_a_hidden_face_has_lost_its_features_and_the_rest_nothing(render, portrait, query):
    plain = render(portrait).pixels
    made = render(portrait, query, faces=(FACE,)).pixels
    assert detail(inside(made)) < 0.45 * detail(inside(plain))
    assert (made[300:] == plain[300:]).all()
    assert (made[:, 400:] == plain[:, 400:]).all()


@pytest.mark.parametrize(
    "query", ["w=300&flop=1", "w=300&rotate=90", "orient=6&w=200", "w=200&h=200&fit=contain&pad=20"]
)
def test_no_pixel_of_the_face_survives_turns_and_edges(render, portrait, tmp_path, query):
    """Two pictures that differ only in the face come out alike once it is hidden as strongly as may be."""
    sources = []
    for name, colour in (("light", 150), ("dark", 90)):
        image = np.asarray(painting.sample("astronaut.png")).copy()
        part = inside(image)
        stripes = np.indices(part.shape[:2])[1] % 4 < 2
        part[:] = np.where(stripes, 120 - (colour - 120), colour)[:, :, None]
        Image.fromarray(image).save(tmp_path / f"{name}.png")
        sources.append(tmp_path / f"{name}.png")
    turned = Region(1 - FACE.y - FACE.height, FACE.x, FACE.height, FACE.width, 0.9)
    face = turned if "orient" in query else FACE
    one, other = (render(path, f"{query}&face_blur=100", faces=(face,)).pixels.astype(int) for path in sources)
    assert np.abs(one - other).max() <= 12
    plain = [render(path, query).pixels.astype(int) for path in sources]
    assert np.abs(plain[0] - plain[1]).max() >= 25


def test_faces_at_the_edges_of_the_window_are_hidden_as_far_as_they_show(render, portrait):
    made = render(portrait, "rect=0.42,0.2,0.3,0.3&face_pixel=100", faces=(FACE,))
    plain = render(portrait, "rect=0.42,0.2,0.3,0.3")
    assert (made.pixels[:20, :20] != plain.pixels[:20, :20]).any()
    assert (made.pixels[-10:, -10:] == plain.pixels[-10:, -10:]).all()


@pytest.mark.parametrize("form", ["gif", "webp&lossless=1"])
def test_faces_are_hidden_in_every_frame(render, photos, form):
    face = Region(0.2, 0.2, 0.3, 0.4, 0.9)
    plain = render(photos / "film.gif", f"format={form}").image
    made = render(photos / "film.gif", f"face_blur=100&format={form}", faces=(face,)).image
    for index in range(2):  # the bar has its edge in the face in these
        plain.seek(index)
        made.seek(index)
        sharp, blurred = (np.asarray(image.convert("RGB"))[20:45, 24:60].astype(int) for image in (plain, made))
        assert np.abs(np.diff(sharp, axis=1)).max() > 100, index
        assert np.abs(np.diff(blurred, axis=1)).max() < 70, index


@pytest.mark.parametrize(
    "name", ["dot.png", "alpha.png", "deep.png", "cmyk.jpg", "alpha.webp", "turned-7.jpg", "scan.tif"]
)
@pytest.mark.parametrize("query", ["face_blur=100", "face_pixel=100&w=40", "face_blur=1&face_pixel=1&w=900"])
def test_every_kind_of_source_can_have_faces_hidden(render, photos, name, query):
    faces = (
        FACE,
        Region(0.0, 0.0, 1.0, 1.0, 0.9),
        Region(0.9, 0.9, 0.1, 0.1, 0.9),
        Region(0.5, 0.5, 0.001, 0.001, 0.9),
    )
    made = render(photos / name, query, faces=faces)
    assert made.image.size == (made.plan.size.width, made.plan.size.height)


def test_metadata_that_stay_hold_no_picture_of_the_face(render, tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "a portrait"
    image = painting.sample("astronaut.png")
    image.save(tmp_path / "a.jpg", exif=exif)
    body = (tmp_path / "a.jpg").read_bytes()
    small = tmp_path / "small.jpg"
    image.resize((64, 64)).save(small)
    thumbnail = small.read_bytes()
    # An EXIF thumbnail by hand: IFD1 with JPEGInterchangeFormat and its length, behind IFD0.
    tiff = b"II*\0" + (8).to_bytes(4, "little") + (0).to_bytes(2, "little") + (14).to_bytes(4, "little")
    entries = b"".join(
        tag.to_bytes(2, "little") + kind.to_bytes(2, "little") + (1).to_bytes(4, "little") + value.to_bytes(4, "little")
        for tag, kind, value in ((0x0103, 3, 6), (0x0201, 4, 14 + 2 + 36 + 4), (0x0202, 4, len(thumbnail)))
    )
    payload = b"Exif\0\0" + tiff + (3).to_bytes(2, "little") + entries + bytes(4) + thumbnail
    app1 = b"\xff\xe1" + (len(payload) + 2).to_bytes(2, "big") + payload
    start = body.index(b"\xff\xdb")
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8" + app1 + body[start:])
    made = render(tmp_path / "b.jpg", "w=200&face_blur=80&strip=none&format=jpeg", faces=(FACE,))
    assert thumbnail[200:260] not in made.body
    assert thumbnail[200:260] in render(tmp_path / "b.jpg", "w=200&strip=none&format=jpeg").body, (
        "else nothing is shown"
    )
