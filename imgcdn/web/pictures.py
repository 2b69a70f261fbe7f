"""The picture handler: a URL that the hot path does not know is understood, answered, and made ready."""

import asyncio
import unicodedata
from dataclasses import replace
from time import monotonic

import structlog
from starlette.requests import Request
from starlette.responses import Response

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.mounts import Mounts
from imgcdn.model.media import Format
from imgcdn.model.spec import Ask, Debug
from imgcdn.pipeline.stages import Answer, Pipeline
from imgcdn.planning import hints, ladders, negotiate
from imgcdn.planning.settings import HintSettings, Ladder
from imgcdn.web import headers as say
from imgcdn.web import originals, pictured, ranges
from imgcdn.web.explained import explained
from imgcdn.web.originals import Shown
from imgcdn.web.problems import problem
from imgcdn.web.ready import Ready, ReadyAnswers
from imgcdn.web.settings import HttpSettings
from imgcdn.web.tally import Tally

_log = structlog.get_logger("imgcdn.web")
_PLAIN = str.maketrans({"\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{RIGHT SINGLE QUOTATION MARK}": "'"})
"""How headers write what texts have besides ASCII; the rest follows from Unicode's compatibility forms."""


class Pictures:
    """Serves every mount."""

    def __init__(
        self,
        mounts: Mounts,
        answers: ReadyAnswers,
        settings: HttpSettings,
        tally: Tally | None = None,
        hint_settings: HintSettings | None = None,
        ladder: Ladder | None = None,
    ) -> None:
        self._mounts = mounts
        self._tally = tally or Tally()
        self._pipeline: Pipeline | None = None
        self._answers = answers
        self._settings = settings
        self._hints = hint_settings or HintSettings()
        self._ladder = ladder or Ladder()

    def serve(self, pipeline: Pipeline) -> None:
        """Take the pipeline, once everything behind it runs."""
        self._pipeline = pipeline

    async def __call__(self, request: Request) -> Response:
        """Answer GET, HEAD and OPTIONS; every failure becomes a problem answer."""
        ask: Ask | None = None
        since = self._answers.generation()
        if request.method == "OPTIONS" and request.url.path != "/":  # at the root there is an API, and no picture
            # Whatever the URL says: a script shall be able to read why it is refused.
            return Response(None, 204, {"allow": "GET, HEAD, OPTIONS", **self._preflight()})
        try:
            try:
                ask = self._ask(request)
            finally:
                _refuse_others(request.method)  # first of all, whatever the URL says
            ask = self._fitted(request, ask)
            accept = _accept(request)
            if self._pipeline is None:
                raise errors.DrainingError("the server is still starting")
            if ask.delivery.is_explained:
                return explained(ask, await self._pipeline.explain(ask, accept), self._settings)
            if ask.delivery.debug is not None:
                return await self._drawn(self._pipeline, ask, accept)
            answer = await self._pipeline.answer(ask, accept)
        except errors.ImgcdnError as error:
            return await self._failed(request, ask, error)
        except Exception:  # noqa: BLE001 - the last line of defence: logged with its traceback, answered as a 500
            _log.exception("unexpected", path=request.url.path)
            error = errors.InternalError("something unexpected happened; the log of the server says what")
            return await self._failed(request, ask, error)
        response = self._respond(request, ask, answer, since)
        self._count(request, answer, response.status_code)
        return response

    def _count(self, request: Request, answer: Answer, status: int) -> None:
        engine = answer.rendition.focus.partition(";")[0]
        # For the access log, which must not read the rest of the field: where a face is stays out of logs.
        request.scope["imgcdn.cache"], request.scope["imgcdn.focus"] = answer.cache, engine
        self._tally.answered(answer.cache, status)

    async def _drawn(self, pipeline: Pipeline, ask: Ask, accept: str) -> Response:
        """Answer with the decisions drawn over the whole source; never kept, for they speak of this moment."""
        if not self._settings.allow_debug:
            raise errors.NotAllowedError(
                f"debug={ask.delivery.debug} shows the whole source: expected http.allow_debug = true in the settings",
                param="debug",
            )
        form = ask.spec.format
        if form is None or not form.is_picture:
            form = Format.WEBP if negotiate.bucket(accept, offers_avif=False) == "webp" else Format.JPEG
        body = await pipeline.draw(ask, form, is_heat=ask.delivery.debug is Debug.HEAT)
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "Accept"}
        headers["cache-status"] = say.UNKEPT
        headers |= {name.decode(): value.decode() for name, value in say.allowances(self._settings)}
        return Response(body, 200, headers, media_type=form.media_type)

    def _ask(self, request: Request) -> Ask:
        raw_path: bytes = request.scope["raw_path"]
        query: bytes = request.scope["query_string"]
        return self._mounts.ask(request.headers.get("host", ""), raw_path.decode("latin-1"), query.decode("latin-1"))

    def _fitted(self, request: Request, ask: Ask) -> Ask:
        """Return the ask as this browser means it and as the ladder allows it."""
        spec, delivery = ask.spec, ask.delivery
        if delivery.hints:
            spec, _ = hints.apply(spec, delivery.hints, request.headers, self._hints, delivery.saving_quality)
        spec = ladders.admit(spec, self._ladder, is_signed=delivery.is_signed or delivery.is_preset_size)
        return ask if spec is ask.spec else replace(ask, spec=spec)

    async def _failed(self, request: Request, ask: Ask | None, error: errors.ImgcdnError) -> Response:
        """Answer with an error, and the original as it is where the settings ask for it and rendering alone failed."""
        shown: Shown | None = None
        is_wanted = self._settings.on_error == "source" and pictured.wants_picture(_accept(request))
        may_show = is_wanted and isinstance(error, originals.RENDERING)
        if may_show and ask is not None and originals.may_stand_in(ask) and self._pipeline is not None:
            shown = await self._pipeline.original(ask, lambda path: asyncio.to_thread(originals.read, path))
        return self._problem(request, ask, error, shown)

    def _problem(
        self, request: Request, ask: Ask | None, error: errors.ImgcdnError, shown: Shown | None = None
    ) -> Response:
        """Answer with an error. A URL that was not understood may be one that negotiates."""
        if ask is None:
            query: bytes = request.scope["query_string"]
            vary = ("Accept", *hints.headers_of(native.hints_in(query.decode("latin-1"))))
        else:
            vary = say.vary(ask, varies=negotiate.varies(ask.spec))
        if self._settings.on_error != "problem":
            vary = tuple(dict.fromkeys(("Accept", *vary)))  # it is Accept that tells an <img> from a program
            if shown is None and pictured.wants_picture(_accept(request)):
                shown = pictured.placeholder(ask, self._settings.placeholder_colour)
        raw_path: bytes = request.scope["raw_path"]
        dialect = self._mounts.dialect(request.headers.get("host", ""), raw_path.decode("latin-1"))
        status = None if dialect is None else dialect.statuses.get(error.code)
        error = self._mounts.told(request.headers.get("host", ""), raw_path.decode("latin-1"), error)
        given_id = request.headers.get("x-request-id")
        response = problem(error, given_id, self._settings, vary=vary, picture=shown, status=status)
        if dialect is not None and dialect.error_header is not None:
            response.headers[dialect.error_header] = _plain(error.detail)
        return response

    def _preflight(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in say.preflight(self._settings)}

    def _respond(self, request: Request, ask: Ask, answer: Answer, since: int) -> Response:
        lasting = say.picture(answer, ask, self._settings)
        etag = f'"{answer.rendition.etag}"'.encode()
        key = request.scope.get("imgcdn.key")
        if key is not None and _may_be_held(ask, answer) and self._answers.generation() == since:
            made_at = monotonic()
            deadline = made_at + answer.fresh_for_s
            ready = Ready(lasting, etag, deadline, made_at, answer.fingerprint, answer.footings)
            self._answers.put(key, ready, answer.rendition.body)
        elif key is not None:
            self._answers.drop(key)  # what is held would have gone out, had it still been right
        now = [
            (b"cache-status", say.cache_status(answer)),
            (b"server-timing", say.server_timing(answer.timings)),
        ]
        given = ",".join(request.headers.getlist("if-none-match"))
        response = Response(b"")
        if given and say.is_match(given.encode("latin-1"), etag):
            response.status_code = 304
            response.raw_headers = [*lasting.validating, *now]
            return response
        body = answer.rendition.body
        response.raw_headers = [*lasting.validating, *now, *lasting.describing]
        if request.method == "HEAD":
            return response
        part = ranges.select(
            ",".join(request.headers.getlist("range")) or None,
            request.headers.get("if-range"),
            etag.decode(),
            len(body),
        )
        if part == "unsatisfiable":
            return self._unsatisfiable(request, ask, len(body))
        if part != "whole":
            response.status_code, body = 206, body[part]
            response.raw_headers = [
                *((name, value) for name, value in response.raw_headers if name != b"content-length"),
                (b"content-length", str(len(body)).encode()),
                (b"content-range", ranges.content_range(part, len(answer.rendition.body))),
            ]
        response.body = body
        return response

    def _unsatisfiable(self, request: Request, ask: Ask, size: int) -> Response:
        error = errors.RangeNotSatisfiableError(f"the picture has {size} bytes: expected a range within them")
        response = self._problem(request, ask, error)
        response.headers["content-range"] = f"bytes */{size}"
        return response


def _plain(text: str) -> str:
    """Write a text for a header, which has no other letters than those of ASCII."""
    text = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(c if " " <= c <= "~" else "?" for c in text if not unicodedata.combining(c))


def _accept(request: Request) -> str:
    return ",".join(request.headers.getlist("accept"))


def _refuse_others(method: str) -> None:
    if method not in {"GET", "HEAD", "OPTIONS"}:
        raise errors.MethodNotAllowedError(f"{method} is not served here: expected GET, HEAD or OPTIONS") from None


def _may_be_held(ask: Ask, answer: Answer) -> bool:
    """Whether an answer may go out again unseen: only what is asked for again, for most is fetched once.

    Hints and the time that is left of a URL are in no key of the hot path, so what they change is never held.
    """
    is_settled = not ask.delivery.hints and ask.delivery.expires_at is None
    is_best = answer.rendition.is_final and not answer.is_provisional
    return is_settled and is_best and answer.cache == "hit" and answer.fresh_for_s > 0
