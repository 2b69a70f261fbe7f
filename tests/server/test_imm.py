"""IMM's DetectImageCropping on a real server: RPC by query and form, at the root too, its ratios, hints and errors."""

import io
import json
import os
from fractions import Fraction

import painting
import pytest
from keyed import add_key
from lacks import lacking
from PIL import Image
from serving import assert_problem

PATHS = ["/", "/v1/imm"]
ASK = {"Action": "DetectImageCropping", "ProjectName": "immtest", "SourceURI": "oss://img/photo.jpg"}


def call(server, path="/v1/imm", method="GET", headers=None, **changes):
    given = {name: value for name, value in (ASK | changes).items() if value is not None}
    with server.client(headers=headers or {}) as client:
        if method == "POST":
            return client.post(path, data=given)
        return client.get(path, params=given)


def found(response) -> dict:
    """Require the documented answer, and return it."""
    assert response.status_code == 200, response.text
    said = response.json()
    assert set(said) == {"Croppings", "RequestId", "MatchedInclusionHints"}
    assert said["RequestId"] == response.headers["x-request-id"]
    for one in said["Croppings"]:
        assert set(one) == {"AspectRatio", "Confidence", "Boundary"}
        assert 0 <= one["Confidence"] <= 1
        place = one["Boundary"]
        left, top, right, bottom = (
            place["Left"],
            place["Top"],
            place["Left"] + place["Width"],
            place["Top"] + place["Height"],
        )
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        assert place["Polygon"] == [{"X": x, "Y": y} for x, y in corners]
        width, height = map(int, one["AspectRatio"].split(":"))
        assert place["Width"] == pytest.approx(place["Height"] * width / height, abs=1.5)
    return said


def refused(response, status: int, code: str, *names: str) -> None:
    """Require the documented error; each of the names is in its message."""
    assert response.status_code == status, response.text
    said = response.json()
    assert set(said) == {"RequestId", "HostId", "Code", "Message"}
    assert said["RequestId"] == response.headers["x-request-id"]
    assert said["HostId"].startswith("127.0.0.1")
    assert said["Code"] == code, said
    for name in names:
        assert name in said["Message"], said


# what is answered


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_call_by_query_or_form_under_either_path_gives_a_window_for_each_ratio_in_its_order(server, path, method):
    asked = ["2:3", "1:1", "16:9", "1:2", "auto"]
    said = found(call(server, path, method, AspectRatios=json.dumps(asked)))
    assert [one["AspectRatio"] for one in said["Croppings"]][:4] == asked[:4]
    assert said["MatchedInclusionHints"] == []


def test_auto_is_asked_for_by_default_and_names_the_ratio_that_it_chose(server):
    (one,) = found(call(server))["Croppings"]
    width, height = map(int, one["AspectRatio"].split(":"))
    assert Fraction(1, 2) <= Fraction(width, height) <= 2
    every = {Fraction(w, h) for w, h in ((1, 1), (4, 3), (3, 4), (16, 9), (9, 16), (3, 2), (2, 3), (4, 5))}
    assert Fraction(width, height) in every


def test_windows_are_the_same_as_the_native_apis(server):
    for ratio in ("1:1", "2:3", "16:9"):
        (ours,) = found(call(server, AspectRatios=json.dumps([ratio])))["Croppings"]
        body = {"source": "img", "path": "photo.jpg", "aspect_ratios": [ratio]}
        (native,) = server.send("POST", "/v1/images/crops", body).json()["croppings"]
        assert native["confidence"] == ours["Confidence"]
        place = native["boundary"]
        expected = [place[side] for side in ("left", "top", "width", "height")]
        assert [ours["Boundary"][side] for side in ("Left", "Top", "Width", "Height")] == expected


def test_the_action_may_come_in_a_header_and_the_parameters_in_json(server):
    with server.client(headers={"x-acs-action": "DetectImageCropping", "x-acs-version": "2020-09-30"}) as client:
        given = {name: value for name, value in ASK.items() if name != "Action"}
        found(client.post("/", params=given, headers={"content-type": "application/json"}))
        found(client.post("/", json=given | {"AspectRatios": ["1:1"], "InclusionHints": []}))
        found(client.get("/", params=given))


def test_what_clients_add_to_every_request_is_ignored(server):
    common = {"Format": "json", "Version": "2020-09-30", "SignatureMethod": "HMAC-SHA1", "SignatureNonce": "1",
              "SignatureVersion": "1.0", "Signature": "x=", "Timestamp": "2026-01-01T00:00:00Z", "RegionId": "cn",
              "SecurityToken": "t", "CredentialConfig": "{}"}  # fmt: skip
    found(call(server, **common))


def test_a_key_may_have_folders_and_any_characters(server):
    for key in ("with spaces.jpg", "Übergröße 東京.jpg", "100%.jpg", "question?mark#hash.jpg", "sub folder/in ner.jpg"):
        found(call(server, SourceURI=f"oss://img/{key}", AspectRatios='["1:1"]'))


def test_confidence_falls_where_nothing_stands_out(serve, tmp_path, face_models):
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (900, 600), "gray").save(folder / "flat.png")
    painting.sample("astronaut.png").save(folder / "face.jpg")
    server = serve(folder)
    asked = json.dumps(["1:1", "2:3", "16:9", "auto"])
    flat, face = (
        [
            one["Confidence"]
            for one in found(call(server, SourceURI=f"oss://img/{name}", AspectRatios=asked))["Croppings"]
        ]
        for name in ("flat.png", "face.jpg")
    )
    assert max(flat) < 0.05
    assert min(face) > 0.2


def test_buckets_are_mapped_to_mounts_and_folders_by_the_settings(serve, photos):
    server = serve(photos, settings='[api]\nimm_buckets = { our-bucket = "img", deep = "img/sub folder" }\n')
    one = found(call(server, SourceURI="oss://our-bucket/photo.jpg", AspectRatios='["1:1"]'))
    two = found(call(server, SourceURI="oss://img/photo.jpg", AspectRatios='["1:1"]'))
    assert one["Croppings"] == two["Croppings"]
    found(call(server, SourceURI="oss://deep/in ner.jpg"))
    refused(call(server, SourceURI="oss://deep/../photo.jpg"), 403, "AccessDenied")


# bad input


@pytest.mark.parametrize(("ratios", "names"), [
    ("[]", ["empty list"]),
    ('["1:1","1:1","1:1","1:1","1:1","1:1"]', ["5", "6"]),
    ('["4.1:3"]', ["4.1:3", "whole"]),
    ('["1:1","4.1:3"]', ["4.1:3"]),
    ('["3:1"]', ["3:1", "0.5", "2"]),
    ('["1:3"]', ["1:3"]),
    ('["19:9"]', ["19:9"]),
    ('["20:20"]', ["20:20", "19"]),
    ('["0:1"]', ["0:1"]),
    ('["1:0"]', ["1:0"]),
    ('["-1:-1"]', ["-1:-1"]),
    ('["1"]', ["whole"]),
    ('["1:1:1"]', ["1:1:1"]),
    ('["１:１"]', ["whole"]),
    ('[""]', ["auto"]),
    ('["AUTO"]', ["AUTO"]),
    ("[1.5]", ["1.5"]),
    ("[null]", ["null"]),
    ('"1:1"', ["list"]),
    ('{"1:1": 1}', ["list"]),
    ("1:1", ["JSON"]),
    ("", ["JSON"]),
    ("[" * 2000, ["JSON"]),
    ('["\\ud800"]', ["JSON"]),
])  # fmt: skip
def test_a_list_of_ratios_that_cannot_be_used_is_an_error_that_says_which(server, ratios, names):
    refused(call(server, AspectRatios=ratios), 400, "InvalidArgument", "AspectRatios", *names)
    refused(call(server, "/", "POST", AspectRatios=ratios), 400, "InvalidArgument", "AspectRatios", *names)


def test_the_extreme_ratios_are_taken(server):
    found(call(server, AspectRatios='["1:2","2:1","19:10","10:19","19:19"]'))


@pytest.mark.parametrize(("changes", "names"), [
    ({"ProjectName": None}, ["ProjectName"]),
    ({"ProjectName": ""}, ["ProjectName"]),
    ({"SourceURI": None}, ["SourceURI"]),
    ({"SourceURI": ""}, ["SourceURI"]),
    ({"SourceURI": "https://img/photo.jpg"}, ["SourceURI", "oss://"]),
    ({"SourceURI": "oss://img"}, ["SourceURI"]),
    ({"SourceURI": "oss://img/"}, ["SourceURI"]),
    ({"SourceURI": "oss:///photo.jpg"}, ["SourceURI"]),
    ({"Action": None}, ["Action"]),
    ({"Action": "DetectImageFaces"}, ["Action"]),
    ({"InclusionHints": '["a","b"]'}, ["InclusionHints", "2"]),
    ({"InclusionHints": "dog"}, ["InclusionHints", "JSON"]),
    ({"InclusionHints": "[1]"}, ["InclusionHints"]),
    ({"InclusionHints": '[" "]'}, ["InclusionHints"]),
    ({"InclusionHints": json.dumps(["x" * 65])}, ["InclusionHints", "64"]),
    ({"Colour": "red"}, ["Colour"]),
    ({"Format": "XML"}, ["Format"]),
])  # fmt: skip
def test_a_parameter_that_cannot_be_used_is_named(server, changes, names):
    refused(call(server, **changes), 400, "InvalidArgument", *names)


def test_a_parameter_that_is_there_twice_is_named(server):
    with server.client() as client:
        response = client.get("/v1/imm", params=[*ASK.items(), ("ProjectName", "b")])
        refused(response, 400, "InvalidArgument", "ProjectName")
        refused(client.post("/v1/imm", params=ASK, data={"ProjectName": "b"}), 400, "InvalidArgument", "ProjectName")


@pytest.mark.parametrize(("uri", "status", "code"), [
    ("oss://nowhere/photo.jpg", 404, "ResourceNotFound"),
    ("oss://img/none.jpg", 404, "ResourceNotFound"),
    ("oss://img/../../etc/passwd", 403, "AccessDenied"),
    ("oss://img/a\0b.jpg", 400, "InvalidArgument"),
])  # fmt: skip
def test_a_picture_that_cannot_be_had_is_an_error(server, uri, status, code):
    refused(call(server, SourceURI=uri), status, code)


def test_a_file_that_is_no_picture_is_an_error(serve, tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "text.jpg").write_text("no picture")
    (tmp_path / "p" / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 only the beginning")
    server = serve(tmp_path / "p")
    refused(call(server, SourceURI="oss://img/text.jpg"), 415, "InvalidArgument")
    refused(call(server, SourceURI="oss://img/cut.jpg"), 422, "InvalidArgument")


@pytest.mark.parametrize(("content", "kind", "status"), [
    (b"<xml/>", "text/xml", 415), (b"[1]", "application/json", 400), (b"{", "application/json", 400),
    (b"x" * 100_000, "application/x-www-form-urlencoded", 413), (b"&".join(b"a%d=" % n for n in range(200)), "application/x-www-form-urlencoded", 400),
])  # fmt: skip
@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_cannot_be_read_is_an_error(server, path, content, kind, status):
    with server.client() as client:
        refused(client.post(path, content=content, headers={"content-type": kind}), status, "InvalidArgument")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused_in_the_same_form(server, method):
    refused(server.ask(method, "/v1/imm"), 405, "UnsupportedHTTPMethod")


# the root


def test_the_root_without_an_action_is_no_call(server):
    assert_problem(server.get("/"), 404, "not_found")
    assert_problem(server.get("/?w=3"), 404, "not_found")
    refused(server.ask("POST", "/"), 400, "InvalidArgument", "Action")


def test_mounts_that_answer_to_a_host_name_keep_their_root(serve, photos):
    settings = f'[[mount]]\nname = "hosted"\norigin = "{photos}"\nhosts = ["assets.example.com", "127.0.0.1"]\n'
    server = serve(photos, settings=settings)
    with server.client() as client:
        assert client.get("/photo.jpg?w=40").status_code == 200
        named = {"host": "assets.example.com"}
        assert client.get("/photo.jpg?w=40", headers=named).status_code == 200
        for headers in ({}, named):
            answer = client.get("/", params=ASK, headers=headers)
            assert answer.headers["content-type"] == "application/problem+json"
            assert client.post("/", data=ASK, headers=headers).headers["content-type"] == "application/problem+json"
        found(client.post("/", data=ASK, headers={"host": f"localhost:{server.port}"}))


# keys


def test_the_id_of_an_access_key_is_an_api_key(serve, photos):
    server = serve(photos)
    shown, secret = add_key(server, "publishable"), add_key(server)
    refused(call(server), 401, "InvalidAccessKeyId")
    refused(call(server, AccessKeyId="LTAIwrong"), 401, "InvalidAccessKeyId")
    refused(call(server, AccessKeyId=shown), 403, "AccessDenied")
    for method in ("GET", "POST"):
        found(call(server, "/", method, AccessKeyId=secret, Signature="x"))
    signed = f"ACS3-HMAC-SHA256 Credential={secret},SignedHeaders=host;x-acs-action,Signature=00ff"
    found(call(server, headers={"authorization": signed}))
    found(call(server, headers={"authorization": f"Bearer {secret}"}))
    refused(call(server, headers={"authorization": signed.replace(secret, "x")}), 401, "InvalidAccessKeyId")
    assert secret not in server.said


# hints


@pytest.mark.parametrize("hint", ["face", "the faces", "person", "people", "a woman", "man"])
def test_people_and_faces_are_known_out_of_the_box(server, face_models, hint):
    said = found(
        call(
            server, SourceURI="oss://img/portrait.jpg", InclusionHints=json.dumps([hint]), AspectRatios='["1:2","2:1"]'
        )
    )
    assert said["MatchedInclusionHints"] == [hint]
    left, top, right, bottom = (share * 1440 for share in painting.FACE)
    for one in said["Croppings"]:
        place = one["Boundary"]
        assert place["Left"] <= left + 40
        assert place["Top"] <= top + 60
        assert place["Left"] + place["Width"] >= right - 40
        assert place["Top"] + place["Height"] >= bottom - 60


def test_a_hint_that_no_detector_knows_is_no_error_and_nothing_is_claimed(server):
    plain = found(call(server, AspectRatios='["1:1"]'))
    for hint in ("a red umbrella", "dog", "犬", "+", "obj:", "face,north"):
        hinted = found(call(server, AspectRatios='["1:1"]', InclusionHints=json.dumps([hint])))
        assert hinted["MatchedInclusionHints"] == []
        assert hinted["Croppings"] == plain["Croppings"]


def test_a_hint_may_come_as_a_numbered_parameter(server, face_models):
    said = found(call(server, SourceURI="oss://img/portrait.jpg", **{"InclusionHints.1": "face"}))
    assert said["MatchedInclusionHints"] == ["face"]


@pytest.fixture(scope="module")
def seeing(module_serve, shared, tmp_path_factory, face_models):
    """A server that knows the classes of Pascal VOC, of pictures made from labelled photographs."""
    models, data = shared / "models", shared / "data" / "dev"
    if not models.is_dir():
        lacking(f"there are no models in {shared}")
    folder = tmp_path_factory.mktemp("seen")
    wide = Image.new("RGB", (1800, 600), (120, 150, 110))
    wide.paste(painting.sample("chelsea.png").resize((600, 400)), (0, 100))
    wide.save(folder / "cat at the left.jpg", quality=92)
    wide.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "cat at the right.jpg", quality=92)
    records = [json.loads(line) for line in (data / "manifest.jsonl").read_text().splitlines()]
    for record in records:
        if record["set"] == "pets":
            file = io.BytesIO((data / record["file"]).read_bytes())
            Image.open(file).convert("RGB").save(folder / f"pet-{len(list(folder.iterdir()))}.jpg")
    settings = (
        f'[gravity]\nobject_model = "{models}/deeplabv3_mnv2_pascal_quant.tflite"\n'
        f'object_labels = "{models}/pascal_voc_segmentation_labels.txt"\n'
    )
    if text := os.environ.get("IMGCDN_TEST_TEXT_MODEL"):
        settings += f'text_model = "{text}"\n'
    server = module_serve(folder, settings=settings)
    return server, folder


@pytest.mark.parametrize("hint", ["cat", "cats", "the kitten on the left", "animals"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_model_of_the_settings_finds_what_the_hint_names(seeing, hint, side):
    server, _ = seeing
    said = found(
        call(
            server,
            SourceURI=f"oss://img/cat at the {side}.jpg",
            InclusionHints=json.dumps([hint]),
            AspectRatios='["1:1"]',
        )
    )
    assert said["MatchedInclusionHints"] == [hint]
    (one,) = said["Croppings"]
    middle = one["Boundary"]["Left"] + one["Boundary"]["Width"] / 2
    assert middle < 650 if side == "left" else middle > 1150
    assert one["Confidence"] > 0.3


def test_the_native_api_and_gravity_match_alike(seeing):
    server, _ = seeing
    body = {"source": "img", "path": "cat at the right.jpg", "aspect_ratios": ["1:1"]}
    said = server.send("POST", "/v1/images/crops", body | {"hints": ["a boat", "the cats", "people"]}).json()
    assert said["matched_hints"] == ["the cats"]
    assert said["croppings"][0]["engine"].startswith("obj:")
    for gravity in ("obj:cat", "obj:cat%2Bdog", "obj:kitten", "obj:animals"):
        answer = server.get(f"/img/cat at the right.jpg?w=300&h=300&gravity={gravity}")
        assert answer.headers["x-imgcdn-focus"].startswith("obj:")
        assert float(answer.headers["x-imgcdn-focus"].partition("x=")[2].partition(";")[0]) > 0.6


def test_a_hint_that_names_nothing_is_taken_for_what_it_means_and_the_answers_say_so(seeing, text_model):
    server, _ = seeing
    body = {"source": "img", "path": "cat at the right.jpg", "aspect_ratios": ["1:1"]}
    said = server.send("POST", "/v1/images/crops", body | {"hints": ["a fluffy feline", "cats", "spaceship"]}).json()
    assert said["matched_hints"] == ["a fluffy feline", "cats"]
    meant, named = said["matches"]
    assert (meant["hint"], meant["label"], meant["by"]) == ("a fluffy feline", "cat", "meaning")
    assert 0.65 <= meant["nearness"] < 1
    assert named == {"hint": "cats", "label": "cat", "by": "plural", "nearness": 1.0}
    told = found(
        call(server, SourceURI="oss://img/cat at the left.jpg", InclusionHints='["feline"]', AspectRatios='["1:1"]')
    )
    assert told["MatchedInclusionHints"] == ["feline"]
    assert told["Croppings"][0]["Boundary"]["Left"] < 300
    nothing = found(call(server, SourceURI="oss://img/cat at the left.jpg", InclusionHints='["spaceship"]'))
    assert nothing["MatchedInclusionHints"] == []
    why = server.get("/img/cat at the left.jpg?w=300&h=300&gravity=obj:feline&explain=1").json()
    assert why["focus"]["tried"][-1]["matches"][0]["by"] == "meaning"
    assert any("feline was taken for cat" in line for line in why["why"])


def test_most_pets_of_the_labelled_photographs_are_matched_by_their_kind(seeing):
    server, folder = seeing
    names = sorted(path.name for path in folder.glob("pet-*.jpg"))[:12]
    if not names:
        lacking("there are no pets among the shared photographs")
    matched = [
        found(call(server, SourceURI=f"oss://img/{name}", InclusionHints='["a pet animal"]'))["MatchedInclusionHints"]
        for name in names
    ]
    assert sum(map(bool, matched)) >= 0.75 * len(names)
