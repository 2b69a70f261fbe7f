"""Rules of the contract's security section that need servers of their own: ladders, repeats, loaders, inner errors."""

import json
import time

import numpy as np
import pytest
import pyvips
from measuring import opened
from serving import assert_problem, eventually, get_raw

from imgcdn.dialects.signing import Signing, canonical_query

SECRET = "a-secret-of-this-server"
SETTINGS = """
[[mount]]
name = "img"
origin = "{folder}"

[[mount]]
name = "lax"
origin = "{folder}"
strict = false

[[mount]]
name = "cld"
origin = "{folder}"
dialect = "cloudinary"

[presets]
plain = "q=50"
small = "w=50"

[signing.keys]
main = "{secret}"

[ladder]
allow_widths = [100, 200, 400]
allow_ratios = ["1:1", "4:3"]
snap = "{snap}"

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""
BROKEN = """
import sys

if "serve" in sys.orig_argv:
    from imgcdn.web import pictures

    fitted = pictures.Pictures._fitted

    def broken(self, request, ask):
        if ask.source.path == "broken.png":
            raise RuntimeError("a secret of /etc/somewhere")
        return fitted(self, request, ask)

    pictures.Pictures._fitted = broken
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("square")
    pixels = np.random.default_rng(3).integers(0, 255, (64, 64, 3), np.uint8)
    square = pyvips.Image.new_from_array(pixels, interpretation="srgb").resize(8)
    square.cast("uchar").write_to_file(str(made / "a.png"))
    (made / "netpbm.png").write_bytes(b"P6 2 2 255\n" + bytes(12))
    (made / "table.png").write_bytes(b"1,2,3\n4,5,6\n")
    square.cast("uchar").write_to_file(str(made / "own.v"))
    (made / "own.v").rename(made / "own.png")
    (made / "mat.png").write_bytes(b"2 2\n1 2\n3 4\n")
    (made / "fits.png").write_bytes(b"SIMPLE  =                    T" + b" " * 2850)
    return made


@pytest.fixture(scope="module")
def signing():
    return Signing({"main": SECRET}, time.time)


@pytest.fixture(scope="module")
def server(module_serve, folder):
    return module_serve(settings=SETTINGS.format(folder=folder, secret=SECRET, snap="up"))


@pytest.fixture(scope="module")
def exact(module_serve, folder):
    return module_serve(settings=SETTINGS.format(folder=folder, secret=SECRET, snap="off"))


def size(server, target):
    found = server.get(target, accept="image/png")
    assert found.status_code == 200, found.text
    return opened(found.content).size


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/img/a.png?preset=plain", (400, 400)),
        ("/img/a.png?preset=small", (50, 50)),
        ("/img/a.png?preset=small&q=40", (50, 50)),
        ("/img/a.png?preset=small&rect=0,0,33,7", (100, 75)),
        ("/img/a.png?w=100&rect=0,0,33,7", (100, 75)),
        ("/img/a.png?rect=0,0,33,7", (100, 75)),
        ("/img/a.png?w=100&fpz=7.3&enlarge=0", (100, 100)),
        ("/img/a.png?w=100&rotate=33.3", (139, 139)),
        ("/cld/image/upload/c_crop,w_37,h_99/a.png", (100, 100)),
    ],
)
def test_no_unsigned_url_walks_round_the_ladder(server, target, expected):
    assert size(server, target) == expected


def test_no_flood_of_parts_makes_more_than_few_sizes(server):
    sizes = {
        size(server, f"/img/a.png?rect={n},{n},{9 + 7 * n},{60 - 3 * n}{width}")
        for n in range(1, 12)
        for width in ("", "&w=90")
    }
    assert sizes <= {(100, 100), (100, 75)}


def test_a_signed_url_cuts_what_it_likes(server, signing):
    assert size(server, signing.sign("/img/a.png", "w=100&rect=0,0,33,7")) == (33, 7)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("w=101", "w"),
        ("", "w"),
        ("preset=plain", "w"),
        ("w=100&ar=3:1", "ar"),
        ("w=100&h=33", "h"),
        ("w=100&rect=0,0,33,7", "ar"),
        ("w=100&trim=auto", "trim"),
        ("w=100&rotate=33.3", "rotate"),
        ("w=50&dpr=3", "w"),
    ],
)
def test_a_ladder_that_does_not_snap_refuses_what_is_not_on_it(exact, signing, query, param):
    said = assert_problem(exact.get(f"/img/a.png?{query}"), 403, "size_not_allowed", param)
    assert said["detail"].endswith("or a signed URL")
    assert exact.get(signing.sign("/img/a.png", query)).status_code == 200


def test_a_ladder_that_does_not_snap_answers_what_is_on_it(exact):
    assert size(exact, "/img/a.png?w=100") == (100, 100)
    assert size(exact, "/img/a.png?w=50&dpr=2&ar=4:3") == (100, 75)
    assert size(exact, "/img/a.png?preset=small") == (50, 50)


def test_the_order_of_signed_parameters_never_matters(server, signing):
    """`w` twice, or by two names, would mean the one or the other by an order that nobody signed."""
    for pairs in (("w=300", "w=40"), ("w=300", "width=40")):
        url = signing.sign("/lax/a.png", "&".join(pairs))
        signature = url.rpartition("&sig=")[2]
        for order in (pairs, pairs[::-1]):
            target = f"/lax/a.png?{'&'.join(order)}&kid=main&sig={signature}"
            signing.verify("/lax/a.png", target.partition("?")[2])
            assert_problem(server.get(target), 400, "conflicting_parameters", "w")
    assert size(server, "/lax/a.png?w=300&w=40") == (100, 100), "unsigned, the last one counts"
    twice = signing.sign("/lax/a.png", "w=40&utm=a&utm=b")
    assert size(server, twice) == (40, 40), "what is ignored may be there twice"
    assert canonical_query("b=2&a=1") == canonical_query("a=1&b=2") == "a=1&b=2"


@pytest.mark.parametrize("name", ["netpbm.png", "table.png", "own.png", "mat.png", "fits.png"])
def test_what_only_loaders_of_no_trust_could_read_is_refused(server, name):
    assert_problem(server.get(f"/img/{name}?w=100&ar=1:1"), 415, "unsupported_source_format")


@pytest.mark.parametrize(
    ("target", "code", "says"),
    [
        ("/img/a%00.png?w=100", "invalid_parameter", "The path 'a\\x00.png' holds a NUL character; expected none"),
        (
            "/img/a.png?w=100&ar=1:1&rect=600,600,10,10",
            "impossible_crop",
            "rect=600,600,10,10 leaves nothing of a 512x512 px picture: expected x below 512, y below 512, and a width and height of at least 1 px",
        ),
        ("/img/a.png?w=100&page=9", "invalid_parameter", "page=9 cannot be used: the source has 1 page, expected 1"),
        ("/img/a.png?w=100&frame=9", "invalid_parameter", "frame=9 cannot be used: the source has 1 frame, expected 1"),
    ],
)
def test_a_refusal_names_the_parameter_the_value_and_what_was_expected(server, target, code, says):
    _, _, body = get_raw(server.port, target)
    said = json.loads(body)
    assert (said["code"], said["detail"]) == (code, says)
    assert said["param"]


def test_what_goes_wrong_inside_is_a_500_that_tells_nothing_but_its_id(serve, folder, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BROKEN)
    settings = SETTINGS.format(folder=folder, secret=SECRET, snap="up")
    server = serve(settings=settings, env={"PYTHONPATH": str(tmp_path)})
    failed = server.get("/img/broken.png?w=100", x_request_id="mine-500")
    said = assert_problem(failed, 500, "internal")
    assert said["request_id"] == "mine-500"
    assert said["detail"] == "something unexpected happened; the log of the server says what"
    assert failed.headers["cache-control"] == "no-store"
    assert not any(word in failed.text for word in ("secret", "/etc", "RuntimeError", "Traceback", "broken.png"))
    assert not any(word in str(failed.headers) for word in ("secret", "RuntimeError"))
    assert size(server, "/img/a.png?w=100") == (100, 100)
    eventually(lambda: "a secret of /etc/somewhere" in server.said, 5)
    lines = [json.loads(line) for line in server.said.splitlines() if line.startswith("{") and "mine-500" in line]
    assert any("RuntimeError" in str(line.get("exception")) for line in lines)
    assert server.stop() in {0, -15}
