"""Cloudinary's own client for Node makes URLs; every one is verified, means its picture, and a real server renders it."""

from urllib.parse import urlsplit

import painting
import pytest
from measuring import opened
from PIL import Image
from serving import CHROME

from imgcdn import errors
from imgcdn.dialects.mounts import Mount, Mounts
from imgcdn.dialects.signing import Signing

SECRET, HOST = "an-api-secret-of-an-account", "res.example.com"
IDS = ["main", "main.jpg", "folder/a b.jpg", "über/50 & more+.png", "a,b/東京.jpg"]
REMOTE = "https://pics.example.org/a b/c.jpg?size=l&x=1"
MOUNTS = Mounts(
    [
        Mount("demo", "cloudinary", hosts=(HOST,), is_signed=True, tokens=(SECRET,)),
        Mount("web", "cloudinary", hosts=("web.example.com",), is_signed=True, is_proxy=True, tokens=(SECRET,)),
    ],
    {},
    Signing({"main": "a-key-of-this-server"}, lambda: 0.0),
)
SETTINGS = """
[[mount]]
name = "demo"
origin = "{folder}"
dialect = "cloudinary"
hosts = ["{host}"]
tokens = ["{secret}"]
signed = true
"""


@pytest.fixture(scope="module")
def told(clients):
    return clients.told("cloudinary.mjs", {"secret": SECRET, "ids": IDS, "main": "main", "remote": REMOTE})


@pytest.fixture(scope="module")
def server(module_serve, tmp_path_factory, face_models):
    folder = tmp_path_factory.mktemp("node")
    painting.sample("coffee.png").convert("RGB").save(folder / "main.jpg", quality=92)
    Image.new("RGBA", (60, 30), (255, 0, 0, 128)).save(folder / "logo.png")
    return module_serve(settings=SETTINGS.format(folder=folder, host=HOST, secret=SECRET))


def host_of(one) -> str:
    return "web.example.com" if one["options"].get("type") == "fetch" else HOST


def test_every_url_verifies_and_names_its_picture(told):
    assert len(told) > 150
    for one in told:
        ask = MOUNTS.ask(host_of(one), urlsplit(one["url"]).path, "")
        assert ask.delivery.is_signed
        stem = one["id"]
        if "format" in one["options"]:
            stem = f"{stem}.{one['options']['format']}"
        assert ask.source.path == stem, one["url"]


def test_no_url_verifies_for_another_picture(told):
    for one in told:
        path = urlsplit(one["url"]).path
        with pytest.raises(errors.BadSignatureError):
            MOUNTS.ask(host_of(one), f"{path}x", "")


def test_every_way_is_rendered_in_the_size_that_cloudinary_gives_it(told, server):
    sized = [one for one in told if one["size"]][::3]
    assert len(sized) > 20
    for one in sized:
        answer = server.get(urlsplit(one["url"]).path, host=HOST, accept=CHROME)
        assert answer.status_code == 200, (one["url"], answer.text)
        assert list(opened(answer.content).size) == one["size"], one["url"]
