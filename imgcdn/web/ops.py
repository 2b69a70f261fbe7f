"""Operations: is the process alive, and may it be sent work."""

import json
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response


class Operations:
    """`/-/healthz` and `/-/ready`. `why_not` names what is not ready, with the reason."""

    def __init__(self, why_not: Callable[[], Mapping[str, str]], degraded: Callable[[], Mapping[str, str]]) -> None:
        self._why_not = why_not
        self._degraded = degraded

    async def healthz(self, _request: Request) -> Response:
        return _json(200, {"status": "alive"})

    async def ready(self, _request: Request) -> Response:
        """200 when pictures can be rendered, 503 with the reasons else; what works only in part is named in both."""
        why_not = self._why_not()
        content = {"ready": not why_not, "why_not": dict(why_not), "degraded": dict(self._degraded())}
        return _json(503 if why_not else 200, content)


def _json(status: int, content: Mapping[str, object]) -> Response:
    return Response(json.dumps(content), status, {"cache-control": "no-store"}, media_type="application/json")
