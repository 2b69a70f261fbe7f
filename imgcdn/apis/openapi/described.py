"""Every API, in the order of the OpenAPI document."""

from dataclasses import replace
from typing import Final

from pydantic import BaseModel, Field

from imgcdn.apis import aidge, ailab, imm, keeping, native, presets
from imgcdn.apis.convertly import api as convertly
from imgcdn.apis.convertly.models import Failed
from imgcdn.apis.openapi import api
from imgcdn.apis.operation import Family, Operation
from imgcdn.apis.problem import Problem
from imgcdn.apis.replies import Alive, Readiness
from imgcdn.apis.snapotter import operations as snapotter
from imgcdn.apis.srcset import api as srcset


class _Proof(BaseModel):
    """What makes a URL of ours good, as it was given out."""

    exp: int = Field(description="last second at which it holds, in Unix time")
    sig: str = Field(description="the signature")
    kid: str | None = Field(default=None, description="the name of its key")


_RUNNING: Final = (
    Operation("GET", "/-/healthz", "Is the process alive", responses={200: Alive}, is_open=True),
    Operation(
        "GET",
        "/-/ready",
        "May it be sent work",
        responses={200: Readiness, 503: Readiness},
        is_open=True,
        about="503 when pictures cannot be rendered. What works in part only is named in both answers.",
    ),
    Operation(
        "GET",
        "/-/metrics",
        "Numbers for Prometheus",
        responses={200: None},
        media=("text/plain", "application/openmetrics-text"),
        is_open=True,
        about="OpenMetrics where Accept asks for it.",
    ),
)
_RESULTS: Final = (
    Operation(
        "GET",
        "/v1/results/{id}/{name}",
        "Fetch a picture that an API made",
        path_parameters={"id": "of the result", "name": "its file name"},
        query=_Proof,
        responses={200: None},
        media=("image/*",),
        errors=(400, 403, 404, 500, 503),
        error=Problem,
        is_open=True,
        about="Its URL, which is in the answer of that API, is signed and ends.",
    ),
)
_ANALYZE: Final = tuple(
    replace(one, path="/api/images/analyze", error=Failed, errors=tuple({*one.errors} - {410, 502, 504}))
    for one in native.OPERATIONS
    if one.path == "/v1/images/analyze"
)
"""The native endpoint, whose errors have Convertly's form and statuses here."""

FAMILIES: Final = (
    Family("Native", "What imgcdn sees in pictures, and why it crops as it does.", native.OPERATIONS),
    Family("Cache", "What is kept.", keeping.OPERATIONS),
    Family("Presets", "Names for parameters.", presets.OPERATIONS),
    Family("Markup", "HTML for pages.", srcset.OPERATIONS),
    Family(
        "Convertly",
        "Files, presets, purges and signed URLs for clients of Convertly.",
        (*_ANALYZE, *convertly.OPERATIONS),
    ),
    Family("SnapOtter", "Smart crop as durable jobs, for clients of SnapOtter.", snapotter.OPERATIONS),
    Family("Aidge", "Image cropping for clients of Alibaba's Aidge.", aidge.OPERATIONS),
    Family("AILab", "Image cropping for clients of AILabTools.", ailab.OPERATIONS, key_header="ailabapi-api-key"),
    Family("IMM", "DetectImageCropping for clients of Alibaba's Intelligent Media Management.", imm.OPERATIONS),
    Family("Results", "What Aidge's and AILabTools' answers point to.", _RESULTS),
    Family("Operations", "For those who run it.", _RUNNING),
    Family("Description", "This document.", api.OPERATIONS),
)
