"""Presets through an API: the book that every family writes in, and the native endpoints under /v1/presets."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Self
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imgcdn import errors
from imgcdn.apis.bodies import read_json, shown
from imgcdn.apis.gate import Gate
from imgcdn.apis.models import Body, plain
from imgcdn.apis.operation import Operation
from imgcdn.apis.problem import Problem
from imgcdn.dialects.presets import Presets, check_name, check_query
from imgcdn.model.presets import Preset
from imgcdn.records.presets import Presets as KeptPresets

_NEVER_KEPT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_OF_SETTINGS = "settings:"
"""How the ids of presets of the settings begin."""


class Parameters(Body):
    """Parameters of a picture, written in one of two ways."""

    query: str | None = Field(
        default=None, min_length=1, max_length=4096, description="parameters as in a URL: w=96&h=96&gravity=face"
    )
    params: dict[str, Annotated[Any, AfterValidator(plain)]] | None = Field(
        default=None, min_length=1, max_length=100, description='the same as an object: {"w": 96, "h": 96}'
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.query is not None and self.params is not None:
            raise ValueError("expected query or params, not both")
        return self

    def written(self) -> str | None:
        """Return the parameters as a query, None where there are none."""
        if self.params is None:
            return self.query
        return urlencode({key: _text(value) for key, value in self.params.items()}, safe=":,/")


class PresetParameters(Parameters):
    """What a preset stands for: query or params."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.query is None and self.params is None:
            raise ValueError("expected query or params")
        return self


class PresetRecord(BaseModel):
    """One preset."""

    id: str = Field(description="outlives a new name; those of the settings begin with settings:")
    name: str = Field(description="what URLs say: ?preset=name")
    query: str = Field(description="the parameters that it stands for, as in a URL")
    source: str = Field(description="api, or settings, which no API changes")
    active: bool = Field(description="false where the settings have one of the same name, which wins")
    createdAt: str | None = Field(description="null for those of the settings")  # noqa: N815 - the API's name
    updatedAt: str | None = Field(description="null for those of the settings")  # noqa: N815 - the API's name


class PresetList(BaseModel):
    """Every preset, by name."""

    presets: list[PresetRecord]


class PresetGone(BaseModel):
    """What was deleted."""

    ok: bool
    name: str


class PresetBook:
    """Every preset. What is written counts at once, in every front: `renew` forgets ready answers."""

    def __init__(self, presets: Presets, kept: KeptPresets, renew: Callable[[], None]) -> None:
        self._presets = presets
        self._kept = kept
        self._renew = renew

    def all(self) -> list[dict[str, Any]]:
        """Describe every preset, in the order of names."""
        fixed = [_fixed(name, query) for name, query in self._presets.fixed.items()]
        return sorted([*fixed, *map(self.describe, self._kept.all())], key=lambda one: (one["name"], one["source"]))

    def describe(self, preset: Preset) -> dict[str, Any]:
        """Describe a preset that is kept."""
        return {
            "id": preset.id,
            "name": preset.name,
            "query": preset.query,
            "source": "api",
            "active": preset.name not in self._presets.fixed,
            "createdAt": _time(preset.made_at),
            "updatedAt": _time(preset.changed_at),
        }

    def named(self, name: str) -> dict[str, Any]:
        """Describe the preset that URLs mean by a name. Raises PresetNotFoundError."""
        if name in self._presets.fixed:
            return _fixed(name, self._presets.fixed[name])
        return self.describe(self._called(name))

    async def add(self, name: str, query: str) -> dict[str, Any]:
        """Make a preset. Raises Conflict- and RecordsUnavailableError, and 400 errors for what cannot be used."""
        self._check(name, query)
        made = await self._kept.add(name, query)
        self._renew()
        return self.describe(made)

    async def put(self, name: str, query: str) -> dict[str, Any]:
        """Make the preset of this name, or change it. Raises as `add` does."""
        self._check(name, query)
        made = await self._kept.put(name, query)
        self._renew()
        return self.describe(made)

    async def change(self, preset_id: str, name: str | None, query: str | None) -> dict[str, Any]:
        """Change a preset by its id. Raises as `add` does, and PresetNotFoundError."""
        self._refuse_fixed(preset_id)
        self._check(name, query)
        changed = await self._kept.change(preset_id, name, query)
        self._renew()
        return self.describe(changed)

    async def drop(self, preset_id: str) -> str:
        """Delete a preset by its id, and return its name. Raises PresetNotFound- and RecordsUnavailableError."""
        self._refuse_fixed(preset_id)
        self._kept.catch_up()
        known = self._kept.get(preset_id)
        if known is None or not await self._kept.drop(preset_id):
            raise errors.PresetNotFoundError(f"id={shown(preset_id)} is not the id of a preset", param="id")
        self._renew()
        return known.name

    async def drop_named(self, name: str) -> str:
        """Delete a preset by its name. Raises as `drop` does, and ConflictError for one of the settings."""
        if name in self._presets.fixed:
            raise _fixed_error(name)
        return await self.drop(self._called(name).id)

    def _called(self, name: str) -> Preset:
        self._kept.catch_up()
        found = next((preset for preset in self._kept.all() if preset.name == name), None)
        if found is None:
            raise errors.PresetNotFoundError(f"preset={shown(name)} is not known", param="name")
        return found

    def _check(self, name: str | None, query: str | None) -> None:
        if name is not None:
            check_name(name)
            if name in self._presets.fixed:
                raise _fixed_error(name)
        if query is not None:
            check_query(query)

    def _refuse_fixed(self, preset_id: str) -> None:
        name = preset_id.removeprefix(_OF_SETTINGS)
        if name != preset_id and name in self._presets.fixed:
            raise _fixed_error(name)


class PresetsApi:
    """The native endpoints. Errors are raised for the site to answer."""

    def __init__(self) -> None:
        self._behind: tuple[PresetBook, Gate] | None = None

    def serve(self, book: PresetBook, gate: Gate) -> None:
        """Take what is behind the endpoints, once it runs."""
        self._behind = book, gate

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/v1/presets", self.all, methods=["GET"]),
            Route("/v1/presets/{name}", self.one, methods=["GET", "PUT", "DELETE"]),
        ]

    async def all(self, request: Request) -> Response:
        """List every preset."""
        return _json({"presets": self._admit(request, is_reading=True).all()})

    async def one(self, request: Request) -> Response:
        """Read, write or delete a preset by its name."""
        book = self._admit(request, is_reading=request.method not in {"PUT", "DELETE"})
        name: str = request.path_params["name"]
        if request.method == "PUT":
            body = await read_json(request, PresetParameters)
            return _json(await book.put(name, body.written() or ""))
        if request.method == "DELETE":
            return _json({"ok": True, "name": await book.drop_named(name)})
        return _json(book.named(name))

    def _admit(self, request: Request, *, is_reading: bool) -> PresetBook:
        if self._behind is None:
            raise errors.DrainingError("the server is still starting")
        book, gate = self._behind
        if is_reading:
            gate.admit_reader(request)
        else:
            gate.admit(request)
        return book


_NAME = {"name": "the preset's name: 1 to 32 of a-z, 0-9, _ and -"}
_ERRORS = (401, 403, 404, 503)
OPERATIONS = (
    Operation(
        "GET",
        "/v1/presets",
        "List every preset",
        responses={200: PresetList},
        errors=(401, 403, 503),
        error=Problem,
        is_reading=True,
    ),
    Operation(
        "GET",
        "/v1/presets/{name}",
        "Read a preset",
        path_parameters=_NAME,
        responses={200: PresetRecord},
        errors=_ERRORS,
        error=Problem,
        is_reading=True,
    ),
    Operation(
        "PUT",
        "/v1/presets/{name}",
        "Make a preset, or change it",
        path_parameters=_NAME,
        request=PresetParameters,
        responses={200: PresetRecord},
        errors=(400, 401, 403, 409, 413, 415, 503),
        error=Problem,
    ),
    Operation(
        "DELETE",
        "/v1/presets/{name}",
        "Delete a preset",
        path_parameters=_NAME,
        responses={200: PresetGone},
        errors=(401, 403, 404, 409, 503),
        error=Problem,
    ),
)


def _fixed(name: str, query: str) -> dict[str, Any]:
    return {
        "id": f"{_OF_SETTINGS}{name}",
        "name": name,
        "query": query,
        "source": "settings",
        "active": True,
        "createdAt": None,
        "updatedAt": None,
    }


def _fixed_error(name: str) -> errors.ConflictError:
    return errors.ConflictError(f"name={name} stands in the settings, which no API changes", param="name")


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, 200, _NEVER_KEPT)
