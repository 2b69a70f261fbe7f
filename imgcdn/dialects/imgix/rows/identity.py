"""Who signed a URL, until when it holds, and who built it."""

from imgcdn.dialects.imgix.arguments import decimal
from imgcdn.dialects.imgix.row import Argument, Group, Row, Status, nothing, switch
from imgcdn.dialects.readers import UnreadableError
from imgcdn.dialects.signing import LATEST


def _seconds(text: str) -> int:
    found = int(decimal(text)) if len(text) < 10 else int(text) if text.isascii() and text.isdigit() else -1
    if found < 0:
        raise UnreadableError
    return min(found, LATEST)


IDENTITY = (
    nothing(
        "s",
        Status.SAME,
        "MD5 over token, path and query as they came; checked where the mount has `tokens`, demanded where it is "
        "`signed`, or a web proxy",
    ),
    Row(
        "expires",
        Argument("a time in Unix seconds", _seconds),
        ("delivery.expires_at",),
        Status.SAME,
        "404 afterwards, and no cache may keep the answer longer",
    ),
    nothing("ixlib", Status.SAME, "names the client library"),
    nothing("ixid", Status.SAME, "identifies the caller"),
    Row(
        "explain",
        switch(),
        ("delivery.is_explained",),
        Status.SAME,
        "not of imgix: answers JSON in place of the picture, with every decision",
    ),
)
GROUPS = (Group("Identity", IDENTITY),)
