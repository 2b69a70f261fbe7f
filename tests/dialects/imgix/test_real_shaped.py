"""300 URLs in the spelling of real sites: each has the size that imgix' rules give, planned for every shape of source, and rendered."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import md5
from urllib.parse import quote

import imgix_rules
import painting
import pytest
from measuring import opened
from PIL import Image, ImageOps
from serving import SAFARI_13, SAFARI_15
from shapes import FAMILIES, LOGO, PICTURES, Picture

from imgcdn.dialects.imgix import parsing
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point, Region, Size
from imgcdn.model.media import SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.seen import Seen
from imgcdn.planning import laying, negotiate, planner
from imgcdn.planning.settings import Encoding, Limits

LIMITS, ENCODING = Limits(), Encoding()
LOADERS = {"jpg": "jpegload", "png": "pngload", "gif": "gifload"}
FACE = Focus(Point(0.5, 0.3), "faces", 0.9, (Region(0.3, 0.1, 0.3, 0.35, 0.9),))
MIDDLE = Focus(Point(0.5, 0.5), "center")
ALL = [(picture, query) for asked in FAMILIES.values() for picture, query in asked]
FILM_PIXELS = 10_000_000
TOKEN, HOST = "aaAAbbBB11223344", "assets.example.com"
SETTINGS = """
[[mount]]
name = "assets"
origin = "{folder}"
dialect = "imgix"
hosts = ["{host}"]
tokens = ["{token}"]
signed = true
"""


def test_there_are_300_urls_and_none_twice():
    assert len({(picture.name, query) for picture, query in ALL}) == len(ALL) >= 300


def header(picture: Picture) -> SourceInfo:
    loader = LOADERS[picture.name.rpartition(".")[2]]
    stored = Size(picture.width, picture.height)
    return SourceInfo(loader, stored, picture.orientation, picture.frames, picture is LOGO, False, 8, False, False)


def planned(query: str, picture: Picture, bucket: str) -> TransformPlan:
    spec = parsing.parse("assets", picture.name, query).spec
    info = header(picture)
    seen = Seen(None, (), tuple(header(LOGO) for _ in laying.pictures_of(spec)))
    focus = FACE if picture.has_face else MIDDLE
    is_wanted = planner.wanted_aspect(spec, planner.upright_size(spec, info), LIMITS, seen)
    form = negotiate.choose(spec, bucket, info)
    return planner.plan(spec, info, focus if is_wanted else None, form, LIMITS, ENCODING, seen=seen)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_every_query_has_the_size_of_imgix_rules_whatever_the_shape_of_the_source(picture):
    wrong = []
    for own, query in ALL:
        # Rectangles and frames are those of the editor's own picture.
        if own is not picture and ("rect=" in query or "frame=" in query):
            continue
        rule = imgix_rules.expected(query, picture)
        # Animations have a limit of pixels of their own, over all their frames.
        if picture.frames > 1 and rule.width * rule.height * picture.frames > FILM_PIXELS:
            continue
        for bucket in ("base", "webp", "avif") if picture.frames > 1 else ("base", "avif"):
            size = planned(query, picture, bucket).size
            if not rule.is_met_by(size.width, size.height):
                wrong.append(f"{picture.name}?{query} is {size.width}x{size.height} as {bucket}, not {rule}")
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("shapes")
    (made / "people").mkdir()
    rocket, face = painting.sample("rocket.jpg"), painting.sample("astronaut.png")
    for picture in PICTURES:
        path, size = made / picture.name, picture.upright()
        if picture is LOGO:
            Image.new("RGBA", size, (255, 0, 0, 128)).save(path)
        elif picture.frames > 1:
            first, *rest = painting.frames(picture.frames, *size)
            first.save(path, save_all=True, append_images=rest, duration=100, loop=0)
        elif picture.name.endswith(".png"):
            ImageOps.fit(rocket, size).save(path)
        elif picture.has_face:
            face.crop((32, 0, 32 + size[0], size[1]) if size[0] < face.width else (0, 0, *size)).save(path, quality=92)
        else:
            painting.save_turned(ImageOps.fit(rocket, size), path, picture.orientation, quality=92)
    return made


@pytest.fixture(scope="module")
def server(module_serve, folder, face_models):
    return module_serve(settings=SETTINGS.format(folder=folder, host=HOST, token=TOKEN))


def signed(picture: Picture, query: str) -> str:
    """Return path and query as they stand in a page: signed by imgix' rule, written down here once more."""
    path = f"/{quote(picture.name)}"
    return f"{path}?{query}&s={md5(f'{TOKEN}{path}?{query}'.encode(), usedforsecurity=False).hexdigest()}"


@pytest.mark.parametrize("family", FAMILIES)
def test_urls_of_real_sites_are_rendered_in_the_size_of_imgix_rules(server, family):
    def trouble(case: tuple[int, tuple[Picture, str]]) -> str:
        number, (picture, query) = case
        answer = client.get(signed(picture, query), headers={"accept": SAFARI_13 if number % 4 else SAFARI_15})
        if answer.status_code != 200:
            return f"{picture.name}?{query}: {answer.status_code} {answer.text}"
        width, height = opened(answer.content).size
        rule = imgix_rules.expected(query, picture)
        is_right = rule.is_met_by(width, height)
        return "" if is_right else f"{picture.name}?{query} is {width}x{height}, not {rule}"

    with server.client(headers={"host": HOST}) as client, ThreadPoolExecutor(2) as pool:
        wrong = [said for said in pool.map(trouble, enumerate(FAMILIES[family])) if said]
    assert not wrong, "\n".join(wrong)
