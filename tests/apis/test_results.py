"""Results at signed URLs, over ASGI on real records with a clock of the test's own: they end when they say."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from imgcdn import errors
from imgcdn.apis.results import ResultsApi
from imgcdn.dialects.signing import Signing
from imgcdn.model.media import Format, Rendition
from imgcdn.records.files import Files
from imgcdn.records.records import open_records
from imgcdn.records.settings import DataSettings

MADE = Rendition(b"picture", "image/jpeg", 3, 2, "etag", "digest")


@pytest.fixture
def world(tmp_path):
    """The API behind a client, and its clock."""
    now = [1_800_000_000.0]
    records = open_records(DataSettings(dir=tmp_path))
    files = Files(records.files._database, tmp_path / "files", lambda: now[0])
    api = ResultsApi("https://img.example.com", lambda: now[0])

    async def told(_, error):
        return Response(error.code, error.status)

    app = Starlette(routes=api.routes, exception_handlers={errors.ImgcdnError: told})
    api.serve(files, Signing({"k": "secret"}, lambda: now[0]))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")
    yield api, client, now, files
    records.close()


async def kept(api, lives_s=86_400):
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [],
        "query_string": b"",
        "server": ("here", 80),
        "scheme": "http",
    }
    url = await api.keep(Request(scope), MADE, Format.JPEG, lives_s)
    assert url.startswith("https://img.example.com/v1/results/")
    return url.removeprefix("https://img.example.com")


async def test_a_result_answers_for_24_hours_and_404_from_then_on(world):
    api, client, now, _ = world
    url = await kept(api)
    answer = await client.get(url)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"picture", "image/jpeg")
    now[0] += 86_399
    assert (await client.get(url)).status_code == 200
    now[0] += 2
    answer = await client.get(url)
    assert (answer.status_code, answer.text) == (404, "not_found")


async def test_a_result_that_was_swept_away_is_404(world):
    api, client, now, files = world
    url = await kept(api, 60)
    now[0] += 7200
    assert await files.sweep() == 1
    assert (await client.get(url)).status_code == 404


async def test_a_signature_is_good_for_its_own_result_and_time_alone(world):
    api, client, _, _ = world
    one, other = await kept(api, 60), await kept(api, 600)
    path, _, query = one.partition("?")
    for bad in (
        path,
        f"{path}?{other.partition('?')[2]}",
        one.replace("exp=18", "exp=19"),
        f"{other.partition('?')[0]}?{query}",
    ):
        assert (await client.get(bad)).status_code == 403, bad


async def test_what_was_uploaded_is_no_result_whatever_is_signed(world, tmp_path):
    _, client, now, files = world
    (tmp_path / "up").write_bytes(b"private")
    digest = "0" * 64
    upload = await files.keep(str(tmp_path / "up"), digest, kind="upload", name="a.jpg", media_type="image/jpeg")
    signed = Signing({"k": "secret"}, lambda: now[0]).sign(
        f"/v1/results/{upload.id}/a.jpg", "", expires_at=2_000_000_000
    )
    assert (await client.get(signed)).status_code == 404
