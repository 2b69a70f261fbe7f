import pytest

from imgcdn.errors import SettingsError
from imgcdn.origins.build import build_origin
from imgcdn.origins.files import Files
from imgcdn.origins.http import ProxyOrigin, WebOrigin
from imgcdn.origins.kept import Uploads
from imgcdn.origins.settings import FetchSettings


@pytest.fixture
def build(tmp_path):
    def make(origin, **more):
        return build_origin(origin, settings=FetchSettings(), tmp_dir=lambda: tmp_path / "tmp/deep", **more)

    return make


async def test_a_folder_a_url_and_proxy_become_their_origins(build, tmp_path):
    made = [
        (build(str(tmp_path)), Files),
        (build("https://images.example.com/base"), WebOrigin),
        (build("HTTP://10.0.0.5:8080"), WebOrigin),
        (build("https://a.com", allow_hosts=["*.b.com"]), WebOrigin),
        (build("proxy", allow_hosts=["*.example.com"]), ProxyOrigin),
        (build("proxy", allow_hosts=["*"], may_be_open=True), ProxyOrigin),
        (build("files"), Uploads),
    ]
    for origin, kind in made:
        assert type(origin) is kind
        await origin.aclose()
    assert (tmp_path / "tmp/deep").is_dir()


async def test_a_folder_may_be_written_from_home_or_from_here(build, tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/a.jpg").write_bytes(b"a")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    here, home = build("photos"), build("~/photos")
    monkeypatch.chdir("/")
    assert (await here.get("a.jpg", None)).digest == (await home.get("a.jpg", None)).digest


@pytest.mark.parametrize(
    ("origin", "sentence"),
    [
        ("", "no folder"),
        ("/no/such/folder", "no folder"),
        (__file__, "no folder"),
        ("a\0b", "expected a folder"),
        ("~nobody-of-this-name/x", "expected a folder"),
        ("s3://bucket", "s3://"),
        ("http://", "no URL"),
        ("http://127.1/", "another notation"),
        ("https://a.com/?token=secret", "query"),
        ("https://a.com/#x", "fragment"),
        ("https://user:secret@a.com/", "password"),
        ("https://user:se@secret@a.com/", "password"),
    ],
)
def test_an_origin_that_cannot_be_used_is_refused_without_its_secret(build, origin, sentence):
    with pytest.raises(SettingsError, match=sentence) as caught:
        build(origin)
    assert "secret" not in str(caught.value)


def test_a_proxy_needs_hosts_and_signed_urls_to_be_open(build):
    with pytest.raises(SettingsError, match="allow_hosts"):
        build("proxy")
    with pytest.raises(SettingsError, match="signed"):
        build("proxy", allow_hosts=["*"])


def test_a_folder_for_temporary_files_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError, match="temporary"):
        build_origin("https://a.com", settings=FetchSettings(), tmp_dir=lambda: tmp_path / "file/tmp")
