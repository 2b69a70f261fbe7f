"""The OpenAPI 3.1 document, from the records of what each API takes and gives."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel

from imgcdn import __version__, errors
from imgcdn.apis.openapi import pictures
from imgcdn.apis.openapi.schemas import Schemas
from imgcdn.apis.operation import Family, Operation
from imgcdn.apis.problem import Problem
from imgcdn.apis.reasoning import ExplainReply

_VERSION: Final = "3.1.0"
_PROBLEM: Final = "application/problem+json"
_ABOUT: Final = (
    "A self-hosted image CDN origin. The APIs want a secret key; until the first one is made (`imgcdn keys add`), they "
    "are open to the server's own machine, while it listens on loopback alone. What takes a publishable key, too, says "
    "so."
)
_KEYS: Final[Mapping[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer and a secret key"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "a secret key"},
}
_UNLIMITED: Final = "/-/"
"""What may be asked for however often."""
_FILE: Final = {"type": "string", "format": "binary"}


def document(families: Sequence[Family]) -> dict[str, Any]:
    """Describe every operation of these families, and the pictures."""
    schemas = Schemas(_models(families))
    paths: dict[str, dict[str, Any]] = {}
    for family in families:
        for operation in family.operations:
            paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, family, schemas)
    problems = {str(status): _shared(status) for status in pictures.ERRORS}
    paths[pictures.PATH] = pictures.item(problems, schemas.ref(ExplainReply))
    return {
        "openapi": _VERSION,
        "info": {"title": "imgcdn", "version": __version__, "description": _ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": [
            {"name": pictures.TAG, "description": "What `<img>` asks for."},
            *({"name": family.name, "description": family.about} for family in families),
        ],
        "paths": paths,
        "components": {
            "schemas": schemas.all,
            "responses": {_problem_name(status): _problem(status, schemas) for status in _problem_statuses(families)},
            "securitySchemes": _KEYS | {name: _own_key(name) for name in _own_keys(families)},
        },
    }


def _models(families: Sequence[Family]) -> Iterator[type[BaseModel]]:
    yield Problem
    yield ExplainReply
    for family in families:
        for one in family.operations:
            named = (one.request, one.form, one.query, one.error, *one.responses.values(), *one.texts)
            yield from (model for model in named if model is not None)


def _operation(one: Operation, family: Family, schemas: Schemas) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": _id(one),
        "tags": [family.name],
        "summary": one.summary,
        "security": [] if one.is_open else [{name: []} for name in (*_KEYS, *filter(None, [family.key_header]))],
        "responses": {str(status): _answer(status, model, one, schemas) for status, model in one.responses.items()}
        | {str(status): _failure(status, one, schemas) for status in sorted(_errors(one) - {*one.responses})},
    }
    about = [one.about] if one.about else []
    if one.is_reading:
        about.append("A publishable key will do, for pictures that visitors may see unsigned.")
    if about:
        told["description"] = " ".join(about)
    parameters = [*_in_path(one), *_in_query(one, schemas)]
    if parameters:
        told["parameters"] = parameters
    content = _bodies(one, schemas)
    if content:
        told["requestBody"] = {"required": one.query is None, "content": content}
    return told


def _errors(one: Operation) -> set[int]:
    """Return the statuses of an operation's errors, with that of one client's limit, which stands before it."""
    return {*one.errors} if one.path.startswith(_UNLIMITED) else {*one.errors, 429}


def _id(one: Operation) -> str:
    words = re.findall(r"[A-Za-z0-9]+", one.path) or ["root"]
    return one.method.lower() + "".join(word[0].upper() + word[1:] for word in words)


def _in_path(one: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", one.path):
        text = one.path_parameters.get(name, "")
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": text,
            "schema": {"type": "string", "minLength": 1},
        }


def _in_query(one: Operation, schemas: Schemas) -> Iterator[dict[str, Any]]:
    if one.query is None:
        return
    schema = schemas.of(one.query)
    required: Sequence[str] = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        plain = {key: part for key, part in field.items() if key != "description"}
        yield {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": field.get("description", ""),
            "schema": _without_null(plain),
        }


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of something that, where it is not given, is not there: queries and forms know no null."""
    kept = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    rest = {key: part for key, part in schema.items() if key != "anyOf" and (key, part) != ("default", None)}
    return rest if not kept else rest | kept[0] if len(kept) == 1 else rest | {"anyOf": kept}


def _bodies(one: Operation, schemas: Schemas) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if one.request is not None:
        content["application/json"] = {"schema": schemas.ref(one.request)}
    if one.form is not None or one.files:
        schema = _form(one, schemas)
        content |= {media: {"schema": schema} for media in one.form_media}
    return content


def _form(one: Operation, schemas: Schemas) -> dict[str, Any]:
    """Describe a form: the fields of its model, and its files."""
    fields: Mapping[str, Any] = {} if one.form is None else schemas.of(one.form)
    file = {"type": "array", "items": _FILE, "minItems": 1} if one.takes_many_files else _FILE
    properties = {name: _without_null(field) for name, field in fields.get("properties", {}).items()}
    required = [*dict.fromkeys([*fields.get("required", ()), *one.files])]
    return {
        "type": "object",
        "properties": properties | dict.fromkeys(one.files, file),
        "required": required,
        "additionalProperties": False,
    }


def _answer(status: int, model: type[BaseModel] | None, one: Operation, schemas: Schemas) -> dict[str, Any]:
    told: dict[str, Any] = {"description": _phrase(status) if model is None else _first_line(model)}
    told["content"] = {media: {} for media in one.media}
    if model is not None:
        told["content"]["application/json"] = {"schema": schemas.ref(model)}
    return told


def _failure(status: int, one: Operation, schemas: Schemas) -> dict[str, Any]:
    if one.error is Problem or one.error is None:
        return _shared(status)
    told: dict[str, Any] = {"description": _phrase(status)}
    told["content"] = {"application/json": {"schema": schemas.ref(one.error)}}
    if status in one.problems:
        told["content"][_PROBLEM] = {"schema": schemas.ref(Problem)}
    return told


def _shared(status: int) -> dict[str, Any]:
    return {"$ref": f"#/components/responses/{_problem_name(status)}"}


def _problem_name(status: int) -> str:
    return f"Problem{status}"


def _problem_statuses(families: Iterable[Family]) -> list[int]:
    every = [one for family in families for one in family.operations]
    told = {status for one in every if one.error is Problem or one.error is None for status in _errors(one)}
    return sorted({*told, *pictures.ERRORS})


def _problem(status: int, schemas: Schemas) -> dict[str, Any]:
    """Describe the errors of a status, with the codes that there are."""
    codes = sorted(code for code, kind in errors.BY_CODE.items() if kind.status == status)
    schema = {
        "allOf": [schemas.ref(Problem)],
        "properties": {"code": {"enum": codes}, "status": {"const": status}},
    }
    return {"description": f"{_phrase(status)}: {', '.join(codes)}", "content": {_PROBLEM: {"schema": schema}}}


def _own_keys(families: Iterable[Family]) -> list[str]:
    return [family.key_header for family in families if family.key_header is not None]


def _own_key(header: str) -> dict[str, Any]:
    return {"type": "apiKey", "in": "header", "name": header, "description": "a secret key"}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or model.__name__).strip().partition("\n")[0]
