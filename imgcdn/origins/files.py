"""Sources from a folder. However a path is spelt and whatever links lie there, nothing outside is read."""

import errno
import hashlib
import os
import stat
from pathlib import Path

import anyio
import anyio.to_thread

from imgcdn import errors
from imgcdn.model.reference import Fetched, Reference, Unchanged
from imgcdn.origins import paths
from imgcdn.origins.settings import FetchSettings

_TRIES = 3
_PAUSE_S = 0.02

# O_NONBLOCK: opening a fifo must not wait for its writer. O_NOFOLLOW: links were resolved already, so one
# that stands here now was put there since.
_OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY


class Files:
    """The files below one folder, which may itself be a link and be switched while the server runs."""

    def __init__(self, root: Path, settings: FetchSettings) -> None:
        self._root = str(root)
        self._settings = settings

    async def get(self, path: str, known: Reference | None) -> Fetched | Unchanged:
        """Read the file at `path`, decoded and relative; its bytes only when its stamp is not `known`'s.

        Raises InvalidParameterError, or SourceForbidden-, NotFound-, TooLarge- or SourceError.
        """
        for _ in range(_TRIES):
            real, facts = self._look_up(path)
            if known is not None and _is_same(known, real, facts):
                return Unchanged(known.stamp, None, self._settings.folder_check_s)
            try:
                digest = await anyio.to_thread.run_sync(_digest, real)
            except OSError as error:
                raise _translate(error, path) from error
            if digest is not None and digest[1] == _stamp(facts):
                return Fetched(
                    path=real,
                    digest=digest[0],
                    size=facts.st_size,
                    stamp=_stamp(facts),
                    modified=facts.st_mtime,
                    max_age_s=None,
                    fresh_for_s=self._settings.folder_check_s,
                    is_temporary=False,
                )
            await anyio.sleep(_PAUSE_S)
        raise errors.SourceError(
            f"The file {paths.show(path)} changed each time while it was read; expected it to be complete"
        )

    @property
    def is_remote(self) -> bool:
        return False

    def holds(self, known: Reference) -> bool:
        """Whether the file that was read is as it was then: one look, at the file itself and not where `path` leads."""
        try:
            return known.path is not None and _stamp(os.lstat(known.path)) == known.stamp
        except OSError:
            return False

    def glance(self, path: str, known: Reference) -> Unchanged | None:
        """Return what `get` would of a file that is as it was, and nothing of any other; quick, and never raises."""
        try:
            return (
                Unchanged(known.stamp, None, self._settings.folder_check_s)
                if _is_same(known, *self._look_up(path))
                else None
            )
        except errors.ImgcdnError:
            return None

    async def aclose(self) -> None:
        """Do nothing: a folder holds nothing open."""

    def _find_root(self) -> str:
        try:
            return os.path.realpath(self._root, strict=True)
        except OSError as error:
            # Not 404: that would say of every picture that it is gone, when a mount is missing.
            raise errors.SourceError("The folder of this origin cannot be found; expected it to exist") from error

    def _look_up(self, path: str) -> tuple[str, os.stat_result]:
        paths.split(path)
        if path.endswith("/"):
            raise errors.SourceNotFoundError(f"The path {paths.show(path)} names a folder; expected a file")
        root = self._find_root()
        try:
            real = os.path.realpath(os.path.join(root, path), strict=True)  # noqa: PTH118 - Path.resolve hides errno
            if not Path(real).is_relative_to(root):
                raise errors.SourceForbiddenError(f"The path {paths.show(path)} leads out of its folder")
            facts = os.stat(real)  # noqa: PTH116 - one call, no Path made for it
        except OSError as error:
            raise _translate(error, path) from error
        except UnicodeEncodeError as error:
            raise errors.InvalidParameterError(
                f"The path {paths.show(path)} cannot be the name of a file", param="path"
            ) from error
        if not stat.S_ISREG(facts.st_mode):
            raise errors.SourceNotFoundError(f"The path {paths.show(path)} is no file; expected a picture file")
        if facts.st_size > self._settings.max_bytes:
            raise errors.SourceTooLargeError(
                f"The file {paths.show(path)} has {facts.st_size} bytes; expected {self._settings.max_bytes} at most"
            )
        return real, facts


def _is_same(known: Reference, real: str, facts: os.stat_result) -> bool:
    # The path counts as well: a folder that was renamed leaves the stamps of its files as they were.
    return known.path == real and known.stamp == _stamp(facts)


def _digest(real: str) -> tuple[str, str] | None:
    """Return the SHA-256 of a file and its stamp, or None when it changed or was replaced meanwhile."""
    with open(os.open(real, _OPEN_FLAGS), "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor, not a path
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            return None
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    # The name is asked, not the open file: that finds a file put in its place as well as one written to.
    unchanged = _stamp(os.lstat(real)) == _stamp(before)
    return (digest, _stamp(before)) if unchanged else None


def _stamp(facts: os.stat_result) -> str:
    return f"{facts.st_mtime_ns}-{facts.st_size}-{facts.st_ino}-{facts.st_ctime_ns}"


def _translate(error: OSError, path: str) -> errors.ImgcdnError:
    shown = paths.show(path)
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR | errno.ELOOP:
            return errors.SourceNotFoundError(f"There is no file {shown}; expected the path of a picture")
        case errno.EACCES | errno.EPERM:
            return errors.SourceForbiddenError(f"The file {shown} may not be read; expected one that the server can")
        case errno.ENAMETOOLONG | errno.EILSEQ | errno.EINVAL:
            return errors.InvalidParameterError(f"The path {shown} cannot be the name of a file", param="path")
        case _:
            return errors.SourceError(f"The file {shown} could not be read")
