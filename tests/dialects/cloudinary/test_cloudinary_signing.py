"""Signatures as Cloudinary's own client makes them: every URL of it verifies, none with a byte changed."""

from urllib.parse import unquote, urlsplit

import cloudinary
import pytest
from cloudinary import utils
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from imgcdn import errors
from imgcdn.dialects.cloudinary import address, signing
from imgcdn.dialects.mounts import Mount, Mounts
from imgcdn.dialects.signing import Signing
from imgcdn.model.geometry import Box
from imgcdn.model.spec import Rect, SourceRef
from imgcdn.settings import MountSettings, Settings, mounts_of

SECRET, OLD = "an-api-secret-of-an-account", "the-secret-before"
HOST = "res.example.com"
MOUNTS = Mounts(
    [
        Mount("demo", "cloudinary", hosts=(HOST,), is_signed=True, tokens=(SECRET, OLD)),
        Mount("open", "cloudinary", tokens=(SECRET,)),
        Mount("bare", "cloudinary"),
        Mount("web", "cloudinary", hosts=("web.example.com",), is_proxy=True, tokens=(SECRET,)),
    ],
    {},
    Signing({"main": "a-key-of-this-server"}, lambda: 0.0),
)


def built(public_id: str, secret: str = SECRET, **options: object) -> str:
    """Return the path of a signed URL of the client, as it goes over the wire."""
    cloudinary.config(cloud_name="demo", api_key="1", api_secret=secret, secure=True)
    url, _ = utils.cloudinary_url(public_id, sign_url=True, **options)
    return urlsplit(url).path


TEXT = {"font_family": "Arial", "font_size": 40, "font_weight": "bold", "text": "Hello, wörld/now + 100%"}
OPTIONS = [
    {},
    {"width": 400, "height": 300, "crop": "fill", "gravity": "face"},
    {"width": 400, "crop": "scale", "quality": "auto", "fetch_format": "auto", "dpr": "auto"},
    {
        "transformation": [
            {"width": 400, "height": 400, "crop": "crop", "gravity": "face"},
            {"width": 200, "radius": "max"},
        ]
    },
    {"transformation": [{"overlay": TEXT, "color": "#ffffff", "gravity": "south", "y": 20}]},
    {"transformation": [{"overlay": {**TEXT, "font_family": "Open Sans"}}, {"flags": "attachment:my cat"}]},
    {"transformation": [{"overlay": {"url": "https://e.com/a b.png"}, "width": 40}], "version": 1234},
    {"effect": "sepia:50", "angle": 20, "border": {"width": 4, "color": "#00ff0080"}, "background": "rgb:aabbcc"},
    {"type": "authenticated", "width": 30},
    {"type": "private"},
    {"format": "webp", "url_suffix": "a-good-name", "private_cdn": True},
    {"shorten": True, "width": 30},
]


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "long"])
@pytest.mark.parametrize("public_id", ["sample", "sample.jpg", "a/b ä+c&d.jpg", "über/50%.png"])
@pytest.mark.parametrize("options", OPTIONS, ids=range(len(OPTIONS)))
def test_every_url_of_the_client_verifies_and_names_its_picture(options, public_id, algorithm):
    how = {"long_url_signature": True} if algorithm == "long" else {"signature_algorithm": algorithm}
    path = built(public_id, **options, **how)
    ask = MOUNTS.ask(HOST, path, "")
    assert ask.delivery.is_signed
    wanted = f"{public_id}.{options['format']}" if "format" in options else public_id
    assert ask.source == SourceRef("demo", wanted.replace(".webp", "") + ".webp" if "format" in options else wanted)
    if "width" in options and "crop" in options:
        assert ask.spec.width == options["width"]


names = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="/\\?#"), min_size=1, max_size=12
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(names, min_size=1, max_size=3).map("/".join),
    st.integers(1, 5000),
    st.sampled_from(["fill", "fit", "limit", "pad"]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_no_url_with_a_byte_changed_verifies(public_id, width, crop, is_long, random):
    assume(not public_id.startswith(("v", ".")) and "//" not in public_id)
    path = built(f"x{public_id}", width=width, crop=crop, height=80, long_url_signature=is_long)
    MOUNTS.ask(HOST, path, "")
    at = random.randrange(path.index("s--") + 3, len(path))
    changed = path[:at] + ("b" if path[at] != "b" else "c") + path[at + 1 :]
    assume(unquote(changed) != unquote(path))  # %c3 and %C3 are one byte
    assume(address.split(changed.removeprefix("/")).version == address.split(path.removeprefix("/")).version)
    with pytest.raises(errors.ImgcdnError):
        MOUNTS.ask(HOST, changed, "")


def test_a_secret_of_yesterday_verifies_and_another_does_not():
    assert MOUNTS.ask(HOST, built("a.jpg", OLD), "").delivery.is_signed
    with pytest.raises(errors.BadSignatureError) as caught:
        MOUNTS.ask(HOST, built("a.jpg", "no-secret"), "")
    assert signing.sign(SECRET, "a.jpg") not in caught.value.detail


def test_a_signed_mount_refuses_what_is_not_signed():
    with pytest.raises(errors.BadSignatureError):
        MOUNTS.ask(HOST, "/demo/image/upload/w_40/a.jpg", "")
    assert MOUNTS.ask(HOST, "/demo/image/upload/w_40/a.jpg", "", is_trusted=True).delivery.is_signed


def test_an_open_mount_takes_unsigned_urls_and_checks_the_signature_that_is_there():
    assert not MOUNTS.ask("", "/open/image/upload/w_40/a.jpg", "").delivery.is_signed
    signature = signing.sign(SECRET, "w_40/a.jpg")
    assert MOUNTS.ask("", f"/open/image/upload/s--{signature}--/w_40/a.jpg", "").delivery.is_signed
    with pytest.raises(errors.BadSignatureError):
        MOUNTS.ask("", f"/open/image/upload/s--{signature}--/w_41/a.jpg", "")


@pytest.mark.parametrize("kind", ["private", "authenticated"])
def test_private_pictures_go_out_with_a_signature_only_whatever_the_mount_says(kind):
    for mount in ("open", "bare"):
        with pytest.raises(errors.BadSignatureError):
            MOUNTS.ask("", f"/{mount}/image/{kind}/w_40/a.jpg", "")
    signed = f"image/{kind}/s--{signing.sign(SECRET, 'w_40/a.jpg')}--/w_40/a.jpg"
    assert MOUNTS.ask("", f"/open/{signed}", "").delivery.is_signed
    with pytest.raises(errors.BadSignatureError):
        MOUNTS.ask("", f"/bare/{signed}", "")


def test_without_secrets_a_signature_is_left_out_and_proves_nothing():
    assert not MOUNTS.ask("", "/bare/image/upload/s--abcdefgh--/w_40/a.jpg", "").delivery.is_signed


def test_the_version_is_no_part_of_what_is_signed():
    signature = signing.sign(SECRET, "w_40/a.jpg")
    for version in ("", "v1/", "v1712345678/"):
        MOUNTS.ask(HOST, f"/demo/image/upload/s--{signature}--/w_40/{version}a.jpg", "")


def test_a_proxy_may_have_spelt_the_public_id_anew():
    signature = signing.sign(SECRET, "w_40/a%20b%C3%A4.jpg")
    for name in ("a%20b%c3%a4.jpg", "%61%20b%C3%A4.jpg"):
        MOUNTS.ask(HOST, f"/demo/image/upload/s--{signature}--/w_40/{name}", "")


def test_fetched_pictures_are_named_by_their_whole_url():
    url = "https://pics.example.org/a b/ä.jpg?size=l&x=1"
    ask = MOUNTS.ask("web.example.com", built(url, type="fetch", width=200), "")
    assert ask.source == SourceRef("web", url)
    assert ask.spec.width == 200
    assert ask.spec.format is None


@pytest.mark.parametrize(
    ("mount", "path"), [("bare", "w_200/a ä.jpg"), ("bare", "a.jpg"), ("web", "https://e.com/a/b.jpg?x=1")]
)
def test_urls_that_we_write_are_read_as_the_same_picture(mount, path):
    ref = SourceRef(mount, path)
    host = "web.example.com" if mount == "web" else ""
    for url in (MOUNTS.url(ref), MOUNTS.cropped_url(ref, Box(5, 6, 70, 80))):
        ask = MOUNTS.ask(host, "/" + url.removeprefix("//").partition("/")[2] if host else url, "")
        assert ask.source == ref
    assert ask.spec.rect == Rect(5, 6, 70, 80)


def test_secrets_are_in_no_text_and_a_signed_mount_needs_one():
    def mount(**said):
        return MountSettings.model_validate({"name": "a", "origin": "proxy", "dialect": "cloudinary", **said})

    (made,) = mounts_of(Settings(mount=(mount(tokens=[SECRET], signed=True),)))
    assert (made.tokens, made.is_signed, made.is_strict) == ((SECRET,), True, True)
    assert SECRET not in repr(mount(tokens=[SECRET]))
    assert SECRET not in repr(made)
    assert not mounts_of(Settings(mount=(mount(),)))[0].is_signed
    with pytest.raises(errors.SettingsError, match=r"mount\.tokens"):
        Mounts([Mount("a", "cloudinary", is_signed=True)], {}, Signing({"main": "a-key-of-this-server"}, lambda: 0.0))
