import asyncio
import hashlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from imgcdn import errors
from imgcdn.model.geometry import Size
from imgcdn.records.files import Files

BYTES = b"a picture, say"
DIGEST = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def records(opened):
    return opened()


def read(path: str) -> bytes:
    return Path(path).read_bytes()


def killed_while_writing(script: str, folder: Path) -> list[str]:
    """Return the lines that the script printed until it was killed."""
    process = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True)
    said = [process.stdout.readline() for _ in range(30)]
    process.kill()
    said += process.stdout.readlines()
    process.wait()
    return said


def written(files: Files, content: bytes = BYTES, name: str = "part") -> str:
    path = files.temp_dir / f"{name}-{os.urandom(4).hex()}"
    path.write_bytes(content)
    return str(path)


async def kept(files: Files, content: bytes = BYTES, **facts):
    told = {"kind": "upload", "name": "team.jpg", "media_type": "image/jpeg"} | facts
    return await files.keep(written(files, content), hashlib.sha256(content).hexdigest(), **told)


def bytes_on_disk(folder):
    return sorted(path for path in (folder / "files").glob("??/*"))


async def test_a_kept_file_is_found_with_all_that_was_said_of_it(records, opened):
    one = await kept(records.files, size=Size(40, 30), owner="key1", lives_s=60)
    for files in (records.files, opened().files):
        found = files.find(one.id)
        assert found == one
        assert (found.name, found.media_type, found.bytes, found.size) == ("team.jpg", "image/jpeg", 14, Size(40, 30))
        assert read(found.path) == BYTES
        assert found.expires_at == found.made_at + 60


async def test_ids_cannot_be_guessed_and_no_two_are_alike(records):
    ids = {(await kept(records.files)).id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(one) == 32 for one in ids)


async def test_the_same_bytes_are_kept_once_and_go_with_the_last_file_that_has_them(records, folder):
    one, two = await kept(records.files), await kept(records.files, name="copy.jpg")
    assert one.path == two.path
    assert len(bytes_on_disk(folder)) == 1
    assert await records.files.drop(one.id)
    assert read(two.path) == BYTES
    assert await records.files.drop(two.id)
    assert bytes_on_disk(folder) == []
    assert not await records.files.drop(two.id)
    assert records.files.find(two.id) is None


async def test_the_temporary_file_is_gone_whether_it_was_kept_or_not(records):
    await kept(records.files)
    await kept(records.files)
    assert list(records.files.temp_dir.iterdir()) == []
    with pytest.raises(errors.InvalidParameterError, match="name"):
        await kept(records.files, name="\ud83d")
    records.close()
    with pytest.raises(errors.DrainingError):
        await kept(records.files)


async def test_a_file_whose_time_is_over_is_not_found_and_is_swept_away(records, folder):
    now = [1000.0]
    files = Files(records.database, folder / "files", lambda: now[0])
    short, long = await kept(files, b"short", lives_s=10), await kept(files, b"long", lives_s=100)
    stays = await kept(files, b"stays")
    now[0] = 1010.0
    assert files.find(short.id) is None
    assert await files.sweep() == 1
    assert {path.read_bytes() for path in bytes_on_disk(folder)} == {b"long", b"stays"}
    assert files.find(long.id) == long
    assert files.find(stays.id) == stays
    assert await files.sweep() == 0


async def test_bytes_without_a_row_and_unfinished_uploads_are_swept_away_once_they_are_old(records, folder):
    one = await kept(records.files)
    loose = folder / "files" / "ab" / ("c" * 62)
    loose.parent.mkdir()
    loose.write_bytes(b"its row was never committed")
    unfinished = records.files.temp_dir / "upload"
    unfinished.write_bytes(b"half")
    await records.files.sweep()
    assert loose.exists()
    assert unfinished.exists()
    for path in (loose, unfinished, *bytes_on_disk(folder)):
        os.utime(path, (1, 1))
    await records.files.sweep()
    assert not loose.exists()
    assert not unfinished.exists()
    assert read(one.path) == BYTES


async def test_many_keep_and_drop_the_same_bytes_at_once_and_none_that_is_there_lacks_them(opened):
    first, second = opened().files, opened().files

    async def some(files: Files) -> list[str]:
        ids = []
        for round_ in range(10):
            one = await kept(files)
            if round_ % 2:
                await files.drop(one.id)
            else:
                ids.append(one.id)
        return ids

    ids = [one for found in await asyncio.gather(*map(some, (first, second) * 2)) for one in found]
    assert len(ids) == 20
    assert all(read(first.find(one).path) == BYTES for one in ids)


async def test_what_was_acknowledged_outlives_a_kill_at_any_moment(opened, folder):
    script = textwrap.dedent(
        """
        import asyncio, hashlib, sys
        from pathlib import Path
        from imgcdn.records.records import open_records
        from imgcdn.records.settings import DataSettings

        async def main():
            files = open_records(DataSettings(dir=Path(sys.argv[1]))).files
            for number in range(10_000):
                content = b"%d" % number
                path = files.temp_dir / f"part{number}"
                path.write_bytes(content)
                one = await files.keep(str(path), hashlib.sha256(content).hexdigest(), kind="upload",
                                       name=str(number), media_type="image/png")
                print(one.id, number, flush=True)

        asyncio.run(main())
        """
    )
    said = killed_while_writing(script, folder)
    files = opened().files
    told = [line.split() for line in said if line.endswith("\n")]
    assert len(told) >= 30
    for file_id, number in told:
        assert read(files.find(file_id).path) == number.encode()


async def test_a_secret_is_made_once_and_the_same_in_every_process(opened):
    one, other = opened().secrets, opened().secrets
    first, second = await asyncio.gather(one.get("urls"), other.get("urls"))
    assert first == second == await opened().secrets.get("urls")
    assert len(first) == 32
    assert await one.get("jobs") != first
