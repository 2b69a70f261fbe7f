"""What the fuzzer adds to its own cases: good ones often name what is really there, so that they come further than 404."""

import base64
import io
import random
import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import numpy as np
import schemathesis
from hypothesis import strategies as st
from PIL import Image
from schemathesis.transport.serialization import Binary, contains_binary

PICTURES = ("photo.jpg", "portrait.jpg", "alpha.png", "film.gif", "dot.png", "no such.jpg")
QUERIES = ("w=40", "w=40&h=30&gravity=face,north", "w=64&ar=1:1&fp=0.2,0.3&format=png", "h=9000", "preset=small")
RATIOS = ("1:1", "16:9", "auto", "3/2", "0.7")
PICTURE_PATH = "/{mount}/{path}"
_OFTEN = 0.7
_known: dict[str, list[str]] = {"fileId": [], "jobId": [], "url": [], "downloadUrl": []}
"""What answers told of, by the member that told it."""


def _jpeg(width, height):
    noise = np.random.default_rng(5).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    body = io.BytesIO()
    Image.fromarray(noise).resize((width, height)).save(body, "JPEG")
    return body.getvalue()


UPLOAD = _jpeg(160, 120)
UPLOAD_TEXT = base64.b64encode(UPLOAD).decode()


# Whole, cut off, and none at all.
schemathesis.openapi.format(
    "binary",
    st.one_of(st.just(UPLOAD), st.integers(1, 2000).map(lambda size: UPLOAD[:size]), st.binary(max_size=200)).map(
        Binary
    ),
)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or any(part.mode.is_negative for part in case.meta.components.values()):
        return
    chance = random.Random(repr((case.method, case.path, case.query, str(case.body)[:2000])))
    if chance.random() > _OFTEN:
        return
    path = case.operation.path
    if path == PICTURE_PATH:
        case.path_parameters = {"mount": "img", "path": chance.choice(PICTURES)}
        # All parameters at once contradict each other.
        case.query = dict(chance.sample(sorted(case.query.items()), min(len(case.query), chance.randint(0, 4))))
    if path.startswith(("/v1/results", "/api/v1/download")) and (ready := _known["url"] + _known["downloadUrl"]):
        _aim(case, urlsplit(chance.choice([url for url in ready if path[:12] in url] or ready)))
        return
    for name, value in (case.path_parameters or {}).items():
        case.path_parameters[name] = _known_one(path, name, chance) or value
    for named in (case.query, case.body):
        # Schemathesis takes forms with files that a hook has changed for bad ones.
        if isinstance(named, dict) and not contains_binary(named):
            _fill(named, chance)


def _known_one(path, name, chance):
    """Return an id that the server told of, for a placeholder of this path."""
    kind = {"id": "fileId" if "files" in path else "id", "job": "jobId"}.get(name)
    if path.startswith("/v1/results") or not _known.get(kind or ""):
        return None
    return chance.choice(_known[kind])


def _aim(case, url):
    """Ask for a URL that the server told of."""
    names = re.findall(r"{(\w+)}", case.operation.path)
    values = url.path.split("/")[-len(names) :]
    case.path_parameters = dict(zip(names, map(unquote, values), strict=True))
    case.query = dict(parse_qsl(url.query))


def _fill(fields, chance):
    picture = chance.choice(PICTURES)
    if isinstance(fields.get("path"), str) and "source" in fields:
        fields |= {"source": "img", "path": picture}
    if isinstance(fields.get("fileId"), str) and _known["fileId"]:
        fields["fileId"] = chance.choice(_known["fileId"])
    if isinstance(fields.get("url"), str):
        fields["url"] = f"/img/{picture}?{chance.choice(QUERIES)}"
    for name in ("sources", "urls", "presets"):
        if fields.get(name):
            query = {"urls": f"?{chance.choice(QUERIES)}"}.get(name, "")
            fields[name] = ["small"] if name == "presets" else [("/" if query else "") + f"img/{picture}{query}"]
    if fields.get("aspect_ratios"):
        fields["aspect_ratios"] = chance.sample(RATIOS, 2)
    if isinstance(fields.get("query"), str):
        fields |= {"query": chance.choice(QUERIES[:4])}
        fields.pop("params", None)
    if isinstance(fields.get("sourceUrl"), str):
        fields["sourceUrl"] = f"/img/{picture}"
    if "SourceURI" in fields:
        fields["SourceURI"] = f"oss://img/{picture}"
        fields["AspectRatios"] = chance.choice(('["auto"]', '["2:3","1:1"]'))
        fields["InclusionHints"] = chance.choice(("[]", '["face"]'))
    if "targetWidth" in fields:
        fields.pop("imageUrl", None)
        fields["imageBase64"] = UPLOAD_TEXT


@schemathesis.hook
def filter_case(context, case):
    """Leave out what the HTTP parser refuses before any application sees it: URLs of more than 64 KB."""
    return len(urlencode(case.query or {}, doseq=True)) < 60_000


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code not in {200, 202} or len(response.content) > 100_000:
        return
    for name, value in re.findall(rb'"(fileId|jobId|imageUrl|url|downloadUrl)": ?"([^"]{1,300})"', response.content):
        if name not in {b"url", b"imageUrl"} or b"/v1/results/" in value:
            _known[name.decode().replace("imageUrl", "url")].append(value.decode())
