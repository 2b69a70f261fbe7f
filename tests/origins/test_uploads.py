from dataclasses import replace

import pytest

from imgcdn import errors
from imgcdn.model.kept import KeptFile
from imgcdn.model.reference import Fetched, Unchanged
from imgcdn.origins.kept import Uploads

FILE = KeptFile("f1", "upload", "team.jpg", "image/jpeg", "ab" * 32, "/data/ab/ab", 14, None, "", 1000.0, None)
JOBS = {"in": replace(FILE, id="in", kind="input"), "out": replace(FILE, id="out", kind="result")}


@pytest.fixture
def files():
    return {"f1": FILE, **JOBS}


@pytest.fixture
def uploads(files):
    return Uploads(files.get, 1.0)


async def reference(uploads, path="f1"):
    got = await uploads.get(path, None)
    assert isinstance(got, Fetched)
    return got


async def test_an_upload_is_read_under_its_id_without_its_bytes_being_read(uploads):
    got = await reference(uploads)
    assert (got.digest, got.path, got.size, got.is_temporary) == (FILE.digest, FILE.path, 14, False)
    assert await uploads.get("f1/shown-as.jpg", None) == got


async def test_a_known_upload_is_unchanged_until_it_is_deleted(uploads, files):
    got = await reference(uploads)
    assert isinstance(await uploads.get("f1", got), Unchanged)
    assert not uploads.holds(got)
    del files["f1"]
    with pytest.raises(errors.SourceNotFoundError, match="f1"):
        await uploads.get("f1", got)


@pytest.mark.parametrize("path", ["nothing", "in", "out"])
async def test_only_what_was_uploaded_to_stay_is_served(uploads, path):
    with pytest.raises(errors.SourceNotFoundError, match=path):
        await uploads.get(path, None)


@pytest.mark.parametrize("path", ["", "../f1", "/f1", "f1/../in", "a\0b"])
async def test_a_path_that_climbs_is_refused(uploads, path):
    with pytest.raises((errors.SourceForbiddenError, errors.InvalidParameterError)):
        await uploads.get(path, None)
