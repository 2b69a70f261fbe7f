"""Bad input is answered clearly and at once, tells nothing of the machine, and costs the next request nothing."""

import json
import os
import socket
import time
from urllib.parse import quote

import painting
import pytest
from measuring import opened
from serving import assert_problem, get_raw

GOOD = "/img/good.jpg?w=50&format=jpeg"
SECRET = b"what lies outside of the folder\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photos):
    """A folder of bad files, with something beside it that nobody may read."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.jpg").write_bytes((photos / "photo.jpg").read_bytes())
    (outside / "secret.txt").write_bytes(SECRET)
    folder = outside / "pictures"
    (folder / "sub" / "deeper").mkdir(parents=True)
    whole = (photos / "photo.jpg").read_bytes()
    files = {
        "good.jpg": whole,
        "cut.jpg": whole[: len(whole) // 2],
        "cut.png": (photos / "cat.png").read_bytes()[:50_000],
        "empty.jpg": b"",
        "text.jpg": b"This is no picture.\n" * 100,
        "page.png": b"<!doctype html><title>Not a picture</title>",
        "named-wrongly.png": whole,
        "named-wrongly.jpg": (photos / "cat.png").read_bytes(),
        "no-ending": whole,
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "bomb.png": painting.png_header(30_000, 30_000),
        "bomb.jpg": painting.jpeg_header(30_000, 30_000),
        "dot.png": (photos / "dot.png").read_bytes(),
        "sub/inner.jpg": whole,
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for name in painting.AWKWARD:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(whole)
    (folder / "link-out.jpg").symlink_to(outside / "secret.jpg")
    (folder / "link-dir").symlink_to(outside)
    (folder / "link-in.jpg").symlink_to(folder / "good.jpg")
    (folder / "link-nowhere.jpg").symlink_to(folder / "none.jpg")
    (folder / "link-loop.jpg").symlink_to(folder / "link-loop.jpg")
    os.mkfifo(folder / "pipe.jpg")
    return folder


@pytest.fixture(scope="module")
def strict(module_serve, folder):
    server = module_serve(folder)
    assert server.get(GOOD).status_code == 200
    return server


@pytest.fixture
def bad(strict, folder):
    """Ask for something bad: it is quick, it is a problem, it names no path of the machine, and the next is fine."""

    def ask(target, status, code, param=None):
        begun = time.monotonic()
        answer = strict.get(target)
        assert time.monotonic() - begun < 10
        said = assert_problem(answer, status, code, param)
        assert str(folder.parent) not in answer.text
        after = strict.get(GOOD)
        assert after.status_code == 200
        assert opened(after.content).size == (50, 33)
        return said

    return ask


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("cut.jpg", 422, "corrupt_image"),
        ("cut.png", 422, "corrupt_image"),
        ("empty.jpg", 415, "unsupported_source_format"),
        ("text.jpg", 415, "unsupported_source_format"),
        ("page.png", 415, "unsupported_source_format"),
        ("drawing.svg", 415, "unsupported_source_format"),
        ("bomb.png", 413, "too_many_pixels"),
        ("bomb.jpg", 413, "too_many_pixels"),
        ("none.jpg", 404, "source_not_found"),
        ("sub", 404, "source_not_found"),
        ("sub/", 404, "source_not_found"),
        ("sub/deeper", 404, "source_not_found"),
        ("good.jpg/", 404, "source_not_found"),
        ("good.jpg/more", 404, "source_not_found"),
        ("link-out.jpg", 403, "source_forbidden"),
        ("link-dir/secret.jpg", 403, "source_forbidden"),
        ("link-nowhere.jpg", 404, "source_not_found"),
        ("link-loop.jpg", 404, "source_not_found"),
        ("pipe.jpg", 404, "source_not_found"),
        ("a" * 300 + ".jpg", 400, "invalid_parameter"),
    ],
)
@pytest.mark.parametrize("query", ["w=64", "w=64&h=20&gravity=face", "w=64&h=64&gravity=smart&format=webp"])
def test_a_bad_file_is_a_problem_of_the_right_kind(bad, name, status, code, query):
    bad(f"/img/{name}?{query}", status, code, "path" if status == 400 else None)


@pytest.mark.parametrize("name", ["named-wrongly.png", "named-wrongly.jpg", "no-ending", "link-in.jpg"])
def test_a_picture_is_what_its_first_bytes_say(strict, name):
    answer = strict.get(f"/img/{name}?w=40&h=40")
    assert answer.status_code == 200
    assert opened(answer.content).size == (40, 40)


@pytest.mark.parametrize("query", ["", "w=64&h=64&gravity=face", "w=10&h=5&gravity=smart", "w=3&h=9&gravity=auto"])
def test_a_single_pixel_is_a_picture(strict, query):
    assert strict.get(f"/img/dot.png?{query}").status_code == 200


@pytest.mark.parametrize("name", painting.AWKWARD)
@pytest.mark.parametrize("unspelt", ["/", "", "/+&=[]"])
def test_any_file_name_can_be_spelt(strict, name, unspelt):
    status, headers, _ = get_raw(strict.port, f"/img/{quote(name, safe=unspelt)}?w=24")
    assert status == 200
    assert headers["content-type"] == "image/jpeg"


def test_a_percent_sign_that_encodes_nothing_is_itself(strict):
    assert get_raw(strict.port, "/img/100%.jpg?w=24")[0] == 200


CLIMBING = [
    "/img/../secret.jpg", "/img/..%2fsecret.jpg", "/img/..%2Fsecret.jpg", "/img/%2e%2e/secret.jpg",
    "/img/%2e%2e%2fsecret.jpg", "/img/.%2e/secret.jpg", "/img/sub/../../secret.jpg", "/img/sub/..%2f..%2fsecret.jpg",
    "/img/./../secret.jpg", "/img//../secret.jpg", "/img/..\\secret.jpg", "/img/..%5csecret.jpg",
    "/img/sub%2f..%2f..%2fsecret.jpg", "/img/%2e%2e%5csecret.jpg", "/img/..%252fsecret.jpg", "/img/%252e%252e/secret.jpg",
    "/img/..%c0%afsecret.jpg", "/img/%c0%ae%c0%ae/secret.jpg", "/img/..;/secret.jpg", "/img/...//secret.jpg",
    "/img/..%00/secret.jpg", "/img/sub/.%00./../secret.jpg", "/img/secret.jpg%00.png", "/img/%00", "/img/good.jpg%00",
    "/img//etc/passwd", "/img/%2fetc%2fpasswd", "/img/%2Fetc/passwd", "/img/file:///etc/passwd",
    "/img/..%ef%bc%8fsecret.jpg", "/img/%ef%bc%8e%ef%bc%8e/secret.jpg", "/../secret.jpg", "/img/../img/../secret.jpg",
    "/%2e%2e/secret.jpg", "/img%2f..%2fsecret.jpg", "/img/link-dir/secret.txt", "/img/link-dir%2fsecret.txt",
    "/img/link-dir/pictures/../secret.txt", "/img/good.jpg/../../secret.jpg", "/img/~root/.bashrc", "/img/C:%5cwin.ini",
    "/img/%ff%fe", "/img/%", "/img/%zz", "/img/sub/%2e%2e/%2e%2e/secret.jpg/p/avatar",
]  # fmt: skip


@pytest.mark.parametrize("target", CLIMBING)
def test_nothing_outside_the_folder_is_read_however_it_is_spelt(strict, folder, target):
    """Sent as it stands: a client library would tidy it up first."""
    status, headers, body = get_raw(strict.port, target)
    assert 400 <= status < 500
    assert headers["content-type"] == "application/problem+json"
    said = json.loads(body)
    assert said["status"] == status
    assert SECRET not in body
    assert str(folder.parent).encode() not in body
    assert get_raw(strict.port, GOOD)[0] == 200


def test_a_nul_as_it_is_is_no_http_and_harms_nobody(strict):
    with socket.create_connection(("127.0.0.1", strict.port), timeout=10) as odd:
        odd.sendall(b"GET /img/good.jpg\x00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert not (answer := odd.recv(65_536)) or answer.startswith(b"HTTP/1.1 400")
    assert strict.get(GOOD).status_code == 200


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("w=0", "w"),
        ("w=-1", "w"),
        ("w=1e9", "w"),
        ("w=1000000000", "w"),
        ("w=99999999999999999999999", "w"),
        ("w=", "w"),
        ("w=abc", "w"),
        ("w=1.5", "w"),
        ("w=nan", "w"),
        ("w=%00", "w"),
        ("w=%F0%9F%92%A9", "w"),
        ("h=0", "h"),
        ("h=8193", "h"),
        ("fp=2,2", "fp"),
        ("fp=0.5", "fp"),
        ("fp=-0.1,0", "fp"),
        ("fp=a,b", "fp"),
        ("gravity=nrth", "gravity"),
        ("gravity=", "gravity"),
        ("gravity=face,,north", "gravity"),
        ("gravity=" + ",".join(["face"] * 2 + [f"obj:a{n}" for n in range(9)]), "gravity"),
        ("fit=covr", "fit"),
        ("q=0", "q"),
        ("q=101", "q"),
        ("format=bmp", "format"),
        ("dpr=0", "dpr"),
        ("dpr=6", "dpr"),
        ("ar=0", "ar"),
        ("ar=16:0", "ar"),
        ("rect=0,0,0,0", "rect"),
        ("rect=1,2,3", "rect"),
        ("rotate=361", "rotate"),
        ("orient=9", "orient"),
        ("bg=nocolour", "bg"),
        ("fpz=0.5", "fpz"),
        ("face_index=0", "face_index"),
        ("face_preset=toe", "face_preset"),
        ("flip=maybe", "flip"),
        ("strip=everything", "strip"),
        ("v=a%20b", "v"),
        ("preset=A%20B", "preset"),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(bad, query, param):
    said = bad(f"/img/good.jpg?{query}", 400, "invalid_parameter", param)
    assert said["detail"].startswith(f"{param}=")
    assert "expected" in said["detail"]


def test_the_nearest_known_value_is_named(bad):
    assert "north" in bad("/img/good.jpg?gravity=nrth", 400, "invalid_parameter", "gravity")["detail"]
    assert "cover" in bad("/img/good.jpg?fit=covr", 400, "invalid_parameter", "fit")["detail"]


@pytest.mark.parametrize(("key", "near"), [("wdth", "width"), ("gravty", "gravity"), ("W", "w"), ("qq", "q")])
def test_an_unknown_parameter_is_named_with_the_nearest_known(bad, key, near):
    said = bad(f"/img/good.jpg?w=10&{key}=3", 400, "unknown_parameter", key)
    assert f"the nearest known name is {near}" in said["detail"]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("w=10&w=20", "w"),
        ("w=10&width=20", "w"),
        ("gravity=face&g=north", "gravity"),
        ("gravity=north&crop=smart", "crop"),
    ],
)
def test_saying_one_thing_twice_is_refused(bad, query, param):
    bad(f"/img/good.jpg?{query}", 400, "conflicting_parameters", param)


def test_a_preset_that_is_not_there_is_404(bad):
    bad("/img/good.jpg?preset=none", 404, "preset_not_found", "preset")
    bad("/img/good.jpg/p/none", 404, "preset_not_found", "preset")


def test_a_window_outside_of_the_picture_is_impossible(bad):
    bad("/img/good.jpg?rect=5000,0,10,10", 422, "impossible_crop", "rect")


@pytest.mark.parametrize("query", ["%ff=1", "w=%ff", "&".join(f"p{n}=1" for n in range(200)), "w=10&" + "x" * 60_000])
def test_a_query_that_cannot_be_read_is_refused(strict, query):
    status, _headers, _ = get_raw(strict.port, f"/img/good.jpg?{query}")
    assert status in {400, 414, 431}
    assert strict.get(GOOD).status_code == 200


def test_the_largest_answer_is_capped_not_refused(strict):
    answer = strict.get("/img/dot.png?w=8192&h=8192&format=jpeg&q=10")
    assert answer.status_code == 200
    width, height = opened(answer.content).size
    assert width * height <= 40_000_000
    assert width == height


def test_after_all_that_the_server_is_well(strict):
    ready = strict.get("/-/ready")
    assert ready.status_code == 200
    assert ready.json()["degraded"] == {}
    assert len(strict.workers()) >= 1
