"""Sources that were uploaded to this server, by the id that the upload was given."""

from collections.abc import Callable

from imgcdn import errors
from imgcdn.model.kept import KeptFile
from imgcdn.model.reference import Fetched, Reference, Unchanged
from imgcdn.origins import paths

FindFile = Callable[[str], KeptFile | None]
"""Looks a kept file up by its id; quick enough for the event loop."""


class Uploads:
    """The store of uploads as an origin: the path is a file's id, and anything behind a slash only a name to show.

    Only what was uploaded to stay is served: inputs and results of jobs belong to those who gave the jobs.
    """

    def __init__(self, find: FindFile, check_s: float) -> None:
        self._find = find
        self._check_s = check_s

    @property
    def is_remote(self) -> bool:
        return False

    async def get(self, path: str, known: Reference | None) -> Fetched | Unchanged:
        """Read the upload at `path`. Raises InvalidParameterError, SourceForbidden- and SourceNotFoundError."""
        file = self._find(paths.split(path)[0])
        if file is None or file.kind != "upload":
            raise errors.SourceNotFoundError(f"There is no uploaded file {paths.show(path)}; expected its id")
        if known is not None and known.stamp == file.digest and known.path == file.path:
            return Unchanged(file.digest, None, self._check_s)
        return Fetched(
            path=file.path,
            digest=file.digest,
            size=file.bytes,
            stamp=file.digest,
            modified=file.made_at,
            max_age_s=None,
            fresh_for_s=self._check_s,
            is_temporary=False,
        )

    def holds(self, known: Reference) -> bool:
        """Say nothing: only its id tells whether a file is still kept, and a look-up is as quick as a guess."""
        _ = known
        return False

    def glance(self, path: str, known: Reference) -> Unchanged | None:  # noqa: ARG002 - the port's signature
        """Say nothing, as `holds` does."""
        return None

    async def aclose(self) -> None:
        """Do nothing: an upload holds nothing open."""
