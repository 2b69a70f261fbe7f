"""Opens the folder of what people told the server: the one place where its kinds are laid out."""

from dataclasses import dataclass

from imgcdn.records.database import Database
from imgcdn.records.keys import Keys
from imgcdn.records.overrides import Overrides
from imgcdn.records.settings import DataSettings


@dataclass(frozen=True, slots=True)
class Records:
    """Each kind of what people told the server, and the database under them."""

    overrides: Overrides
    keys: Keys
    database: Database

    def health(self) -> dict[str, str]:
        """Return what is wrong; empty when all is well."""
        return self.database.health()

    def close(self) -> None:
        """Finish what is being written and close the database. Blocks."""
        self.database.close()


def open_records(settings: DataSettings) -> Records:
    """Open the data folder; one that cannot be used is reported by `health`, never raised. Blocks.

    Call it in each process on its own, after any fork.
    """
    database = Database(settings)
    return Records(Overrides(database), Keys(database), database)
