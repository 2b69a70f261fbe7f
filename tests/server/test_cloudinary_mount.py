"""Cloudinary's URLs on a real server: of its own client, signed, by names without extensions, and refused as it does."""

from urllib.parse import quote, urlsplit

import cloudinary
import numpy as np
import painting
import pytest
from cloudinary import utils
from measuring import opened
from PIL import Image
from serving import CHROME, SAFARI_13, assert_problem

from imgcdn.dialects.cloudinary import signing

SECRET = "an-api-secret-of-an-account"
HOST = "res.example.com"
SETTINGS = """
[[mount]]
name = "signed"
origin = "{folder}"
dialect = "cloudinary"
hosts = ["{host}"]
tokens = ["{secret}", "the-secret-before"]
signed = true

[[mount]]
name = "demo"
origin = "{folder}"
dialect = "cloudinary"

[[mount]]
name = "lenient"
origin = "{folder}"
dialect = "cloudinary"
strict = false

[[mount]]
name = "web"
origin = "proxy"
dialect = "cloudinary"
hosts = ["web.example.com"]
allow_hosts = ["*.example.org"]

[presets]
avatar = "w=96&h=96&gravity=face"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("cloudinary")
    (made / "people").mkdir()
    painting.sample("astronaut.png").convert("RGB").save(made / "people" / "face.jpg", quality=92)
    painting.sample("coffee.png").convert("RGB").save(made / "a b ä.jpg", quality=92)
    Image.new("RGBA", (60, 30), (255, 0, 0, 128)).save(made / "logo.png")
    Image.new("RGB", (60, 30), (0, 0, 255)).save(made / "both.png")
    Image.new("RGB", (80, 40), (0, 255, 0)).save(made / "both.jpg")
    return made


@pytest.fixture(scope="module")
def server(module_serve, folder, face_models):
    return module_serve(settings=SETTINGS.format(folder=folder, host=HOST, secret=SECRET))


def built(public_id: str, secret: str = SECRET, **options: object) -> str:
    cloudinary.config(cloud_name="demo", api_key="1", api_secret=secret, secure=True)
    return urlsplit(utils.cloudinary_url(public_id, sign_url=True, **options)[0]).path


TEXT = {"font_family": "Arial", "font_size": 30, "font_weight": "bold", "text": "Hello, wörld/now + 100%"}
CLIENT = [
    ({"width": 200, "height": 100, "crop": "fill", "gravity": "face"}, (200, 100)),
    ({"width": 200, "crop": "scale", "quality": "auto", "fetch_format": "auto"}, (200, 200)),
    ({"width": 120, "height": 200, "crop": "pad", "background": "rgb:aabbcc", "format": "webp"}, (120, 200)),
    ({"transformation": [{"width": 300, "height": 300, "crop": "crop", "gravity": "face"}, {"width": 80}]}, (80, 80)),
    ({"transformation": [{"width": 300, "height": 200, "crop": "fill"}, {"overlay": TEXT, "y": 9}]}, (300, 200)),
    ({"width": 100, "height": 100, "crop": "thumb", "gravity": "faces", "radius": "max"}, (100, 100)),
    ({"width": 100, "border": {"width": 4, "color": "#00ff00"}, "effect": "sepia", "angle": 90}, (108, 108)),
    ({"type": "authenticated", "width": 64, "crop": "limit"}, (64, 64)),
]


@pytest.mark.parametrize("is_long", [False, True])
@pytest.mark.parametrize(("options", "size"), CLIENT, ids=range(len(CLIENT)))
def test_every_url_of_the_client_is_served_in_its_size_and_none_with_a_byte_changed(server, options, size, is_long):
    path = built("people/face", **{"format": "jpg", **options}, long_url_signature=is_long)
    answer = server.get(path, host=HOST, accept=CHROME)
    assert answer.status_code == 200, answer.text
    assert opened(answer.content).size == size
    changed = path.replace("/people", "/peopla")
    refused = server.get(changed, host=HOST)
    assert_problem(refused, 401, "bad_signature", "s")
    assert "expected" in refused.headers["x-cld-error"]


def test_a_url_without_its_signature_is_a_401(server):
    assert_problem(server.get("/image/upload/w_40/people/face.jpg", host=HOST), 401, "bad_signature", "s")
    assert_problem(server.get("/demo/image/private/people/face.jpg"), 401, "bad_signature", "s")


def test_an_older_secret_is_good_and_memory_does_not_forget_signatures(server):
    for _ in range(3):
        assert server.get(built("people/face.jpg", "the-secret-before", width=44), host=HOST).status_code == 200
        assert server.get(built("people/face.jpg", "no-secret", width=44), host=HOST).status_code == 401


@pytest.mark.parametrize(
    ("target", "size"),
    [
        ("c_fill,g_auto:face,w_400,h_300,q_auto,f_auto/v1/people/face.jpg", (400, 300)),
        ("c_fill,g_face,w_400,h_300/r_max/f_auto,q_auto/v1712345678/people/face", (400, 300)),
        ("f_auto,q_auto/people/face", (512, 512)),
        ("c_limit,w_2048/f_auto/q_auto/v1/people/face?_a=BAVAZGE70", (512, 512)),
        ("f_auto,c_limit,w_384,q_auto/people/face", (384, 384)),
        ("c_scale,w_auto/dpr_auto/people/face.jpg", (512, 512)),
        ("w_150,h_150,c_thumb,g_face,e_sepia/l_logo,g_south_east,x_5,y_5,w_50/r_20/people/face.jpg", (150, 150)),
        ("w_200,h_100,c_lpad,b_auto:border/people/face.webp", (200, 100)),
        ("w_200,h_100,c_pad,b_blurred/people/face.png", (200, 100)),
        ("c_crop,w_300,h_200,g_xy_center,x_225,y_115/people/face.jpg", (300, 200)),
        ("c_crop,h_200,w_300,x_355,y_410/c_scale,w_150/people/face.jpg", (150, 97)),
        ("e_blur:1000,q_1,f_auto/people/face.jpg", (512, 512)),
        ("e_pixelate_faces:9/w_300/people/face.jpg", (300, 300)),
        ("t_avatar/people/face.jpg", (96, 96)),
        ("a_10,w_100/people/face.png", (116, 116)),
        ("l_text:Arial_40_bold:Hello%20World,co_rgb:fff,g_south,y_20/people/face.jpg", (512, 512)),
        ("c_fill,w_300,h_200/l_logo/c_scale,w_60/o_60/fl_layer_apply,g_north_east,x_10/people/face.jpg", (300, 200)),
        (f"w_100/{quote('a b ä.jpg')}", (100, 67)),
        ("c_fill%2Cw_120%2Ch_90/people/face.jpg", (120, 90)),
    ],
)
def test_urls_of_real_sites_have_the_size_that_they_ask_for(server, target, size):
    answer = server.get(f"/demo/image/upload/{target}", accept=SAFARI_13)
    assert answer.status_code == 200, answer.text
    assert opened(answer.content).size == size


@pytest.mark.parametrize(
    ("name", "size", "kind"),
    [
        ("people/face", (512, 512), "image/jpeg"),
        ("people/face.png", (512, 512), "image/png"),
        ("people/face.webp", (512, 512), "image/webp"),
        ("logo", (60, 30), "image/png"),
        ("logo.jpg", (60, 30), "image/jpeg"),
        ("both.png", (60, 30), "image/png"),
        ("both.jpg", (80, 40), "image/jpeg"),
        ("both", (80, 40), "image/jpeg"),
    ],
)
def test_a_public_id_finds_its_file_whatever_extension_the_url_has(server, name, size, kind):
    answer = server.get(f"/demo/image/upload/{name}", accept=CHROME)
    assert opened(answer.content).size == size
    assert answer.headers["content-type"] == kind
    assert "accept" not in answer.headers.get("vary", "").lower()


def test_a_file_that_comes_later_under_the_very_name_is_the_one_that_counts(server, folder):
    Image.new("RGB", (20, 10)).save(folder / "later.png")
    assert opened(server.get("/demo/image/upload/later.webp").content).size == (20, 10)
    Image.new("RGB", (30, 10)).save(folder / "later.webp", lossless=True)
    for _ in range(50):
        if opened(server.get("/demo/image/upload/w_1.0/later.webp").content).size == (30, 10):
            break
    assert opened(server.get("/demo/image/upload/w_1.0/later.webp").content).size == (30, 10)


def test_a_version_lets_browsers_keep_the_answer(server):
    assert "immutable" in server.get("/demo/image/upload/w_50/v1/people/face.jpg").headers["cache-control"]
    assert "immutable" not in server.get("/demo/image/upload/w_50/people/face.jpg").headers["cache-control"]


def test_f_auto_takes_what_the_browser_names(server):
    target = "/demo/image/upload/w_50,f_auto/people/face.jpg"
    # The first answer may be WebP, for AVIF takes its time.
    assert server.get(target, accept=CHROME).headers["content-type"] in {"image/webp", "image/avif"}
    plain = server.get(target, accept=SAFARI_13)
    assert plain.headers["content-type"] == "image/jpeg"
    assert "Accept" in plain.headers["vary"]


def test_hints_change_the_size_and_are_in_vary(server):
    target = "/demo/image/upload/c_scale,w_auto/people/face.jpg"
    assert opened(server.get(target, sec_ch_width="160").content).width == 160
    assert "Width" in server.get(target).headers["vary"]


def test_an_attachment_is_offered_for_saving(server):
    answer = server.get("/demo/image/upload/w_50,fl_attachment:my_cat/people/face.jpg")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''my_cat.jpg"


def test_a_thumbnail_shows_the_face(server):
    """The astronaut's face is at about 225,115, 90 px wide, of 512."""
    why = server.get("/demo/image/upload/c_thumb,g_face,w_150,h_150/people/face.jpg?explain=1").json()
    window = why["window"]
    assert window["width"] < 300
    assert window["left"] < 180
    assert window["left"] + window["width"] > 270


def test_corners_are_transparent_where_the_format_allows_and_of_the_ground_where_one_is_said(server):
    base = "/demo/image/upload/c_fill,w_80,h_80,r_max"
    clear = np.asarray(opened(server.get(f"{base}/people/face.png").content).convert("RGBA"))
    assert clear[0, 0, 3] == 0
    assert clear[40, 40, 3] == 255
    blue = np.asarray(opened(server.get(f"{base},b_blue/people/face.png").content).convert("RGBA"))
    assert tuple(blue[0, 0]) == (0, 0, 255, 255)


def test_a_layer_lies_where_its_offsets_say(server):
    plain = "/demo/image/upload/c_fill,w_200,h_100"
    marked = np.asarray(
        opened(server.get(f"{plain}/l_logo,g_south_east,x_10,y_20/people/face.png").content).convert("RGB")
    )
    bare = np.asarray(opened(server.get(f"{plain}/people/face.png").content).convert("RGB"))
    rows, columns = np.nonzero(np.abs(marked.astype(int) - bare).sum(axis=2) > 8)
    assert (columns.min(), columns.max()) == (130, 189)
    assert (rows.min(), rows.max()) == (50, 79)


@pytest.mark.parametrize(
    ("target", "status", "code", "param"),
    [
        ("/demo/image/upload/w_abc/people/face.jpg", 400, "invalid_parameter", "w"),
        ("/demo/image/upload/e_cartoonify/people/face.jpg", 400, "invalid_parameter", "e"),
        ("/demo/image/upload/$w_100/w_$w/people/face.jpg", 400, "invalid_parameter", "$w"),
        ("/demo/image/upload/w_100,h_100,c_fill/w_50,h_20,c_fill/people/face.jpg", 400, "conflicting_parameters", None),
        ("/demo/image/upload/t_nothing/people/face.jpg", 400, "preset_not_found", "t"),
        ("/demo/image/upload/w_100/nothing.jpg", 404, "source_not_found", None),
        ("/demo/video/upload/w_100/a.mp4", 404, "not_found", None),
        ("/demo/image/upload/%2e%2e/%2e%2e/etc/passwd", 403, "source_forbidden", None),
        ("/demo/image/fetch/https://e.org/a.jpg", 404, "not_found", None),
        ("/demo/image/upload/people/face.svg", 400, "invalid_parameter", "path"),
        ("/demo/image/upload/f_svg/people/face.jpg", 400, "invalid_parameter", "f"),
        ("/demo/image/upload/c_fill,g_faec,w_9,h_9/people/face.jpg", 400, "invalid_parameter", "g"),
        ("/demo/image/upload/e_blur:x/people/face.jpg", 400, "invalid_parameter", "e"),
        ("/demo/image/upload/l_nope/people/face.jpg", 404, "source_not_found", None),
        ("/demo/image/upload/c_crop,w_9,h_9,x_5000/people/face.jpg", 422, "impossible_crop", "c"),
        ("/demo/image/upload/pg_3/people/face.jpg", 400, "invalid_parameter", "pg"),
    ],
)
def test_errors_have_cloudinarys_statuses_our_body_and_its_header(server, target, status, code, param):
    answer = server.get(target)
    if param is None:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    else:
        assert_problem(answer, status, code, param)
    assert answer.headers["x-cld-error"] == answer.json()["detail"].replace("\N{HORIZONTAL ELLIPSIS}", "...")


@pytest.mark.parametrize(
    ("target", "begins"),
    [
        ("l_nope/people/face.jpg", "l_nope: "),
        ("c_crop,h_9,w_9,x_5000/people/face.jpg", "c_crop,h_9,w_9,x_5000 leaves nothing"),
        ("pg_3/people/face.jpg", "pg_3 cannot be used"),
    ],
)
def test_what_shows_only_on_the_picture_is_told_in_the_words_of_the_url(server, target, begins):
    answer = server.get(f"/demo/image/upload/{target}")
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"].startswith(begins)
    assert answer.headers["x-cld-error"].startswith(begins)


def test_the_header_of_an_error_is_plain_ascii_without_losing_a_letter(server):
    answer = server.get("/demo/image/upload/c_crop,w_9,h_9,g_fäce–…/people/face.jpg")
    assert answer.status_code == 400
    assert answer.headers["x-cld-error"].startswith("g_face-... cannot be used")


def test_the_focus_is_where_pixels_say_in_the_header_and_in_the_explanation(server):
    said = "/demo/image/upload/c_fill,g_xy_center,x_128,y_20,w_100,h_50/people/face.jpg"
    assert server.get(said).headers["x-imgcdn-focus"].startswith("fp;x=0.250;y=0.039")
    why = server.get(f"{said}?explain=1").json()
    assert (why["focus"]["engine"], why["focus"]["x"]) == ("fp", 0.25)
    side = "/demo/image/upload/c_crop,g_north,x_64,y_128,w_100,h_50/people/face.jpg"
    assert server.get(side).headers["x-imgcdn-focus"].startswith("north;x=0.625;y=0.250")


def test_a_thing_that_nobody_here_finds_is_listed_on_a_strict_mount(server):
    answer = server.get("/demo/image/upload/c_fill,g_auto:cat,w_100,h_50/people/face.jpg")
    assert answer.status_code == 200
    assert answer.headers["x-imgcdn-ignored"] == "g_auto%3Acat"


def test_the_largest_radius_cuts_an_ellipse_with_its_border(server):
    target = "/demo/image/upload/c_fill,w_200,h_80,r_max,bo_10px_solid_lime/people/face.png"
    drawn = np.asarray(opened(server.get(target).content).convert("RGBA")).astype(int)
    assert drawn.shape[:2] == (100, 220)
    # A pill would be opaque here, a little inside of the straight top.
    assert drawn[3, 60, 3] == 0
    assert drawn[50, 2, 3] == 255
    for x, y in ((110, 4), (110, 95), (4, 50), (215, 50)):
        assert tuple(drawn[y, x, :3]) == (0, 255, 0)
    assert tuple(drawn[50, 110, :3]) != (0, 255, 0)


def test_a_lenient_mount_lists_what_it_leaves_out(server):
    answer = server.get("/lenient/image/upload/w_40,e_cartoonify/d_none.png/people/face.jpg")
    assert answer.status_code == 200
    assert answer.headers["x-imgcdn-ignored"] == "e_cartoonify, d_none.png"
    own = server.get("/lenient/image/upload/w_40/people/face.tiff")
    assert (own.headers["content-type"], own.headers["x-imgcdn-ignored"]) == ("image/jpeg", ".tiff")


def test_a_web_proxy_fetches_from_its_hosts_alone(server):
    assert (
        server.get("/demo/image/fetch/w_40/https://evil.example.com/a.jpg", host="web.example.com").status_code == 403
    )
    assert server.get("/demo/image/upload/w_40/a.jpg", host="web.example.com").status_code == 400


def test_secrets_are_in_no_log_and_no_answer(server):
    path = built("people/face.jpg", width=40)
    why = server.get(f"{path}?explain=1", host=HOST)
    assert why.status_code == 200
    assert SECRET not in why.text
    assert SECRET not in server.said
    assert signing.sign(SECRET, "w_41/people/face.jpg") not in server.get(path.replace("w_40", "w_41"), host=HOST).text
