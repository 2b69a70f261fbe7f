"""AILabTools' image cropping on a real server: its form, its limits, where the source lies in the answer, its errors."""

import io
import json
import time

import numpy as np
import painting
import pytest
from keyed import add_key
from measuring import opened, pixels_of, psnr
from PIL import Image

PATH = "/api/image/editing/image-cropping"


def written(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def photo(photos):
    return Image.open(photos / "photo.jpg").convert("RGB").resize((900, 600))


@pytest.fixture(scope="module")
def body(photo):
    return written(photo, "PNG")


def post(server, body: bytes | None, fields: dict | None = None, name="a.png", **headers):
    fields = {"width": "300", "height": "300"} if fields is None else fields
    files = {} if body is None else {"image": (name, body)}
    with server.client(headers={name.replace("_", "-"): value for name, value in headers.items()}) as client:
        return client.post(PATH, data=fields, files=files or {"": ""})


def made(server, response, width: int, height: int) -> tuple[Image.Image, dict]:
    """Require the documented answer, fetch the picture that it names, and return both."""
    assert response.status_code == 200, response.text
    said = response.json()
    url, place = said["data"]["url"], said["data"]["retain_location"]
    identity = response.headers["x-request-id"]
    assert said == {
        "request_id": identity,
        "log_id": identity,
        "error_code": 0,
        "error_msg": "",
        "error_detail": {"status_code": 200, "code": "", "code_message": "", "message": ""},
        "data": {"url": url, "retain_location": place},
    }
    assert set(place) == {"width", "height", "x", "y"}
    picture = server.get(url.removeprefix(server.url))
    assert picture.status_code == 200
    found = opened(picture.content)
    assert found.size == (width, height)
    return found, place


def refused(response, status: int, code: str, *names: str) -> None:
    """Require the documented failure; each of the names is in its message."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    said = response.json()
    identity = response.headers["x-request-id"]
    detail = said["error_detail"]
    assert set(said) == {"request_id", "log_id", "error_code", "error_msg", "error_detail"}
    assert (said["request_id"], said["log_id"], said["error_code"]) == (identity, identity, status)
    assert set(detail) == {"status_code", "code", "code_message", "message"}
    assert (detail["status_code"], detail["code"]) == (status, code), said
    assert detail["message"] == said["error_msg"]
    assert detail["code_message"]
    for name in names:
        assert name in said["error_msg"], said


# what is answered


@pytest.mark.parametrize(
    ("kind", "options"), [("JPEG", {"quality": 95}), ("PNG", {}), ("BMP", {}), ("WEBP", {"quality": 95})]
)
def test_pictures_of_its_four_formats_are_cropped_to_exactly_the_size(server, photo, kind, options):
    found, place = made(server, post(server, written(photo, kind, **options)), 300, 300)
    assert (place["width"], place["height"], place["y"]) == (450, 300, 0)
    assert (
        psnr(pixels_of(found), pixels_of(photo.resize((450, 300)).crop((-place["x"], 0, 300 - place["x"], 300)))) > 28
    )


@pytest.mark.parametrize(("width", "height"), [(600, 600), (450, 600), (900, 300), (1800, 600), (37, 411), (900, 600)])
def test_the_place_says_where_the_whole_source_lies_in_the_answer(server, photo, body, width, height):
    """The source scaled to it and laid at it gives the picture, to within what JPEG and rounding cost."""
    found, place = made(server, post(server, body, {"width": str(width), "height": str(height)}), width, height)
    assert place["width"] / place["height"] == pytest.approx(1.5, rel=0.01)
    assert place["x"] <= 0
    assert place["y"] <= 0
    assert place["x"] + place["width"] >= width - 1
    assert place["y"] + place["height"] >= height - 1
    assert (place["width"], place["x"]) == (width, 0) or (place["height"], place["y"]) == (height, 0)
    whole = photo.resize((place["width"], place["height"]), Image.Resampling.LANCZOS)
    laid = Image.new("RGB", (width, height))
    laid.paste(whole, (place["x"], place["y"]))
    assert psnr(pixels_of(found), pixels_of(laid)) > 24


@pytest.mark.parametrize(("width", "height"), [(5000, 10), (10, 5000), (5000, 5000), (1, 1)])
def test_the_source_is_scaled_alike_both_ways_also_for_extreme_shapes(server, body, width, height):
    _, place = made(server, post(server, body, {"width": str(width), "height": str(height)}), width, height)
    assert place["width"] == pytest.approx(place["height"] * 1.5, abs=1.5)
    assert place["x"] <= 0 <= place["x"] + place["width"] - width + 1
    assert place["y"] <= 0


def test_the_example_of_its_documentation_in_numbers(server, photo, body):
    """900x600 cropped to a square: the source keeps its height, and what is cut lies to the left, at negative x."""
    _, place = made(server, post(server, body, {"width": "600", "height": "600"}), 600, 600)
    assert (place["width"], place["height"], place["y"]) == (900, 600, 0)
    assert -300 <= place["x"] <= 0


def test_the_place_is_that_of_the_upright_source(server, tmp_path):
    painting.save_turned(painting.corners(120, 80), tmp_path / "t.jpg", 6, quality=95)
    found, place = made(
        server, post(server, (tmp_path / "t.jpg").read_bytes(), {"width": "120", "height": "80"}), 120, 80
    )
    assert place == {"width": 120, "height": 80, "x": 0, "y": 0}
    assert found.getpixel((10, 10))[0] > 200


def test_faces_decide_what_is_kept(server, face_models):
    portrait = painting.sample("astronaut.png")
    _, place = made(server, post(server, written(portrait, "JPEG"), {"width": "100", "height": "400"}), 100, 400)
    left, right = painting.FACE[0] * place["width"] + place["x"], painting.FACE[2] * place["width"] + place["x"]
    assert left > -5
    assert right < 105


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_bitmaps_with_a_palette_are_rgb_and_grey_ones_are_not(server, photo, mode):
    palette = {"palette": Image.Palette.ADAPTIVE} if mode == "P" else {}
    response = post(server, written(photo.convert(mode, **palette), "BMP"))
    if mode == "P":
        made(server, response, 300, 300)
    else:
        refused(response, 400, "ERROR_INVALID_PARAMETER", "channel")


def test_many_uploads_leave_no_file_behind(server, body):
    incoming = list((server.cache).rglob("upload-*"))
    for _ in range(3):
        assert post(server, body).status_code == 200
        assert post(server, b"x" * 1000).status_code == 400
        assert post(server, body, {"width": "0", "height": "3"}).status_code == 400
    assert list(server.cache.rglob("upload-*")) == incoming


# limits


def test_a_picture_of_more_than_three_and_a_half_megabytes_is_refused(server):
    noise = np.random.default_rng(1).integers(0, 256, (1100, 1100, 3), np.uint8)
    large = written(Image.fromarray(noise), "BMP")
    assert len(large) > 3_500_000
    refused(post(server, large), 413, "ERROR_INVALID_PARAMETER", "3500000")
    fits = written(Image.fromarray(noise[:1060, :1100]), "BMP")
    assert 3_400_000 < len(fits) <= 3_500_000
    made(server, post(server, fits), 300, 300)


@pytest.mark.parametrize(
    ("size", "is_taken"), [((1999, 1999), True), ((2000, 10), False), ((10, 2000), False), ((2400, 2400), False)]
)
def test_a_picture_of_2000_px_a_side_is_refused(server, size, is_taken):
    response = post(server, written(Image.new("RGB", size, "teal"), "PNG"))
    if is_taken:
        made(server, response, 300, 300)
    else:
        refused(response, 400, "ERROR_INVALID_PARAMETER", "image", f"{size[0]}x{size[1]}", "2000")


@pytest.mark.parametrize(("mode", "kind", "channels"), [
    ("L", "PNG", 1), ("L", "JPEG", 1), ("LA", "PNG", 2), ("RGBA", "PNG", 4), ("RGBA", "WEBP", 4), ("CMYK", "JPEG", 4),
])  # fmt: skip
def test_a_picture_that_has_not_three_channels_is_refused(server, mode, kind, channels):
    picture = Image.new(mode, (60, 40), tuple([90] * channels) if channels > 1 else 90)
    refused(post(server, written(picture, kind)), 400, "ERROR_INVALID_PARAMETER", "channels", str(channels))


@pytest.mark.parametrize("name", ["film.gif", "scan.tif", "modern.avif"])
def test_a_picture_of_another_format_is_refused(server, photos, name):
    refused(post(server, (photos / name).read_bytes()), 400, "ERROR_INVALID_PARAMETER", "JPEG", "BMP")


# bad input


@pytest.mark.parametrize("lacking", ["image", "width", "height"])
def test_a_missing_field_is_named(server, body, lacking):
    fields = {name: "300" for name in ("width", "height") if name != lacking}
    refused(post(server, None if lacking == "image" else body, fields), 400, "MISSING_PARAMETERS", lacking)


def test_an_empty_form_names_all_three(server):
    refused(post(server, None, {}), 400, "MISSING_PARAMETERS", "image", "width", "height")


@pytest.mark.parametrize("value", ["0", "-1", "5001", "wide", "", "3.5", "300px", "1e3", "0x10", "9" * 30])
def test_a_size_that_is_none_is_named(server, body, value):
    refused(post(server, body, {"width": "300", "height": value}), 400, "ERROR_INVALID_PARAMETER", "height")


def test_an_unknown_field_and_a_second_file_are_refused(server, body):
    refused(post(server, body, {"width": "3", "height": "3", "depth": "3"}), 400, "ERROR_INVALID_PARAMETER", "depth")
    with server.client() as client:
        twice = [("image", ("a.png", body)), ("image", ("b.png", body))]
        refused(
            client.post(PATH, data={"width": "3", "height": "3"}, files=twice), 400, "ERROR_INVALID_PARAMETER", "file"
        )
        other = client.post(PATH, data={"width": "3", "height": "3"}, files={"file": ("a.png", body)})
        refused(other, 400, "MISSING_PARAMETERS", "image")
        as_text = client.post(PATH, data={"width": "3", "height": "3", "image": "text"}, files={"": ""})
        refused(as_text, 400, "ERROR_INVALID_PARAMETER", "image")


@pytest.mark.parametrize(("data", "code"), [
    (b"", "ERROR_INVALID_PARAMETER"),
    (b"no picture at all", "ERROR_INVALID_PARAMETER"),
    (b"\xff\xd8\xff\xe0 only the beginning", "PROCESSING_FAILURE"),
    (b"BM", "PROCESSING_FAILURE"),
    (b"BM" + bytes(60), "PROCESSING_FAILURE"),
    (b"BMwoof and no bitmap at all, whatever it begins with" * 3, "PROCESSING_FAILURE"),
])  # fmt: skip
def test_what_is_no_whole_picture_is_refused(server, data, code):
    refused(post(server, data), 400, code)


def test_a_bitmap_that_is_cut_off_or_claims_any_size_is_refused(server, photo):
    whole = bytearray(written(photo, "BMP"))
    refused(post(server, bytes(whole[: len(whole) // 2])), 400, "PROCESSING_FAILURE")
    whole[18:26] = (60_000).to_bytes(4, "little") * 2
    response = post(server, bytes(whole))
    assert response.status_code in {400, 413}
    refused(response, response.status_code, response.json()["error_detail"]["code"])
    assert server.get("/-/ready").status_code == 200


@pytest.mark.parametrize(("content", "kind", "status"), [
    (b"{}", "application/json", 400),
    (b"width=1&height=2", "application/x-www-form-urlencoded", 400),
    (b"", "", 400),
    (b"nothing", "multipart/form-data", 400),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x", 400),
])  # fmt: skip
def test_what_is_no_form_is_refused(server, content, kind, status):
    with server.client() as client:
        response = client.post(PATH, content=content, headers={"content-type": kind} if kind else {})
    refused(response, status, "ERROR_PARAMETERS")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused_in_the_same_form(server, method):
    refused(server.ask(method, PATH), 405, "ERROR_PARAMETERS", method)


def test_a_key_comes_in_its_own_header(serve, photos, body):
    server = serve(photos)
    shown, secret = add_key(server, "publishable"), add_key(server)
    refused(post(server, body), 401, "ERROR_USER_NOT_EXISTS", "key")
    refused(post(server, body, ailabapi_api_key="wrong"), 401, "ERROR_USER_NOT_EXISTS")
    refused(post(server, body, ailabapi_api_key=shown), 401, "ERROR_USER_NOT_EXISTS")
    made(server, post(server, body, ailabapi_api_key=secret), 300, 300)
    made(server, post(server, body, authorization=f"Bearer {secret}"), 300, 300)
    url = json.loads(post(server, body, ailabapi_api_key=secret).text)["data"]["url"]
    assert server.get(url.removeprefix(server.url)).status_code == 200, "a result needs no key"


def test_a_url_lives_24_hours(server, body):
    url = post(server, body).json()["data"]["url"]
    ends = int(url.partition("exp=")[2].partition("&")[0])
    assert 86_390 < ends - time.time() <= 86_400
