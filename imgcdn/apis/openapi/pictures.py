"""The pictures' own URLs in the OpenAPI document: every parameter from the rows that parse it."""

from typing import Any, Final

from imgcdn.dialects.native import SECTIONS
from imgcdn.dialects.parameters import Parameter
from imgcdn.model.media import Format

PATH: Final = "/{mount}/{path}"
TAG: Final = "Pictures"
ERRORS: Final = (400, 403, 404, 406, 410, 413, 415, 416, 422, 429, 500, 501, 502, 503, 504)
_ABOUT: Final = (
    "A picture of a mount, as its parameters say. Settings may give a mount host names of its own, for which the path "
    "begins without the mount's name. The path may have slashes, which the document cannot say of a placeholder; "
    "`/p/{preset}` at its end is the same as `preset=`. Every answer names what chose its crop in `X-Imgcdn-Focus`. "
    "Names are as in the documentation; where a row has an alias, either may be given, but not both."
)
_ID: Final = "renderPicture"


def item(problems: dict[str, Any], explanation: dict[str, str]) -> dict[str, Any]:
    """Describe GET of a picture; `problems` are the answers to what goes wrong, `explanation` that of `explain=1`."""
    return {
        "get": {
            "operationId": _ID,
            "tags": [TAG],
            "summary": "Render a picture",
            "description": _ABOUT,
            "security": [],
            "parameters": [*_PLACE, *(_parameter(row, section.title) for section in SECTIONS for row in section.rows)],
            "responses": {
                "200": _found(explanation),
                "304": {"description": "The picture is as If-None-Match knows it"},
            }
            | problems,
        }
    }


_PLACE: Final[list[dict[str, Any]]] = [
    {
        "name": "mount",
        "in": "path",
        "required": True,
        "description": "the mount's name in the settings",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64},
        "example": "img",
    },
    {
        "name": "path",
        "in": "path",
        "required": True,
        "description": "the picture's path in the mount; a whole URL, percent-encoded, where the mount is a proxy",
        "schema": {"type": "string", "minLength": 1, "maxLength": 4096},
        "example": "astronaut.png",
    },
]


def _parameter(row: Parameter, section: str) -> dict[str, Any]:
    other = f" Also: {', '.join(row.aliases)}." if row.aliases else ""
    default = "" if row.default == "–" else f" Default: {row.default}."
    return {
        "name": row.name,
        "in": "query",
        "description": f"{section}: {row.about}. Value: {row.reader.expects}.{default}{other} Example: {row.example}",
        "schema": dict(row.reader.schema) or {"type": "string"},
    }


def _found(explanation: dict[str, str]) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    content: dict[str, Any] = {form.media_type.partition(";")[0]: {} if form.is_picture else text for form in Format}
    content["application/json"] = {
        "schema": {"anyOf": [explanation, {"type": "object", "description": "of format=json and format=palette-json"}]}
    }
    return {
        "description": "The picture, or with explain=1 why it is as it is",
        "headers": {
            "X-Imgcdn-Focus": {
                "description": "what chose the crop, the point it chose in shares of the source, and how sure it was",
                "schema": {"type": "string"},
            },
        },
        "content": content,
    }
