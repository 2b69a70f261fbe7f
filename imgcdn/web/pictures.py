"""The picture handler: a URL that the hot path does not know is understood, answered, and made ready."""

from time import monotonic

import structlog
from starlette.requests import Request
from starlette.responses import Response

from imgcdn import errors
from imgcdn.dialects.mounts import Mounts
from imgcdn.model.media import Format
from imgcdn.model.spec import Ask, Debug
from imgcdn.pipeline.stages import Answer, Pipeline
from imgcdn.planning import negotiate
from imgcdn.web import headers as say
from imgcdn.web.explained import explained
from imgcdn.web.hot import Ready, ReadyAnswers
from imgcdn.web.problems import problem
from imgcdn.web.settings import HttpSettings

_log = structlog.get_logger("imgcdn.web")


class Pictures:
    """Serves every mount."""

    def __init__(self, mounts: Mounts, answers: ReadyAnswers, settings: HttpSettings) -> None:
        self._mounts = mounts
        self._pipeline: Pipeline | None = None
        self._answers = answers
        self._settings = settings

    def serve(self, pipeline: Pipeline) -> None:
        """Take the pipeline, once everything behind it runs."""
        self._pipeline = pipeline

    async def __call__(self, request: Request) -> Response:
        """Answer GET, HEAD and OPTIONS; every failure becomes a problem answer."""
        varies = False
        try:
            ask = self._ask(request)
            if request.method == "OPTIONS":
                return Response(None, 204, {"allow": "GET, HEAD, OPTIONS", **self._preflight()})
            if request.method not in {"GET", "HEAD"}:
                raise errors.MethodNotAllowedError(
                    f"{request.method} is not served here: expected GET, HEAD or OPTIONS"
                )
            varies = negotiate.varies(ask.spec)
            accept = ",".join(request.headers.getlist("accept"))
            if self._pipeline is None:
                raise errors.DrainingError("the server is still starting")
            if ask.delivery.is_explained:
                return explained(ask, await self._pipeline.explain(ask, accept), self._settings)
            if ask.delivery.debug is not None:
                return await self._drawn(self._pipeline, ask, accept)
            answer = await self._pipeline.answer(ask, accept)
        except errors.ImgcdnError as error:
            return problem(error, request.headers.get("x-request-id"), self._settings, varies=varies)
        except Exception:  # noqa: BLE001 - the last line of defence: logged with its traceback, answered as a 500
            _log.exception("unexpected", path=request.url.path)
            error = errors.InternalError("something unexpected happened; the log of the server says what")
            return problem(error, request.headers.get("x-request-id"), self._settings, varies=varies)
        return self._respond(request, ask, answer)

    async def _drawn(self, pipeline: Pipeline, ask: Ask, accept: str) -> Response:
        """Answer with the decisions drawn over the whole source; never kept, for they speak of this moment."""
        if not self._settings.allow_debug:
            raise errors.NotAllowedError(
                f"debug={ask.delivery.debug} shows the whole source: expected http.allow_debug = true in the settings",
                param="debug",
            )
        form = ask.spec.format
        if form is None:
            form = Format.WEBP if negotiate.bucket(accept, offers_avif=False) == "webp" else Format.JPEG
        body = await pipeline.draw(ask, form, is_heat=ask.delivery.debug is Debug.HEAT)
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "Accept"}
        headers |= {name.decode(): value.decode() for name, value in say.allowances(self._settings)}
        return Response(body, 200, headers, media_type=form.media_type)

    def _ask(self, request: Request) -> Ask:
        raw_path: bytes = request.scope["raw_path"]
        query: bytes = request.scope["query_string"]
        return self._mounts.ask(request.headers.get("host", ""), raw_path.decode("latin-1"), query.decode("latin-1"))

    def _preflight(self) -> dict[str, str]:
        allowed = {name.decode(): value.decode() for name, value in say.allowances(self._settings)}
        return {**allowed, "access-control-allow-methods": "GET, HEAD", "access-control-max-age": "86400"}

    def _respond(self, request: Request, ask: Ask, answer: Answer) -> Response:
        lasting = say.picture(answer, ask, self._settings)
        etag = f'"{answer.rendition.etag}"'.encode()
        key = request.scope.get("imgcdn.key")
        # Only what is asked for again is held in memory: most renditions are fetched once, then kept by a CDN.
        if key is not None and answer.cache == "hit" and answer.fresh_for_s > 0 and answer.rendition.is_final:
            self._answers.put(key, Ready(lasting, etag, answer.rendition.body, monotonic() + answer.fresh_for_s))
        now = [
            (b"cache-status", say.cache_status(answer)),
            (b"server-timing", say.server_timing(answer.timings)),
        ]
        given = request.headers.get("if-none-match")
        response = Response(b"")
        if given is not None and say.is_match(given.encode("latin-1"), etag):
            response.status_code = 304
            response.raw_headers = [*lasting.validating, *now]
            return response
        response.body = answer.rendition.body if request.method == "GET" else b""
        response.raw_headers = [*lasting.validating, *now, *lasting.describing]
        return response
