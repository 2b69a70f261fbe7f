"""Refuses paths that could climb out of the place they are meant for, before any origin acts on them."""

import re

from imgcdn.errors import InvalidParameterError, SourceForbiddenError

MAX_PATH_BYTES = 4096
_SHOWN = 100


def show(path: str) -> str:
    """Return `path` quoted for a sentence: printable, and not longer than a line."""
    return ascii(path) if len(path) <= _SHOWN else ascii(path[:_SHOWN]) + "…"


def check_text(path: str) -> None:
    """Raise InvalidParameterError for a path that no origin can use: empty, too long, with NUL, not text."""
    if not path:
        raise InvalidParameterError("The path is empty; expected the path of a picture", param="path")
    if "\0" in path:
        raise InvalidParameterError(f"The path {show(path)} holds a NUL character; expected none", param="path")
    try:
        length = len(path.encode())
    except UnicodeEncodeError as error:
        raise InvalidParameterError(f"The path {show(path)} is not text; expected UTF-8", param="path") from error
    if length > MAX_PATH_BYTES:
        raise InvalidParameterError(
            f"The path {show(path)} is {length} bytes long; expected {MAX_PATH_BYTES} at most", param="path"
        )


def split(path: str) -> list[str]:
    """Return the segments of a decoded, relative path.

    Raises InvalidParameterError for one that cannot be used, SourceForbiddenError for one that may climb.
    """
    check_text(path)
    # A backslash is an ordinary character here, but the server behind a web origin may take it for a slash.
    pieces = re.split(r"[/\\]", path)
    if "." in pieces or ".." in pieces:
        raise SourceForbiddenError(f"The path {show(path)} has a '.' or '..' segment; expected plain names")
    if pieces[0] == "":
        raise SourceForbiddenError(f"The path {show(path)} is absolute; expected one relative to its origin")
    return path.split("/")
