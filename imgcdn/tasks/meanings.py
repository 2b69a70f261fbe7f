"""What texts mean, asked of the analysis workers: the front itself never loads the text model."""

import asyncio
from collections import OrderedDict

import structlog
from pydantic import TypeAdapter

from imgcdn import errors
from imgcdn.gravity import embedding
from imgcdn.gravity.detecting import Meant
from imgcdn.gravity.settings import GravitySettings
from imgcdn.workers.pool import Pool

_log = structlog.get_logger("imgcdn.tasks")
_LABELS = TypeAdapter(dict[str, float])
_MOST_TEXTS = 10_000


class PooledMeanings:
    """Asks each text once. `version` is the text model's, "absent" where none can be used; `why_not` tells why."""

    def __init__(self, pool: Pool, settings: GravitySettings) -> None:
        self._pool = pool
        self._settings = settings
        self._known: OrderedDict[str, Meant] = OrderedDict()
        self.version = "absent"
        self.why_not = ""

    @property
    def is_there(self) -> bool:
        return self.version != "absent"

    async def inspect(self) -> None:
        """Find the model, and let a worker say whether it can be used; call it once workers are up."""
        folder = embedding.find(self._settings.text_model)
        if folder is None:
            return
        try:
            version = await asyncio.to_thread(embedding.version, folder)
            self.why_not = str((await self._pool.run("meaning")).value["why"])
        except OSError as error:
            self.why_not = f"the text model in {folder.name} cannot be read ({error.strerror})"
        except (errors.InternalError, errors.RenderTimeoutError) as error:
            self.why_not = error.detail
        else:
            if not self.why_not:
                self.version = version
        if self.why_not:
            _log.warning("hints are not matched by meaning", why=self.why_not)

    async def of(self, text: str) -> Meant:
        """Return the labels that a text means and does not name. Raises OverloadedError and DrainingError."""
        if not self.is_there:
            return Meant()
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        try:
            reply = await self._pool.run("mean", text)
        except (errors.InternalError, errors.RenderTimeoutError) as error:
            return Meant(why=error.detail)
        found = self._known[text] = Meant(_LABELS.validate_python(reply.value["labels"]))
        if len(self._known) > _MOST_TEXTS:
            self._known.popitem(last=False)
        return found
