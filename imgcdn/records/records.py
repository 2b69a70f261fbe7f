"""Opens the folder of what people told the server: the one place where its kinds are laid out."""

from dataclasses import dataclass

from imgcdn.records.database import Database
from imgcdn.records.files import Files
from imgcdn.records.fronts import Living
from imgcdn.records.jobs import Jobs
from imgcdn.records.keys import Keys
from imgcdn.records.overrides import Overrides
from imgcdn.records.presets import Presets
from imgcdn.records.secrets import Secrets
from imgcdn.records.settings import DataSettings


@dataclass(frozen=True, slots=True)
class Records:
    """Each kind of what people told the server, and the database under them."""

    overrides: Overrides
    presets: Presets
    keys: Keys
    files: Files
    secrets: Secrets
    jobs: Jobs
    living: Living
    database: Database

    def health(self) -> dict[str, str]:
        """Return what is wrong; empty when all is well."""
        return self.database.health()

    def close(self) -> None:
        """Finish what is being written and close the database. Blocks."""
        self.database.close()
        self.living.end()


def open_records(settings: DataSettings) -> Records:
    """Open the data folder; one that cannot be used is reported by `health`, never raised. Blocks.

    Call it in each process on its own, after any fork.
    """
    database = Database(settings)
    files = Files(database, settings.dir / "files")
    living = Living(settings.dir / "fronts")
    return Records(
        overrides=Overrides(database),
        presets=Presets(database),
        keys=Keys(database),
        files=files,
        secrets=Secrets(database),
        jobs=Jobs(database, files, living),
        living=living,
        database=database,
    )
