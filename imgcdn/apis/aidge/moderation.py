"""Somebody else's judgement of a picture before it is cropped: a port, nobody by default, and a hook over HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import ClassVar, Protocol

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from imgcdn import errors
from imgcdn.model.media import Source

_CHUNK = 1 << 18


class ContentRefusedError(errors.ImgcdnError):
    status, code, title = 403, "content_refused", "The picture's content is not allowed here"
    res_code: ClassVar[int] = 1000


class ModerationFailedError(errors.ImgcdnError):
    status, code, title = 503, "moderation_failed", "The picture's content could not be judged"
    retry_after_s = 5
    res_code: ClassVar[int] = 1001


class ModerationTimeoutError(errors.ImgcdnError):
    status, code, title = 504, "moderation_timeout", "Judging the picture's content took too long"
    retry_after_s = 5
    res_code: ClassVar[int] = 1002


class Moderation(Protocol):
    """Judges sources. What cannot be judged is not cropped."""

    async def judge(self, source: Source, media_type: str, request_id: str) -> None:
        """Raise ContentRefusedError, or ModerationFailed- and ModerationTimeoutError where nobody could judge."""
        ...

    async def aclose(self) -> None: ...


class NoModeration:
    """Lets everything pass."""

    async def judge(self, source: Source, media_type: str, request_id: str) -> None:
        """Say nothing."""

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""


class _Verdict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    allowed: bool
    reason: str = ""


class ModerationHook:
    """Posts the picture to a URL of the operator, who answers 200 with `{"allowed": true}`, or false and a reason."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        # Never a proxy or credentials from the environment.
        self._client = httpx.AsyncClient(trust_env=False, timeout=timeout_s)

    async def judge(self, source: Source, media_type: str, request_id: str) -> None:
        """Ask the hook."""
        headers = {"content-type": media_type, "content-length": str(source.size), "x-request-id": request_id}
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._client.post(self._url, content=_chunks(source.path), headers=headers)
        except (TimeoutError, httpx.TimeoutException):
            raise ModerationTimeoutError(f"the moderation hook did not answer within {self._timeout_s:g} s") from None
        except httpx.HTTPError as error:
            raise ModerationFailedError(f"the moderation hook failed ({type(error).__name__})") from None
        try:
            verdict = _Verdict.model_validate_json(answer.content) if answer.status_code == 200 else None
        except ValidationError:
            verdict = None
        if verdict is None:
            raise ModerationFailedError(
                f"the moderation hook answered {answer.status_code}, and no verdict: expected 200 and allowed"
            )
        if not verdict.allowed:
            raise ContentRefusedError(verdict.reason or "content has sensitive data, please try other input")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def moderation(url: str, timeout_s: float) -> Moderation:
    """Return what the settings ask for: nobody judges where they name no URL."""
    return ModerationHook(url, timeout_s) if url else NoModeration()


async def _chunks(path: str) -> AsyncGenerator[bytes]:
    with Path(path).open("rb") as file:  # noqa: ASYNC230 - read in a thread below
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
