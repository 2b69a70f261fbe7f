"""The OpenAPI document: valid, complete, and made from what checks the requests."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from imgcdn import app, errors
from imgcdn.apis.models import Crops
from imgcdn.apis.openapi import pictures
from imgcdn.apis.openapi.api import OpenApi
from imgcdn.apis.openapi.described import FAMILIES
from imgcdn.apis.openapi.document import document
from imgcdn.dialects.native import TABLE
from imgcdn.settings import Settings


@pytest.fixture(scope="module")
def described():
    return document(FAMILIES)


def operations(described):
    return {(method.upper(), path): one for path, item in described["paths"].items() for method, one in item.items()}


def test_it_is_openapi_3_1_by_the_official_schema(described):
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_every_route_of_the_server_is_described_and_nothing_else(described, monkeypatch, tmp_path):
    """What `build_site` is given is all that is reserved, but for the two routes of its own."""
    joined = []
    monkeypatch.setattr(app, "build_site", lambda *parts: joined.append(parts[5]))
    app.Application(Settings.model_validate({"cache": {"dir": tmp_path}})).site()
    routes = [route for route in joined[0] if isinstance(route, Route)]
    assert len(routes) == len(joined[0]) > 20
    told = {path for _, path in operations(described)} - {pictures.PATH}
    assert told == {route.path for route in routes} | {"/-/healthz", "/-/ready"}
    for route in routes:
        methods = {method for method, path in operations(described) if path == route.path}
        if route.methods is not None and route.path != "/-/metrics":
            assert methods == route.methods - {"HEAD"}, route.path


def test_every_parameter_of_the_table_is_one_of_the_pictures(described):
    told = described["paths"][pictures.PATH]["get"]["parameters"]
    assert [one["name"] for one in told if one["in"] == "query"] == [row.name for row in TABLE]
    schemas = {one["name"]: one["schema"] for one in told}
    assert schemas["fpz"] == {"type": "number", "minimum": 1, "maximum": 100}
    assert "cover" in schemas["fit"]["enum"]


def test_every_example_of_a_row_fits_the_schema_of_its_row(described):
    for row in TABLE:
        for name in (row.name, *row.aliases):
            for text in re.findall(rf"(?:^|&){name}=([^&]*)", row.example):
                if "enum" in row.reader.schema:
                    assert text in row.reader.schema["enum"], row.name
                elif row.reader.schema:
                    assert row.reader.schema["minimum"] <= float(text) <= row.reader.schema["maximum"], row.name


def test_each_operation_has_its_own_id_a_sentence_and_a_tag_that_is_told_of(described):
    every = operations(described).values()
    assert len({one["operationId"] for one in every}) == len(every)
    tags = {tag["name"] for tag in described["tags"]}
    assert all(one["summary"] and set(one["tags"]) <= tags for one in every)


def test_what_a_publishable_key_opens_says_so(described):
    told = {key for key, one in operations(described).items() if "publishable key" in one.get("description", "")}
    assert told == {
        ("GET", "/v1/images/analyze"),
        ("GET", "/api/images/analyze"),
        ("GET", "/v1/images/focus"),
        ("POST", "/v1/images/crops"),
        ("POST", "/v1/explain"),
        ("GET", "/v1/presets"),
        ("GET", "/v1/presets/{name}"),
    }


def test_bodies_are_the_models_that_check_them(described):
    body = operations(described)["POST", "/v1/images/crops"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Crops"}
    assert set(described["components"]["schemas"]["Crops"]["properties"]) == set(Crops.model_fields)
    assert described["components"]["schemas"]["Crops"]["additionalProperties"] is False


def test_every_code_of_errors_is_told_under_its_status(described):
    told = {}
    for response in described["components"]["responses"].values():
        (content,) = response["content"].values()
        limits = content["schema"]["properties"]
        told |= dict.fromkeys(limits["code"]["enum"], limits["status"]["const"])
    native = {code: kind.status for code, kind in errors.BY_CODE.items() if kind.__module__ == errors.__name__}
    # A broken head belongs to no operation.
    elsewhere = {("method_not_allowed", 405), ("url_too_long", 414), ("headers_too_large", 431)}
    assert native.items() - told.items() <= elsewhere


def test_who_may_ask_is_told_of_each_operation(described):
    every = operations(described)
    assert every["POST", "/v1/purge"]["security"] == [{"bearer": []}, {"key": []}]
    assert {"ailabapi-api-key": []} in every["POST", "/api/image/editing/image-cropping"]["security"]
    assert every["GET", "/v1/openapi.json"]["security"] == every["GET", pictures.PATH]["security"] == []


def test_models_of_one_name_in_several_families_keep_apart(described):
    names = described["components"]["schemas"]
    assert {"AidgeFailure", "AilabFailure", "ImmFailure", "SnapotterFailure"} <= names.keys()
    assert [name for name in names if "__" in name] == []


def test_the_document_is_made_once():
    made = []
    endpoint = OpenApi(lambda: made.append(1) or {})
    assert endpoint._written() == endpoint._written() == b"{}"
    assert made == [1]


def declaring(described, status: str) -> set[tuple[str, str]]:
    return {at for at, one in operations(described).items() if status in one["responses"]}


def test_no_status_is_declared_that_nothing_of_the_operation_sends(described):
    """Those few things that alone end so are known; a method that is not served belongs to no operation."""
    taking = {
        ("POST", f"/api/v1/tools/{where}smart-crop{batch}") for where in ("", "image/") for batch in ("", "/batch")
    }
    assert declaring(described, "405") == set()
    free = {at for at in operations(described) if at[1].startswith("/-/")}
    assert declaring(described, "429") == operations(described).keys() - free  # http.requests_per_minute
    assert declaring(described, "501") == taking | {
        ("POST", "/v1/explain"),
        ("GET", "/v1/srcset"),
        ("GET", "/{mount}/{path}"),
    }
    assert declaring(described, "416") == {("GET", "/{mount}/{path}")}
    assert {path for _, path in declaring(described, "409")} == {
        "/v1/presets/{name}",
        "/api/cdn-presets",
        "/api/cdn-presets/{id}",
        "/api/v1/jobs/{job}",
    }
