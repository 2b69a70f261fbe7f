"""What one endpoint takes and gives: the record from which the OpenAPI document is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, with placeholders in braces.

    `request` is the JSON body, `form` the fields of a form and `files` those of them that are files, each of which may
    come many times where it `takes_many_files`; `form_media` are the types in which a form is read. With both, a body
    is either. `query` and `path_parameters` are the rest. `responses` are the bodies by status, None for one that is
    no JSON; `media` names the types that a body may have besides JSON. `errors` are statuses that are answered with
    `error`. `texts` are models of JSON within something else, such as a field of a form or an event. Who asks
    needs a secret key, unless it `is_open`; where it `is_reading`, a publishable one will do. `problems` are errors
    that may come as problem+json, too, where a request is not known for one to this API.
    """

    method: Method
    path: str
    summary: str
    request: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    files: tuple[str, ...] = ()
    query: type[BaseModel] | None = None
    path_parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    responses: Mapping[int, type[BaseModel] | None] = field(default_factory=dict[int, type[BaseModel] | None])
    media: tuple[str, ...] = ()
    errors: tuple[int, ...] = ()
    error: type[BaseModel] | None = None
    about: str = ""
    form_media: tuple[str, ...] = ("multipart/form-data",)
    takes_many_files: bool = False
    texts: tuple[type[BaseModel], ...] = ()
    is_open: bool = False
    is_reading: bool = False
    problems: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """The operations of one API. `key_header` is a header of its own in which a key may come."""

    name: str
    about: str
    operations: tuple[Operation, ...]
    key_header: str | None = None
