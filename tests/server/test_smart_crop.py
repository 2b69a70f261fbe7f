"""The smart-crop API of SnapOtter over HTTP: its examples, its modes, its progress and its errors."""

import io
import json
import subprocess
import zipfile

import numpy as np
import pytest
from jobbing import BATCH, CROP, Watcher, completed, ended, halted, post, progress, taken, watched
from measuring import distance, opened, pixels_of
from PIL import Image
from serving import command, environment, eventually, send_raw

LEAN = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n[jobs]\nheartbeat_s = 0.4\n'
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def lean(module_serve, photos):
    """A server without face models, whose heart beats fast."""
    return module_serve(photos, settings=LEAN + "[render]\nworkers = 2\n")


def result(server, answer):
    """Return the picture that came of a job, and what was said of it."""
    said = completed(server, taken(answer))
    got = server.get(said["downloadUrl"])
    assert got.status_code == 200
    assert len(got.content) == said["processedSize"]
    return opened(got.content), said, got


def refused(answer, status, code, expected=""):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    said = answer.json()
    assert said["code"] == code
    assert expected in said["error"], said
    return said


def framed(width=300, height=200, border=40, colour="white"):
    """Return a PNG of a photo-like noise with a border, as bytes."""
    noise = np.random.default_rng(1).integers(0, 200, (height, width, 3), np.uint8)
    whole = Image.new("RGB", (width + 2 * border, height + 2 * border), colour)
    whole.paste(Image.fromarray(noise), (border, border))
    buffer = io.BytesIO()
    whole.save(buffer, "PNG")
    return buffer.getvalue()


# The example


def test_the_example_gives_a_job_whose_progress_ends_with_its_result(lean, photos):
    photo = photos / "photo.jpg"
    job = taken(post(lean, photo, settings={"mode": "subject", "width": 600, "height": 400}))
    frames = watched(lean, job)
    assert [frame["percent"] for frame in frames] == sorted(frame["percent"] for frame in frames)
    for frame in frames:
        assert list(frame) == ["jobId", "type", "phase", "percent", "stage", "error", "code", "result"]
        assert (frame["jobId"], frame["type"]) == (job, "single")
    said = frames[-1]["result"]
    assert said == {
        "jobId": job,
        "downloadUrl": f"/api/v1/download/{job}/photo_smartcrop.jpg",
        "originalSize": photo.stat().st_size,
        "processedSize": said["processedSize"],
    }
    got = lean.get(said["downloadUrl"])
    assert got.headers["content-disposition"] == 'attachment; filename="photo_smartcrop.jpg"'
    assert got.headers["content-type"] == "image/jpeg"
    assert opened(got.content).size == (600, 400)


def test_without_settings_the_result_has_1080_pixels_a_side(lean, photos):
    picture, _, _ = result(lean, post(lean, photos / "photo.jpg"))
    assert picture.size == (1080, 1080)
    picture, _, _ = result(lean, post(lean, photos / "photo.jpg", settings={"height": 500}))
    assert picture.size == (1080, 500)


def test_the_path_that_newer_clients_use_is_the_same_tool(lean, photos):
    answer = post(lean, photos / "cat.png", settings={"width": 50}, path="/api/v1/tools/image/smart-crop")
    assert result(lean, answer)[0].size == (50, 1080)


# Modes


@pytest.mark.parametrize(("mode", "strategy"), [("subject", "attention"), ("attention", "entropy")])
def test_a_subject_is_cropped_as_the_gravity_of_that_name_does(lean, photos, mode, strategy):
    wish = {"mode": mode, "strategy": strategy, "width": 300, "height": 400, "quality": 95}
    picture, _, _ = result(lean, post(lean, photos / "photo.jpg", settings=wish))
    same = opened(lean.get(f"/img/photo.jpg?w=300&h=400&gravity={strategy}&q=95&format=jpeg").content)
    assert distance(picture, same) < 1


def test_padding_shows_more_of_the_picture_and_pad_color_where_it_ends(lean, photos):
    """A 1732x1155 picture cropped to a square keeps its 1155 rows; half as much again is 1732 columns."""
    wish = {"width": 400, "height": 400, "padding": 50, "padColor": "#0f0"}
    picture, _, _ = result(lean, post(lean, photos / "photo.jpg", settings=wish))
    assert picture.size == (400, 400)
    rows = pixels_of(picture)
    assert abs(rows[:60] - (0, 255, 0)).mean() < 8, "above the picture there is padColor"
    whole = opened(lean.get("/img/photo.jpg?w=400&format=jpeg").content)
    inner = picture.crop((0, (400 - whole.height) // 2, 400, (400 - whole.height) // 2 + whole.height))
    assert distance(inner, whole) < 2, "and all of the picture is seen"


def test_a_padding_that_the_picture_has_no_room_for_changes_nothing(lean, photos):
    plain, padded = (
        result(lean, post(lean, photos / "photo.jpg", settings={"width": 600, "height": 400, "padding": padding}))[0]
        for padding in (0, 40)
    )
    assert distance(plain, padded) < 1


def test_trim_takes_the_border_off_and_leaves_the_rest_as_large_as_it_is(lean):
    for mode in ("trim", "content"):
        picture, said, _ = result(lean, post(lean, ("framed.png", framed()), settings={"mode": mode}))
        assert picture.size == (300, 200)
        assert said["downloadUrl"].endswith("/framed_smartcrop.png")


def test_the_threshold_says_what_still_is_border(lean):
    faint = ("faint.png", framed(colour="#f8f8f8"))
    noisy = Image.open(io.BytesIO(framed(colour="#f8f8f8")))
    noisy.paste((230, 230, 230), (0, 0, 380, 10))
    buffer = io.BytesIO()
    noisy.save(buffer, "PNG")
    picture, _, _ = result(lean, post(lean, faint, settings={"mode": "trim", "threshold": 5}))
    assert picture.size == (300, 200)
    for threshold, size in ((30, (300, 200)), (5, (380, 270))):
        wish = {"mode": "trim", "threshold": threshold}
        picture, _, _ = result(lean, post(lean, ("noisy.png", buffer.getvalue()), settings=wish))
        assert picture.size == size


def test_what_is_left_after_trim_is_laid_on_a_square(lean):
    wish = {"mode": "trim", "padToSquare": True, "padColor": "#ff0000"}
    picture, _, _ = result(lean, post(lean, ("framed.png", framed()), settings=wish))
    assert picture.size == (300, 300)
    assert abs(pixels_of(picture)[:48, :, :3] - (255, 0, 0)).max() < 3
    picture, _, _ = result(lean, post(lean, ("framed.png", framed()), settings={"mode": "trim", "targetSize": 640}))
    assert picture.size == (640, 640)
    assert pixels_of(picture)[:100, :, :3].min() > 250


@pytest.mark.parametrize(
    ("name", "form", "ending"),
    [
        ("photo.jpg", "JPEG", "jpg"),
        ("alpha.png", "PNG", "png"),
        ("alpha.webp", "WEBP", "webp"),
        ("film.gif", "GIF", "gif"),
        ("modern.avif", "AVIF", "avif"),
        ("scan.tif", "PNG", "png"),
        ("cmyk.jpg", "JPEG", "jpg"),
        ("deep.png", "PNG", "png"),
        ("dot.png", "PNG", "png"),
        ("turned-6.jpg", "JPEG", "jpg"),
        ("sub folder/../Übergröße 東京.jpg", "JPEG", "jpg"),
    ],
)
@pytest.mark.parametrize("mode", ["subject", "trim"])
def test_the_result_has_the_format_of_what_was_sent(lean, photos, name, form, ending, mode):
    path = photos / name
    answer = post(lean, path, settings={"mode": mode, "width": 64, "height": 48})
    picture, _, got = result(lean, answer)
    assert picture.format == form
    assert f"{path.stem}_smartcrop.{ending}".isascii() is False or got.headers["content-disposition"].endswith(
        f'"{path.stem}_smartcrop.{ending}"'
    )
    if mode == "subject":
        assert picture.size == (64, 48)


def test_every_frame_of_an_animation_is_cropped(lean, photos):
    picture, _, _ = result(lean, post(lean, photos / "film.gif", settings={"width": 40, "height": 40}))
    assert (picture.n_frames, picture.size) == (4, (40, 40))


def test_faces_are_framed_by_the_preset(server, photos):
    shown = {}
    for preset in ("closeup", "head-shoulders", "upper-body", "half-body"):
        wish = {"mode": "face", "facePreset": preset, "width": 300, "height": 300, "quality": 90}
        shown[preset], _, _ = result(server, post(server, photos / "portrait.jpg", settings=wish))
        url = f"/img/portrait.jpg?w=300&h=300&gravity=faces&face_preset={preset}&format=jpeg&q=90"
        assert distance(shown[preset], opened(server.get(url).content)) < 1
    assert distance(shown["closeup"], shown["upper-body"]) > 10
    wish = {"mode": "face", "padding": 50, "width": 300, "height": 300}
    wider, _, _ = result(server, post(server, photos / "portrait.jpg", settings=wish))
    assert distance(wider, shown["head-shoulders"]) > 3


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_faces_of_a_picture_that_lies_on_its_side_or_stands_on_its_head_are_found(server, photos, quarters):
    way = {1: Image.Transpose.ROTATE_90, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_270}
    with Image.open(photos / "portrait.jpg") as portrait:
        buffer = io.BytesIO()
        portrait.convert("RGB").resize((720, 720)).transpose(way[quarters]).save(buffer, "PNG")
    wish = {"mode": "face", "facePreset": "upper-body", "width": 300, "height": 300}
    turned, _, _ = result(server, post(server, ("turned.png", buffer.getvalue()), settings=wish))
    upright, _, _ = result(server, post(server, photos / "portrait.jpg", settings=wish))
    assert distance(turned.transpose(way[4 - quarters]), upright) < 10


def test_a_picture_without_a_face_falls_to_its_subject_by_attention(server, photos):
    for wish in ({"mode": "face"}, {"mode": "face", "sensitivity": 0}):
        name = "portrait.jpg" if "sensitivity" in wish else "photo.jpg"
        wish |= {"width": 300, "height": 200, "strategy": "entropy"}
        picture, _, _ = result(server, post(server, photos / name, settings=wish))
        same = opened(server.get(f"/img/{name}?w=300&h=200&gravity=attention&format=jpeg").content)
        assert distance(picture, same) < 1


# Progress


def test_progress_is_a_stream_that_nobody_keeps_or_buffers(lean, photos):
    job = taken(post(lean, photos / "photo.jpg"))
    with lean.client() as client, client.stream("GET", progress(job)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-accel-buffering"] == "no"
        events = "".join(answer.iter_text()).split("\n\n")
    assert events.pop() == ""
    for event in events:
        name, data = event.split("\n")
        assert name == "event: progress"
        json.loads(data.removeprefix("data: "))
    with lean.client() as client:
        assert client.get(progress(job) + "?events=plain").text.startswith("data: {")


def test_real_stages_drive_the_percentage(lean, photos):
    completed(lean, taken(post(lean, photos / "cat.png", settings={"width": 90})))
    with halted(lean):
        job = taken(post(lean, photos / "cat.png", settings={"width": 91}))
        eventually(lambda: watched(lean, job, most=1)[0]["stage"] == "cropping", 10)
        watcher = Watcher(lean, job)
        eventually(lambda: len(watcher.frames) > 2, 10, "the heart beats")
    frames = watcher.ended()
    assert [frame["percent"] for frame in frames[:2]] == [60, 60]
    assert frames[-1]["phase"] == "complete"


def test_a_client_that_comes_late_leaves_and_returns_sees_the_last_state(lean, photos):
    completed(lean, taken(post(lean, photos / "cat.png", settings={"width": 80})))
    with halted(lean):
        job = taken(post(lean, photos / "cat.png", settings={"width": 81}))
        for _ in range(3):
            (frame,) = watched(lean, job, most=1)
            assert frame["phase"] == "processing"
    last = ended(lean, job)
    assert last["phase"] == "complete"
    for _ in range(2):
        assert watched(lean, job) == [last], "who comes after the end hears of it, and the stream closes"


def test_the_last_state_is_told_again_as_a_heartbeat(lean, photos):
    completed(lean, taken(post(lean, photos / "cat.png", settings={"width": 70})))
    with halted(lean):
        job = taken(post(lean, photos / "cat.png", settings={"width": 71}))
        eventually(lambda: watched(lean, job, most=1)[0]["stage"] == "cropping", 10)
        frames = watched(lean, job, most=4)
    assert frames[1] == frames[2] == frames[3], "nothing happened, and yet it was told"


# Cancelling


def test_a_job_is_cancelled_whether_it_waits_or_runs_and_twice_is_as_good_as_once(lean, photos):
    completed(lean, taken(post(lean, photos / "cat.png", settings={"width": 60})))
    with halted(lean):
        jobs = [taken(post(lean, photos / "cat.png", settings={"width": 61 + extra})) for extra in range(4)]
        eventually(lambda: watched(lean, jobs[0], most=1)[0]["stage"] == "cropping", 10)
        watchers = [Watcher(lean, job) for job in jobs]
        for job in jobs:
            for _ in range(2):
                answer = lean.ask("DELETE", f"/api/v1/jobs/{job}")
                assert answer.status_code == 200
                assert answer.json() == {"jobId": job, "status": "cancelled"}
        for watcher in watchers:
            last = watcher.ended()[-1]
            assert (last["phase"], last["code"], last["result"]) == ("failed", "CANCELLED", None)
            assert "cancelled" in last["error"]
    assert completed(lean, taken(post(lean, photos / "cat.png", settings={"width": 66}))), "the queue goes on"
    for job in jobs:
        refused(lean.get(f"/api/v1/download/{job}/cat_smartcrop.png"), 404, "NOT_FOUND")


def test_a_job_that_has_ended_is_not_cancelled(lean, photos):
    job = taken(post(lean, photos / "cat.png", settings={"width": 30}))
    completed(lean, job)
    refused(lean.ask("DELETE", f"/api/v1/jobs/{job}"), 409, "JOB_FINISHED", "complete already")
    assert ended(lean, job)["phase"] == "complete"


# Names of the client's own


def test_a_job_is_found_under_its_clients_name_and_not_done_twice(lean, photos):
    first = taken(post(lean, photos / "cat.png", clientJobId="mine:1"))
    assert taken(post(lean, photos / "cat.png", clientJobId="mine:1")) == first
    assert ended(lean, "mine:1")["jobId"] == first
    assert taken(post(lean, photos / "cat.png", clientJobId="mine:2")) != first


# Batches


def test_a_batch_ends_with_a_zip_of_all_that_could_be_cropped(lean, photos):
    broken = ("broken.jpg", (photos / "photo.jpg").read_bytes()[:3000])
    pictures = [photos / "photo.jpg", photos / "cat.png", broken, photos / "photo.jpg", ("note.txt", b"no picture")]
    job = taken(post(lean, *pictures, settings={"width": 120, "height": 90}, path=BATCH))
    frames = watched(lean, job)
    assert [frame["percent"] for frame in frames] == sorted(frame["percent"] for frame in frames)
    last = frames[-1]
    assert (last["type"], last["phase"], last["percent"]) == ("batch", "complete", 100)
    assert (last["totalFiles"], last["completedFiles"], last["failedFiles"]) == (5, 3, 2)
    assert [error["filename"] for error in last["errors"]] == ["broken.jpg", "note.txt"]
    assert all(error["error"] for error in last["errors"])
    got = lean.get(last["result"]["downloadUrl"])
    assert got.headers["content-type"] == "application/zip"
    assert got.headers["content-length"] == str(len(got.content))
    assert lean.ask("HEAD", last["result"]["downloadUrl"]).headers["content-length"] == str(len(got.content))
    with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["photo_smartcrop.jpg", "cat_smartcrop.png", "photo_smartcrop_2.jpg"]
        assert all(opened(archive.read(name)).size == (120, 90) for name in archive.namelist())
        assert sum(one.file_size for one in archive.infolist()) == last["result"]["processedSize"]


def test_a_batch_of_which_nothing_can_be_cropped_fails(lean):
    last = ended(lean, taken(post(lean, ("a.jpg", b"no"), ("b.jpg", b"picture"), path=BATCH)))
    assert (last["phase"], last["code"], last["failedFiles"], last["result"]) == ("failed", "BATCH_FAILED", 2, None)


# Errors


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"mode": "circle"}, "mode"),
        ({"strategy": "face"}, "strategy"),
        ({"width": 0}, "width"),
        ({"width": -5}, "width"),
        ({"width": 1.5}, "width"),
        ({"width": "400"}, "width"),
        ({"width": 1_000_000}, "width"),
        ({"height": True}, "height"),
        ({"padding": 51}, "padding"),
        ({"padding": -1}, "padding"),
        ({"facePreset": "legs"}, "facePreset"),
        ({"sensitivity": 1.01}, "sensitivity"),
        ({"threshold": 256}, "threshold"),
        ({"padToSquare": "yes"}, "padToSquare"),
        ({"padColor": "white"}, "padColor"),
        ({"padColor": "#12345"}, "padColor"),
        ({"targetSize": 0}, "targetSize"),
        ({"quality": 0}, "quality"),
        ({"quality": 101}, "quality"),
        ({"colour": "red"}, "colour"),
        ([], ""),
        ("null", ""),
    ],
)
def test_settings_that_cannot_be_used_are_told_one_by_one(lean, photos, settings, path):
    said = refused(post(lean, photos / "dot.png", settings=settings), 400, "INVALID_SETTINGS", "Invalid settings")
    assert [detail["path"] for detail in said["details"]] == [path]
    assert all(detail["message"] for detail in said["details"])


def test_all_settings_that_are_wrong_are_named_together(lean, photos):
    said = post(lean, photos / "dot.png", settings={"width": 0, "mode": "x", "quality": 500}).json()
    assert {detail["path"] for detail in said["details"]} == {"width", "mode", "quality"}


@pytest.mark.parametrize("text", ["{", "width=4", "{'width': 4}", "[" * 100_000, '{"width": 4,}'])
def test_settings_that_are_no_json_are_refused(lean, photos, text):
    answer = post(lean, photos / "dot.png", settings=text)
    assert answer.status_code in {400, 413}
    assert answer.json()["code"] in {"INVALID_SETTINGS", "UPLOAD_TOO_LARGE"}


def test_what_is_no_form_or_has_no_file_is_refused(lean, photos):
    dot = photos / "dot.png"
    with lean.client() as client:
        refused(client.post(CROP, json={"mode": "face"}), 400, "INVALID_REQUEST", "multipart")
        refused(
            client.post(CROP, content=dot.read_bytes(), headers={"content-type": "image/png"}), 400, "INVALID_REQUEST"
        )
        refused(client.post(CROP), 400, "INVALID_REQUEST", "multipart")
        refused(client.post(CROP, data={"settings": "{}"}), 400, "INVALID_REQUEST", "multipart")
        headers = {"content-type": "multipart/form-data"}
        refused(client.post(CROP, content=b"--x--", headers=headers), 400, "INVALID_PARAMETER", "boundary")
        half = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + dot.read_bytes()
        headers = {"content-type": "multipart/form-data; boundary=x"}
        refused(client.post(CROP, content=half, headers=headers), 400, "INVALID_PARAMETER", "breaks off")
        refused(client.post(CROP, files={"picture": ("a.png", dot.read_bytes())}), 400, "INVALID_REQUEST", "picture")
        two = [("file", ("a.png", dot.read_bytes()))] * 2
        refused(client.post(CROP, files=two), 400, "INVALID_PARAMETER", "too many files")
        refused(client.post(CROP, files={"file": ("a.png", b"")}), 400, "NO_FILE", "empty")
        wrong = client.post(CROP, files={"file": ("a.png", dot.read_bytes())}, data={"colour": "red"})
        assert refused(wrong, 400, "INVALID_SETTINGS")["details"][0]["path"] == "colour"
        wrong = client.post(CROP, files={"file": ("a.png", dot.read_bytes())}, data={"clientJobId": "a b"})
        assert refused(wrong, 400, "INVALID_SETTINGS")["details"][0]["path"] == "clientJobId"
    refused(post(lean), 400, "NO_FILE")
    refused(post(lean, path=BATCH), 400, "NO_FILE")
    refused(post(lean, *[("a.png", b"x")] * 101, path=BATCH), 400, "INVALID_PARAMETER", "at most 100")


@pytest.mark.parametrize("body", [b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"\xff\xd8\xff\xe0" + b"\0" * 50])
def test_what_cannot_be_decoded_is_refused_at_once(lean, body):
    assert post(lean, ("a.jpg", body)).status_code == 422


def test_a_picture_that_breaks_off_fails_with_its_reason(lean, photos):
    job = taken(post(lean, ("half.png", (photos / "cat.png").read_bytes()[:90_000])))
    last = ended(lean, job)
    assert (last["phase"], last["code"], last["result"]) == ("failed", "CORRUPT_IMAGE", None)
    assert last["error"]


def test_faces_that_cannot_be_found_here_are_a_501(lean, photos):
    for path in (CROP, BATCH):
        said = refused(
            post(lean, photos / "dot.png", settings={"mode": "face"}, path=path), 501, "FEATURE_NOT_INSTALLED"
        )
        assert said["feature"] == "face-detection"


def test_jobs_and_files_that_are_not_there_are_a_404(lean, photos):
    job = taken(post(lean, photos / "cat.png", settings={"width": 33}))
    completed(lean, job)
    unknown = "00000000-0000-4000-8000-000000000000"
    refused(lean.get(progress(unknown)), 404, "NOT_FOUND")
    refused(lean.ask("DELETE", f"/api/v1/jobs/{unknown}"), 404, "NOT_FOUND")
    for path in (f"{unknown}/cat_smartcrop.png", f"{job}/other.png", f"{job}/smart-crop.zip", f"{job}/..%2f..%2fetc"):
        assert lean.get(f"/api/v1/download/{path}").status_code == 404
    said = refused(lean.ask("PUT", f"/api/v1/jobs/{job}"), 405, "METHOD_NOT_ALLOWED", "DELETE")
    assert said


def test_an_upload_over_the_limit_is_cut_off(serve, photos):
    small = serve(photos, settings=LEAN + "[api]\nmax_upload_bytes = 50_000\n")
    refused(post(small, ("a.png", b"x" * 50_001)), 413, "UPLOAD_TOO_LARGE")
    refused(post(small, ("a.png", b"x" * 5_000_000)), 413, "UPLOAD_TOO_LARGE")
    refused(post(small, ("a.png", b"x" * 10), ("b.png", b"x" * 50_001), path=BATCH), 413, "UPLOAD_TOO_LARGE", "50000")
    head = (
        b"POST /api/v1/tools/smart-crop HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000000\r\n\r\n--x\r\n"
    )
    answer = send_raw(small.port, head)
    assert answer.startswith(b"HTTP/1.1 413 "), "nothing more had to be sent, and the connection was closed"
    assert not list((small.cache.parent / "data" / "files" / "incoming").iterdir())


def test_jobs_of_somebody_else_are_not_there(serve, photos):
    server = serve(photos, settings=LEAN)
    folder = {"IMGCDN_DATA__DIR": str(server.cache.parent / "data")}
    keys = [
        subprocess.run(
            command("keys", "add", name),
            capture_output=True,
            text=True,
            check=True,
            env=environment(folder),
            timeout=60,
        ).stdout.strip()
        for name in ("one", "two")
    ]
    eventually(lambda: post(server, photos / "dot.png").status_code == 401, 5, "the keys are noticed")
    shown = subprocess.run(
        command("keys", "add", "page", "--kind", "publishable"),
        capture_output=True,
        text=True,
        check=True,
        env=environment(folder),
        timeout=60,
    ).stdout.strip()
    eventually(lambda: post(server, photos / "dot.png", key=shown).status_code == 403, 5, "a key of the wrong kind")
    refused(post(server, photos / "dot.png"), 401, "MISSING_KEY")
    job = taken(post(server, photos / "dot.png", key=keys[0], clientJobId="x"))
    url = ended(server, job, keys[0])["result"]["downloadUrl"]
    for target, method in (
        (progress(job), "GET"),
        (progress("x"), "GET"),
        (f"/api/v1/jobs/{job}", "DELETE"),
        (url, "GET"),
    ):
        refused(server.ask(method, target, x_api_key=keys[1]), 404, "NOT_FOUND")
        refused(server.ask(method, target), 401, "MISSING_KEY")
    assert server.ask("GET", url, x_api_key=keys[0]).status_code == 200
    assert taken(post(server, photos / "dot.png", key=keys[1], clientJobId="x")) != job


def test_results_that_are_over_their_time_are_gone(serve, photos):
    server = serve(photos, settings=LEAN + "keep_s = 3\n")
    job = taken(post(server, photos / "cat.png", settings={"width": 20}))
    url = completed(server, job)["downloadUrl"]
    assert server.get(url).status_code == 200
    eventually(lambda: server.get(url).status_code == 404, 10, "the result is gone")
    eventually(lambda: server.get(progress(job)).status_code == 404, 10, "and so is the job")


def test_more_than_may_wait_is_refused_for_now(serve, photos):
    server = serve(photos, settings=LEAN + "max_waiting = 2\n[render]\nworkers = 1\n")
    completed(server, taken(post(server, photos / "cat.png", settings={"width": 20})))
    with halted(server):
        answers = [post(server, photos / "cat.png", settings={"width": 21}) for _ in range(5)]
        assert [answer.status_code for answer in answers][:2] == [202, 202]
        said = refused(answers[-1], 429, "QUEUE_FULL")
        assert answers[-1].headers["retry-after"]
        assert said
