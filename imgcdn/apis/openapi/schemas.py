"""JSON Schemas of the models of every API, under names that do not collide."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

_PREFIX = "#/components/schemas/"
_LONG = re.compile(r"imgcdn__apis__(?:(\w+?)__)?(?:\w+__)?(\w+)")
"""What pydantic calls models of one name in several modules."""


class Schemas:
    """The schemas of all models, and references to them."""

    def __init__(self, models: Iterable[type[BaseModel]]) -> None:
        inputs = [(model, "validation") for model in dict.fromkeys(models)]
        # Of answers, too: what an answer may leave out is a member with a default.
        by_model, described = models_json_schema(inputs, ref_template=f"{_PREFIX}{{model}}")  # pyright: ignore[reportArgumentType] - the mode is a literal
        found: dict[str, Any] = described.get("$defs", {})
        names = _short(found)
        self._names = {model: names[at["$ref"].removeprefix(_PREFIX)] for (model, _), at in by_model.items()}
        self.all: Mapping[str, Any] = {names[name]: _renamed(schema, names) for name, schema in sorted(found.items())}

    def ref(self, model: type[BaseModel]) -> dict[str, str]:
        return {"$ref": f"{_PREFIX}{self._names[model]}"}

    def of(self, model: type[BaseModel]) -> Mapping[str, Any]:
        """Return the schema itself."""
        return self.all[self._names[model]]


def _short(found: Iterable[str]) -> dict[str, str]:
    """Return a name for each: the family's and the model's where the model's alone is not enough."""
    names: dict[str, str] = {}
    for name in found:
        match = _LONG.fullmatch(name)
        names[name] = f"{(match[1] or '').capitalize()}{match[2]}" if match else name
    return names if len(set(names.values())) == len(names) else {name: name for name in names}


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    if isinstance(schema, list):
        return [_renamed(part, names) for part in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    members = cast("dict[str, Any]", schema)
    told: dict[str, Any] = {key: _renamed(part, names) for key, part in members.items() if not _is_noise(key, part)}
    if isinstance(told.get("$ref"), str):
        told["$ref"] = _PREFIX + names[told["$ref"].removeprefix(_PREFIX)]
    return told


def _is_noise(key: str, part: Any) -> bool:
    """Whether it is a title that pydantic made of a field's name."""
    return key == "title" and isinstance(part, str)
