"""Pictures by a name without an extension, or with that of the answer: as Cloudinary's public ids are."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Protocol

from imgcdn.errors import SourceForbiddenError, SourceGoneError, SourceNotFoundError
from imgcdn.model.reference import Fetched, Reference, Unchanged

EXTENSIONS = ("jpg", "png", "webp", "jpeg", "gif", "avif", "svg", "tiff", "tif", "bmp", "heic", "JPG", "JPEG", "PNG")
"""In the order in which they are tried."""
_OF_ANSWERS = frozenset({*EXTENSIONS, "jpe", "jxl", "heif", "pdf"})
"""What is an extension, and not the last part of a name with dots."""
_MOST_QUESTIONS = 6
"""Extensions that a server is asked for, where a folder is looked through for all."""
_ABSENT = (SourceNotFoundError, SourceForbiddenError, SourceGoneError)
"""What a server says of a file that it has not; storage that lists nothing to strangers says 403."""
_REMEMBERED = 10_000
"""Names whose file is known, so that it is asked for first."""


class AnOrigin(Protocol):
    """What every origin can do."""

    async def get(self, path: str, known: Reference | None) -> Fetched | Unchanged: ...
    @property
    def is_remote(self) -> bool: ...
    def holds(self, known: Reference) -> bool: ...
    def glance(self, path: str, known: Reference) -> Unchanged | None: ...
    async def aclose(self) -> None: ...


class Named:
    """An origin that also finds `a/b.png` for `a/b` and `a/b.webp`: the path as it is, then with each extension."""

    def __init__(self, origin: AnOrigin) -> None:
        self._origin = origin
        self._found: OrderedDict[str, str] = OrderedDict()

    async def get(self, path: str, known: Reference | None) -> Fetched | Unchanged:
        """Read the first file there is. Raises what the origin raises of `path` itself where there is none."""
        missing: SourceNotFoundError | SourceForbiddenError | SourceGoneError | None = None
        before = self._found.get(path, path)
        absent = _ABSENT if self.is_remote else (SourceNotFoundError,)
        for candidate in self._candidates(path):
            # A server's validators say nothing of another file than they came with; a folder compares the file, too.
            is_it = not self.is_remote or candidate == before
            try:
                got = await self._origin.get(candidate, known if is_it else None)
            except absent as error:
                missing = missing if missing is not None and candidate != path else error
                continue
            self._remember(path, candidate)
            return got
        raise missing or SourceNotFoundError("There is no such picture")

    def _candidates(self, path: str) -> Iterator[str]:
        before = self._found.get(path)
        # A file of just this name wins; but every question to a server takes its time.
        first = (before, path) if self.is_remote else (path, before)
        yield from (candidate for candidate in first if candidate is not None)
        if path.endswith("/"):
            return
        stem, dot, extension = path.rpartition(".")
        has_extension = dot and stem and extension.lower() in _OF_ANSWERS
        for name in EXTENSIONS[:_MOST_QUESTIONS] if self.is_remote else EXTENSIONS:
            candidate = f"{stem if has_extension else path}.{name}"
            if candidate not in {path, before}:
                yield candidate

    def _remember(self, path: str, candidate: str) -> None:
        if path == candidate:
            self._found.pop(path, None)
            return
        self._found[path] = candidate
        self._found.move_to_end(path)
        if len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)

    @property
    def is_remote(self) -> bool:
        return self._origin.is_remote

    def holds(self, known: Reference) -> bool:
        """Whether what was read is as it was then, as the origin knows it."""
        return self._origin.holds(known)

    def glance(self, path: str, known: Reference) -> Unchanged | None:
        """Say at once that a file of just this name holds; of any other only asking tells, for one may have come."""
        return self._origin.glance(path, known)

    async def aclose(self) -> None:
        """Close the origin."""
        await self._origin.aclose()
