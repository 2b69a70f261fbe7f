"""What imgix' JavaScript client and unpic make: every URL verifies, is planned and rendered as imgix documents, and with one byte changed is refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

import imgix_rules
import pytest
from hosting import hosting
from measuring import opened
from painting import AWKWARD
from PIL import Image
from serving import SAFARI_15, get_raw
from shapes import Picture

from imgcdn import errors
from imgcdn.dialects.mounts import Mount, Mounts
from imgcdn.dialects.signing import Signing
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.seen import Seen
from imgcdn.planning import laying, planner
from imgcdn.planning.settings import Encoding, Limits

TOKEN = "aaAAbbBB11223344"
SIGNED, OPEN, WEB = "assets.example.com", "open.example.com", "web.example.com"
MAIN = "photo.jpg"
SETTINGS = """
[[mount]]
name = "assets"
origin = "{folder}"
dialect = "imgix"
hosts = ["{signed}"]
tokens = ["{token}"]
signed = true

[[mount]]
name = "open"
origin = "{folder}"
dialect = "imgix"
hosts = ["{open}"]

[[mount]]
name = "web"
origin = "proxy"
dialect = "imgix"
hosts = ["{web}"]
allow_hosts = ["127.0.0.1"]
tokens = ["{token}"]

[fetch]
allow_private = ["127.0.0.1/32"]
allow_ports = [{port}]
"""
MOUNTS = Mounts(
    [
        Mount("assets", "imgix", is_strict=False, hosts=(SIGNED,), is_signed=True, tokens=(TOKEN,)),
        Mount("open", "imgix", is_strict=False, hosts=(OPEN,)),
        Mount("web", "imgix", False, (WEB,), is_proxy=True, is_signed=True, tokens=(TOKEN,)),
    ],
    {},
    Signing({"main": "a-key-of-this-server"}, lambda: 1_800_000_000.0),
)


@dataclass(frozen=True, slots=True)
class Made:
    """One URL that a client made: for which picture, on which host, and for which place in a srcset."""

    kind: str
    path: str
    host: str
    target: str
    descriptor: str

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@pytest.fixture(scope="module")
def remote(photos):
    """The port of a web server that has the pictures, for the web proxy."""
    files = {f"/pictures/{quote(name, safe='')}": (photos / name).read_bytes() for name in (MAIN, *AWKWARD)}
    with hosting(files) as port:
        yield port


@pytest.fixture(scope="module")
def urls(clients, remote):
    given = {"signed": SIGNED, "open": OPEN, "web": WEB, "token": TOKEN, "main": MAIN, "paths": AWKWARD}
    lines = clients.told("imgix.mjs", given | {"remote": f"http://127.0.0.1:{remote}/pictures"})
    found = []
    for line in lines:
        parts = urlsplit(line["url"])
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        found.append(Made(line["kind"], line["path"], parts.hostname, target, line["descriptor"]))
    assert len(found) > 340
    return found


@pytest.fixture(scope="module")
def pictures(photos):
    found = {}
    for name in (MAIN, *AWKWARD):
        with Image.open(photos / name) as image:
            found[name] = Picture(name, *image.size)
    return found


@pytest.fixture(scope="module")
def server(module_serve, photos, face_models, remote):
    return module_serve(
        settings=SETTINGS.format(folder=photos, signed=SIGNED, open=OPEN, web=WEB, token=TOKEN, port=remote)
    )


def signed(urls: Iterable[Made]) -> list[Made]:
    found = [made for made in urls if made.kind != "unpic"]
    assert found
    return found


def said(made: Made) -> dict[str, str]:
    return dict(parse_qsl(made.query, keep_blank_values=True))


def ask(made: Made, target: str | None = None):
    path, _, query = (target or made.target).partition("?")
    return MOUNTS.ask(made.host, path, query)


def changes(target: str, step: int) -> list[str]:
    """Return a target with one byte changed, at every so many places; what it says is another thing each time."""
    places = range(1 + len(target) % step, len(target), step)
    return [target[:at] + ("x" if target[at] != "x" else "y") + target[at + 1 :] for at in places]


def test_every_signed_url_verifies_and_names_its_picture(urls, remote):
    for made in signed(urls):
        found = ask(made)
        assert found.delivery.is_signed
        if made.kind == "web":
            assert (
                found.source.path.partition("?")[0] == f"http://127.0.0.1:{remote}/pictures/{quote(made.path, safe='')}"
            )
        else:
            assert found.source.path == made.path


def test_an_apostrophe_verifies_as_the_client_wrote_it_and_as_browsers_send_it(urls):
    (made,) = [made for made in urls if "'" in made.query]
    sent = made.target.replace("'", "%27")
    assert ask(made).delivery.is_signed
    assert ask(made, sent).delivery.is_signed
    assert ask(made, sent).spec == ask(made).spec
    with pytest.raises(errors.BadSignatureError):
        ask(made, made.target.replace("'", "%22"))


def test_no_url_verifies_with_one_byte_changed(urls):
    for made in signed(urls):
        for changed in changes(made.target, 11):
            with pytest.raises(errors.BadSignatureError):
                ask(made, changed)


def header(picture: Picture) -> SourceInfo:
    return SourceInfo("jpegload", Size(picture.width, picture.height), 1, 1, False, False, 8, False, False)


def test_every_url_is_planned_in_the_size_of_imgix_rules(urls, pictures):
    limits = Limits()
    for made in urls:
        spec, info = ask(made).spec, header(pictures[made.path])
        aspect = planner.wanted_aspect(spec, planner.upright_size(spec, info), limits)
        focus = None if aspect is None else Focus(Point(0.5, 0.5), "center")
        seen = Seen(layers=tuple(info for _ in laying.pictures_of(spec)))
        plan = planner.plan(spec, info, focus, Format.JPEG, limits, Encoding(), seen=seen)
        rule = imgix_rules.expected(made.query, pictures[made.path])
        assert rule.is_met_by(plan.size.width, plan.size.height), (made, plan.size, str(rule))


def test_js_core_puts_ixlib_first_and_leaves_the_order_that_it_was_given(urls):
    queries = [made.query for made in urls if "ixlib" in made.query]
    assert len(queries) > 250
    assert all(re.match(r"ixlib=js-\d+\.\d+\.\d+(&|$)", query) for query in queries)
    assert any("&w=300&h=100&fit=crop&crop=" in query for query in queries), "nothing is sorted"


def test_srcsets_grow_by_16_per_cent_to_8192_px_and_have_the_qualities_of_each_density(urls):
    fluid = [made for made in urls if made.kind == "fluid" and made.path == MAIN][:31]
    widths = [int(made.descriptor.removesuffix("w")) for made in fluid]
    assert (widths[0], widths[1], widths[-1]) == (100, 116, 8192)
    assert [said(made)["w"] for made in fluid] == [str(width) for width in widths]
    fixed = [said(made) for made in urls if made.kind == "fixed"][:5]
    assert [(params["dpr"], params["q"]) for params in fixed] == list(
        zip("12345", ["75", "50", "35", "23", "20"], strict=True)
    )


def sampled(urls: Iterable[Made]) -> list[Made]:
    """Return every URL that stands alone, and of the srcsets some of each, none of them huge."""
    single = [made for made in urls if not made.descriptor]
    several = [
        made
        for made in urls
        if made.descriptor and not (made.descriptor.endswith("w") and int(made.descriptor.removesuffix("w")) > 1300)
    ]
    return single + several[::4]


def written(params: dict[str, str]) -> str:
    """Return the format of an opaque still for a browser that takes WebP, by imgix' rules of auto and fm."""
    autos = params.get("auto", "").split(",")
    if not {"format", "true"}.isdisjoint(autos):
        return "webp"
    return "jpeg" if "compress" in autos else params.get("fm", "jpeg").replace("jpg", "jpeg")


def test_every_url_is_rendered_in_the_size_of_imgix_rules(server, urls, pictures):
    asked = sampled(urls)
    assert len(asked) > 230
    for made in asked:
        status, headers, body = get_raw(server.port, made.target.encode(), host=made.host, accept=SAFARI_15)
        assert status == 200, (made, body)
        rule = imgix_rules.expected(made.query, pictures[made.path])
        assert rule.is_met_by(*opened(body).size), (made, opened(body).size, str(rule))
        assert headers["content-type"] == f"image/{written(said(made))}", made


def test_every_url_is_refused_with_one_byte_changed(server, urls):
    for made in sampled(signed(urls)):
        changed = changes(made.target, 40)[-1]
        assert get_raw(server.port, changed.encode(), host=made.host)[0] == 403, (made, changed)


def test_what_unpic_makes_is_not_signed_and_taken_where_nothing_must_be(server, urls):
    (made, *_) = [made for made in urls if made.kind == "unpic"]
    assert "s" not in said(made)
    assert not ask(made).delivery.is_signed
    assert get_raw(server.port, made.target.encode(), host=OPEN)[0] == 200
    assert get_raw(server.port, made.target.encode(), host=SIGNED)[0] == 403
