"""Every API family on the one server: their endpoints, their forms of errors, and what each of them works with."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.routing import BaseRoute

from imgcdn import errors
from imgcdn.apis.addresses import Addresses
from imgcdn.apis.aidge import api as aidge
from imgcdn.apis.aidge.api import AidgeApi, AidgeBacking
from imgcdn.apis.aidge.moderation import moderation
from imgcdn.apis.ailab import api as ailab
from imgcdn.apis.ailab.api import AilabApi, AilabBacking
from imgcdn.apis.convertly import backing as convertly
from imgcdn.apis.convertly import told
from imgcdn.apis.convertly.api import ConvertlyApi
from imgcdn.apis.croppers import Cropper
from imgcdn.apis.gate import Gate
from imgcdn.apis.imm import api as imm
from imgcdn.apis.imm.api import ImmApi, ImmBacking
from imgcdn.apis.jobs.board import Board
from imgcdn.apis.jobs.executor import Executor
from imgcdn.apis.keeping import Keeping, KeepingApi
from imgcdn.apis.native import Backing, NativeApi
from imgcdn.apis.openapi.api import OpenApi
from imgcdn.apis.openapi.described import FAMILIES
from imgcdn.apis.openapi.document import document
from imgcdn.apis.presets import PresetBook, PresetsApi
from imgcdn.apis.results import ResultsApi
from imgcdn.apis.snapotter import failures as snapotter_failures
from imgcdn.apis.snapotter.api import Serving, SnapOtterApi
from imgcdn.apis.srcset.api import SrcsetApi
from imgcdn.apis.srcset.building import Srcsets
from imgcdn.cache.caches import Caches
from imgcdn.dialects.mounts import Mounts
from imgcdn.dialects.presets import Presets
from imgcdn.dialects.signing import Signing
from imgcdn.model.media import Source
from imgcdn.origins.build import AnyOrigin
from imgcdn.origins.http import ProxyOrigin
from imgcdn.pipeline.insight import Insight
from imgcdn.pipeline.stages import Pipeline
from imgcdn.pipeline.uploaded import UploadedPictures
from imgcdn.records.records import Records
from imgcdn.records.secrets import Secrets
from imgcdn.settings import Settings
from imgcdn.web.hot import Scope
from imgcdn.web.site import ErrorForm

_log = structlog.get_logger("imgcdn.families")
_SIGNING: Final = "signing"
"""The name of the secret with which the server signs where the settings have no key."""
_TRY_RECORDS_EVERY_S: Final = 5.0
ERROR_FORMS: Final[Mapping[str, ErrorForm]] = {
    "/api/": told.told,
    "/api/v1/": lambda error, _: snapotter_failures.answered(error),
    "/api/image/editing/": ailab.told,
    "/ai/": aidge.told,
    "/v1/imm": imm.told,
}
"""How errors are told by the beginning of the path, the longest of which counts; elsewhere as problem+json."""


@dataclass(frozen=True, slots=True)
class Running:
    """What runs behind the endpoints."""

    gate: Gate
    pipeline: Pipeline
    insight: Insight
    uploaded: UploadedPictures
    records: Records
    caches: Caches
    origins: Mapping[str, AnyOrigin]
    presets: Presets
    signing: Signing
    srcsets: Srcsets
    executor: Executor
    board: Board
    engine_state: Callable[[str], str]
    bitmap: Callable[[Source], Awaitable[bytes]]
    """Rewrites what libvips cannot read."""


class Families:
    """The endpoints of every family; they answer 503 until `serve` is called."""

    error_forms = ERROR_FORMS

    def __init__(self, mounts: Mounts, settings: Settings, addresses: Addresses) -> None:
        self._native = NativeApi(mounts, settings.api)
        self._keeping = KeepingApi(addresses)
        self._presets = PresetsApi()
        self._srcset = SrcsetApi()
        self._convertly = ConvertlyApi(mounts, settings.api, addresses)
        self._snapotter = SnapOtterApi(settings.api, settings.jobs)
        self._results = ResultsApi(settings.api.public_url)
        self._aidge = AidgeApi(mounts, settings.api.aidge_lives_s)
        self._ailab = AilabApi()
        self._imm = ImmApi(mounts, settings.api)
        self._openapi = OpenApi(lambda: document(FAMILIES))
        self._moderation = moderation(settings.api.moderation_url, settings.api.moderation_timeout_s)

    @property
    def routes(self) -> list[BaseRoute]:
        families = (self._native, self._keeping, self._presets, self._srcset, self._convertly, self._snapotter)
        croppers = (self._results, self._aidge, self._ailab, self._imm)
        return [route for family in (*families, *croppers, self._openapi) for route in family.routes]

    def takes_root(self, scope: Scope) -> bool:
        """Whether a request for the root is one of a family, and not for a mount."""
        return self._imm.takes_root(scope)

    async def aclose(self) -> None:
        """Close what the families hold open."""
        await self._moderation.aclose()

    def serve(self, running: Running) -> None:
        """Take what is behind the endpoints, once it runs."""
        records, caches, gate = running.records, running.caches, running.gate
        renew = caches.memory.bump
        self._native.serve(
            Backing(running.pipeline, running.insight, records.overrides, caches.originals, renew, gate, time.time)
        )
        self._keeping.serve(Keeping(running.pipeline, caches.purge, gate))
        book = PresetBook(running.presets, records.presets, renew)
        self._presets.serve(book, gate)
        self._srcset.serve(running.srcsets, gate)
        self._convertly.serve(
            convertly.Backing(
                gate=gate,
                files=records.files,
                insight=running.insight,
                pipeline=running.pipeline,
                purge=caches.purge,
                presets=book,
                signing=running.signing,
                check_url=lambda mount, url: _check_url(running.origins[mount], url),
                clock=time.time,
            )
        )
        self._snapotter.serve(
            Serving(records.jobs, running.executor, running.board, running.uploaded, running.engine_state, gate)
        )
        self._serve_croppers(running)

    def _serve_croppers(self, running: Running) -> None:
        gate, insight, results = running.gate, running.insight, self._results
        cropper = Cropper(running.uploaded, running.caches.originals, running.bitmap)
        results.serve(running.records.files, running.signing)
        self._aidge.serve(AidgeBacking(cropper, insight, results, gate, self._moderation))
        self._ailab.serve(AilabBacking(cropper, results, gate))
        self._imm.serve(ImmBacking(insight, gate))


def _check_url(origin: AnyOrigin, url: str) -> None:
    """Raise what says that a proxy may not fetch a URL."""
    if isinstance(origin, ProxyOrigin):
        origin.check(url)


async def take_own_key(signing: Signing, secrets: Secrets) -> bool:
    """Sign with the secret that the server made for itself, too, and say whether it could be had."""
    try:
        signing.take_own(await secrets.get(_SIGNING))
    except errors.RecordsUnavailableError as error:
        _log.warning("URLs signed with the server's own key are refused", why=error.detail)
        return False
    return True


async def wait_for_own_key(signing: Signing, secrets: Secrets) -> None:
    """Try again until it can be had."""
    while not await take_own_key(signing, secrets):  # noqa: ASYNC110 - a folder that is mended tells nobody
        await asyncio.sleep(_TRY_RECORDS_EVERY_S)
