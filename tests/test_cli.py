"""The command: what it prints, what it writes, and how mistakes end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from measuring import opened
from PIL import Image
from serving import command, environment
from typer.testing import CliRunner

from imgcdn import __version__, cli, diagnosis, errors, samples, server
from imgcdn.gravity import models
from imgcdn.settings import example_toml


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path):
    """Run in this process, without changing its logs and without the caller's settings."""
    for name in list(os.environ):
        if name.startswith("IMGCDN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(cli.logs, "configure", lambda level: None)
    yield
    structlog.reset_defaults()


@pytest.fixture
def run(monkeypatch, capsys):
    """Run `imgcdn` with arguments as a shell would; return status, stdout and stderr."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["imgcdn", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def mistaken(run, monkeypatch):
    """Run what must end with one sentence before anything is served; return the sentence."""

    def never(*_, **__):
        raise AssertionError("it went on to serve")

    monkeypatch.setattr(server.uvicorn.Server, "run", never)

    def call(*arguments, status=2):
        ended, _, said = run(*arguments)
        assert ended == status, said
        (line,) = said.strip().splitlines()
        assert line.startswith("imgcdn: ")
        return line

    return call


# render


@pytest.mark.parametrize(("out", "kind"), [("a.jpg", "JPEG"), ("a.webp", "WEBP"), ("a.AVIF", "AVIF")])
def test_render_writes_the_format_that_the_ending_names(run, photos, tmp_path, out, kind):
    status, _, said = run("render", photos / "photo.jpg", tmp_path / out, "w=60&h=60&gravity=north")
    assert status == 0, said
    made = Image.open(tmp_path / out)
    assert (made.format, made.size) == (kind, (60, 60))
    assert f"{tmp_path / out}: 60x60 image/{kind.lower()}" in said
    assert "focus north;x=0.500;y=0.000" in said


def test_render_lets_the_query_name_the_format(run, photos, tmp_path):
    status, _, _ = run("render", photos / "alpha.png", tmp_path / "a.jpg", "w=50&format=webp")
    assert status == 0
    assert Image.open(tmp_path / "a.jpg").format == "WEBP"


@pytest.mark.parametrize(("name", "kind"), [("photo.jpg", "JPEG"), ("alpha.png", "PNG"), ("film.gif", "GIF")])
def test_render_without_query_or_ending_takes_the_safe_format(run, photos, tmp_path, name, kind):
    assert run("render", photos / name, tmp_path / "out")[0] == 0
    assert opened((tmp_path / "out").read_bytes()).format == kind


def test_render_finds_faces(run, photos, tmp_path, face_models):
    status, _, said = run("render", photos / "portrait.jpg", tmp_path / "a.jpg", "w=100&h=50&gravity=face")
    assert status == 0
    assert "focus face;" in said


def test_render_reads_a_file_through_a_link_and_from_a_relative_path(run, photos, tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "photo.jpg").write_bytes((photos / "p3.jpg").read_bytes())
    monkeypatch.chdir(tmp_path / "sub")
    assert run("render", "photo.jpg", "../out.png", "w=20")[0] == 0
    assert Image.open(tmp_path / "out.png").size == (20, 10)


@pytest.mark.parametrize("name", ["photo[1].jpg", "question?mark#hash.jpg"])
def test_render_takes_any_file_name(run, photos, tmp_path, name):
    status, _, said = run("render", photos / name, tmp_path / "[red] out.png", "w=20")
    assert status == 0, said
    assert "[red] out.png: 20x13" in said


def test_render_tells_what_is_wrong_in_a_sentence(mistaken, photos, tmp_path):
    out = tmp_path / "out.jpg"
    (tmp_path / "text.jpg").write_text("no picture")
    assert "none.jpg is no file" in mistaken("render", tmp_path / "none.jpg", out, status=1)
    assert "first bytes" in mistaken("render", tmp_path / "text.jpg", out, status=1)
    assert "w=0 cannot be used" in mistaken("render", photos / "photo.jpg", out, "w=0", status=1)
    assert "nearest known name is width" in mistaken("render", photos / "photo.jpg", out, "wdth=1", status=1)
    assert "cannot be written" in mistaken("render", photos / "p3.jpg", tmp_path / "none" / "out.jpg", "w=8")
    assert not out.exists()


# analyze


@pytest.fixture
def settings(tmp_path):
    """Settings with folders of the test's own."""
    file = tmp_path / "imgcdn.toml"
    file.write_text(f'[cache]\ndir = "{tmp_path}/cache"\n[data]\ndir = "{tmp_path}/data"\n')
    return file


@pytest.fixture
def analyze(run, settings):
    """Run `imgcdn analyze --json`; return its status and the objects that it printed."""

    def call(*files):
        status, out, _ = run("analyze", *files, "--json", "--config", settings)
        return status, [json.loads(line) for line in out.splitlines()]

    return call


def test_analyze_prints_an_object_a_line_in_order_and_goes_on_after_what_cannot_be_read(analyze, photos, tmp_path):
    broken, cut, missing = tmp_path / "broken.jpg", tmp_path / "cut.png", tmp_path / "missing.jpg"
    broken.write_text("no picture")
    cut.write_bytes((photos / "cat.png").read_bytes()[:100])
    files = [
        photos / "photo.jpg",
        missing,
        broken,
        photos / "turned-6.jpg",
        cut,
        tmp_path / "a" / "b",
        photos / "p3.jpg",
    ]
    status, lines = analyze(*files)
    assert status == 1
    assert [line["file"] for line in lines] == [str(file) for file in files]
    codes = [line.get("error", {}).get("code") for line in lines]
    assert codes[:4] == [None, "source_not_found", "unsupported_source_format", None]
    assert codes[4:] == ["corrupt_image", "source_not_found", None]
    assert all(line["error"]["detail"] for line in lines if "error" in line)
    assert (lines[0]["width"], lines[0]["height"]) == (1732, 1155)
    assert (lines[3]["width"], lines[3]["height"]) == (120, 80), "upright"
    assert {"version", "focal", "faces", "palette", "engine", "cached"} <= set(lines[0])


def test_analyze_takes_folders_and_finds_the_pictures_in_them(analyze, photos, tmp_path):
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    for name in ("b.JPG", "sub/a.jpg", "note.txt"):
        (folder / name).write_bytes((photos / "p3.jpg").read_bytes())
    status, lines = analyze(folder)
    assert status == 0
    assert [line["file"] for line in lines] == [str(folder / "b.JPG"), str(folder / "sub" / "a.jpg")]
    assert [line["cached"] for line in lines].count(True) <= 1, "the two have the same bytes"


def test_analyze_of_an_empty_folder_has_nothing_to_say(analyze, tmp_path):
    (tmp_path / "empty").mkdir()
    assert analyze(tmp_path / "empty") == (0, [])


def test_what_was_analyzed_is_known_the_next_time_by_its_bytes_and_to_the_server(
    analyze, photos, tmp_path, serve, face_models
):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one.jpg").write_bytes((photos / "portrait.jpg").read_bytes())
    _, (first,) = analyze(folder / "one.jpg")
    (folder / "one.jpg").rename(folder / "two.jpg")
    _, (again,) = analyze(folder / "two.jpg")
    assert first["cached"] is False
    assert again == first | {"file": str(folder / "two.jpg"), "cached": True}
    assert len(first["faces"]) == 1
    server = serve(folder, cache=tmp_path / "cache")
    known = server.send("POST", "/v1/images/analyze", {"source": "img", "path": "two.jpg"}).json()
    assert known == {name: value for name, value in again.items() if name != "file"}


def test_analyze_sees_at_once_that_a_file_was_changed(analyze, photos, tmp_path):
    file = tmp_path / "a.jpg"
    file.write_bytes((photos / "p3.jpg").read_bytes())
    _, (first,) = analyze(file)
    file.write_bytes((photos / "turned-1.jpg").read_bytes())
    _, (second,) = analyze(file)
    assert second["digest"] != first["digest"]
    assert (second["width"], second["height"], second["cached"]) == (120, 80, False)


def test_analyze_shows_people_a_table(run, settings, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "[red]broken.jpg").write_text("no picture")
    status, out, _ = run("analyze", photos / "photo.jpg", "[red]broken.jpg", "--config", settings)
    assert status == 1
    assert "1732x1155" in out
    assert "██" in out
    assert "[red]broken.jpg" in out


def test_a_file_name_that_is_no_text_is_told_and_not_a_crash(run, settings, photos, tmp_path):
    name = os.fsdecode(b"caf\xe9.jpg")
    (tmp_path / name).write_bytes((photos / "p3.jpg").read_bytes())
    status, out, _ = run("analyze", tmp_path / name, "--json", "--config", settings)
    assert (status, json.loads(out)["error"]["code"]) == (1, "invalid_parameter")
    status, out, _ = run("analyze", tmp_path / name, photos / "p3.jpg", "--config", settings)
    assert status == 1
    assert "caf" in out


# explain


def test_explain_says_who_was_asked_and_which_window_was_taken(run, settings, photos, face_models):
    query = "w=100&h=50&gravity=face"
    status, out, said = run("explain", photos / "portrait.jpg", query, "--config", settings)
    assert status == 0, said
    assert "1440x1440 → 100x50 avif" in said
    assert "window: 1440x720 at 0, " in said
    assert "focus: face at 0." in said
    assert "asked override: none" in said
    assert "asked face: used" in said
    assert "because the face that decided is whole in the window" in said
    assert "because the window has the shape 2:1 and all of the width of the picture" in said
    status, out, _ = run("explain", photos / "portrait.jpg", query, "--json", "--config", settings)
    told = json.loads(out)
    assert told["file"] == str(photos / "portrait.jpg")
    assert set(told) >= {
        "why",
        "faces",
        "plan",
        "source",
        "focus",
        "window",
        "candidates",
        "output",
        "cache",
        "ignored",
        "timing_ms",
    }
    assert told["focus"]["engine"] == "face"


def test_explain_lists_the_windows_that_were_weighed(run, settings, photos):
    _, out, said = run("explain", photos / "photo.jpg", "w=100&h=300", "--accept", "image/webp", "--config", settings)
    assert "webp" in said
    assert "windows that were weighed" in out
    assert "score" in out


def test_explain_of_a_picture_that_is_kept_whole_says_so(run, settings, photos):
    _, _, said = run("explain", photos / "photo.jpg", "w=100", "--config", settings)
    assert "nothing is cut away" in said


def test_explain_explains_what_render_renders(run, settings, photos, tmp_path):
    query = "w=90&h=200&format=png"
    _, out, _ = run("explain", photos / "photo.jpg", query, "--json", "--config", settings)
    window = json.loads(out)["window"]
    rect = ",".join(str(window[side]) for side in ("left", "top", "width", "height"))
    for name, asked in (("a.png", query), ("b.png", f"{query}&fit=fill&rect={rect}")):
        assert run("render", photos / "photo.jpg", tmp_path / name, asked, "--config", settings)[0] == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_explain_tells_what_is_wrong_in_a_sentence(mistaken, settings, photos, tmp_path):
    assert "none.jpg is no file" in mistaken("explain", tmp_path / "none.jpg", "w=5", status=1)
    assert "w=0 cannot be used" in mistaken("explain", photos / "p3.jpg", "w=0", "--config", settings, status=1)


# links


def test_every_command_follows_links_and_paths_that_climb(run, analyze, settings, photos, tmp_path, monkeypatch):
    (tmp_path / "deep" / "down").mkdir(parents=True)
    (tmp_path / "deep" / "real.jpg").write_bytes((photos / "p3.jpg").read_bytes())
    (tmp_path / "link.jpg").symlink_to("deep/real.jpg")
    (tmp_path / "hall").symlink_to("deep/down")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    monkeypatch.chdir(tmp_path / "deep" / "down")
    for name in (tmp_path / "link.jpg", "../real.jpg", "../../link.jpg", tmp_path / "hall" / ".." / "real.jpg"):
        assert run("render", name, tmp_path / "out.png", "w=20")[0] == 0, name
        assert Image.open(tmp_path / "out.png").size == (20, 10)
        assert run("explain", name, "w=20", "--config", settings)[0] == 0
    status, lines = analyze("../real.jpg", "../../link.jpg", tmp_path / "loop.jpg")
    assert [line["file"] for line in lines[:2]] == ["../real.jpg", "../../link.jpg"]
    assert [line.get("error", {}).get("code") for line in lines] == [None, None, "source_not_found"]
    assert status == 1


# serve


def test_serve_without_a_folder_and_without_samples_says_what_to_do(mistaken, monkeypatch):
    monkeypatch.setattr(samples.importlib.util, "find_spec", lambda name: None)
    said = mistaken("serve", "--port", "0")
    assert "give a folder" in said
    assert "imgcdn[samples]" in said


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ('[render]\nworkers = "many"\n', "render.workers = 'many'"),
        ("[render]\ntimeout_s = 0\n", "render.timeout_s = 0"),
        ("[rendr]\nworkers = 1\n", "rendr"),
        ("[render]\nworkrs = 1\n", "render.workrs"),
        ("[server]\nport = 99999\n", "server.port = 99999"),
        ('[server]\nlog = "loud"\n', "server.log = 'loud'"),
        ("[encoding]\njpeg_quality = 101\n", "encoding.jpeg_quality = 101"),
        ('[cache]\nrenditions_bytes = "lots"\n', "cache.renditions_bytes = 'lots'"),
        ('[fetch]\nallow_private = ["10.0.0.300/8"]\n', "fetch.allow_private.0 = '10.0.0.300/8'"),
        ("[fetch]\nallow_ports = [0]\n", "fetch.allow_ports.0 = 0"),
        ("[fetch]\nmin_fresh_s = 10\nmax_fresh_s = 1\n", "min_fresh_s"),
        ('[[mount]]\nname = "v1"\norigin = "/tmp"\n', "mount.name = 'v1'"),
        ('[[mount]]\nname = "a/b"\norigin = "/tmp"\n', "mount.0.name = 'a/b'"),
        ('[[mount]]\nname = "a"\n', "mount.0.origin"),
        ('[[mount]]\nname = "a"\norigin = "/"\n[[mount]]\nname = "a"\norigin = "/"\n', "mount.name = 'a'"),
        ('[[mount]]\nname = "a"\norigin = "/no/such/folder"\n', "'/no/such/folder'"),
        ('[[mount]]\nname = "a"\norigin = "s3://bucket"\n', "s3://"),
        ('[[mount]]\nname = "a"\norigin = "proxy"\n', "allow_hosts"),
        ('[[mount]]\nname = "a"\norigin = "proxy"\nallow_hosts = ["*"]\n', "allow_hosts"),
        ('[[mount]]\nname = "a"\norigin = "http://[::1"\n', "http://[::1"),
        ('[[mount]]\nname = "img"\norigin = "/"\n', "img"),
        ('[presets]\na = "w=wide"\n', "w=wide"),
        ('[presets]\n"A B" = "w=1"\n', "presets.A B"),
        ("this is no toml", "is not TOML"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(mistaken, photos, tmp_path, settings, names):
    (tmp_path / "bad.toml").write_text(settings)
    assert names in mistaken("serve", photos, "--config", tmp_path / "bad.toml")


def test_other_mistakes_are_sentences_too(mistaken, photos, tmp_path):
    assert "/no/such.toml" in mistaken("serve", photos, "--config", "/no/such.toml")
    assert "render.workers = -1" in mistaken("serve", photos, "--workers", "-1")
    assert "server.port = 99999" in mistaken("serve", photos, "--port", "99999")
    gone = tmp_path / "[/bold] gone"
    assert str(gone) in mistaken("serve", gone), "what looks like markup is printed as it is"


def test_a_flag_that_is_not_there_is_refused(run):
    status, _, said = run("serve", "--prot", "8000")
    assert status == 2
    assert "--prot" in said


@pytest.mark.parametrize(
    ("names", "example"),
    [(["b.jpg", "a.txt", "sub/a.jpg"], "b.jpg"), (["x.jpg", "astronaut.png"], "astronaut.png"), (["a.txt"], None)],
)
def test_serve_announces_a_picture_that_is_really_there(tmp_path, names, example):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert diagnosis.example_of(str(tmp_path)) == example


# models, doctor, config


def test_models_list_says_which_are_whole(run, tmp_path, face_models):
    (tmp_path / "models.toml").write_text(f'[gravity]\nmodels_dir = "{tmp_path}"\n')
    (tmp_path / models.SHORT_RANGE.name).write_bytes(b"junk")
    (tmp_path / models.FULL_RANGE.name).write_bytes((face_models / models.FULL_RANGE.name).read_bytes())
    status, out, _ = run("models", "list", "--config", tmp_path / "models.toml")
    assert status == 0
    lines = {line.split("│")[1].strip(): line for line in out.splitlines() if "tflite" in line}
    assert "present" in lines[models.FULL_RANGE.name]
    assert "damaged" in lines[models.SHORT_RANGE.name]


def test_models_pull_has_nothing_to_do_when_they_are_there(run, face_models):
    status, _, said = run("models", "pull")
    assert status == 0
    assert f"the face models are in {face_models} already" in said


def test_models_pull_says_why_it_cannot(mistaken, tmp_path, monkeypatch):
    def fail(folder, progress=None):
        raise errors.FeatureNotInstalledError("pip could not fetch it")

    monkeypatch.setattr(models, "pull", fail)
    assert "pip could not fetch it" in mistaken("models", "pull", status=1)


def test_doctor_names_versions_formats_models_and_the_cache_folder(run, tmp_path, face_models):
    (tmp_path / "a.toml").write_text(f'[cache]\ndir = "{tmp_path}/c"\n[[mount]]\nname = "a"\norigin = "{tmp_path}"\n')
    status, out, _ = run("doctor", "--config", tmp_path / "a.toml")
    assert status == 0, out
    assert f"imgcdn {__version__}" in out
    for what in ("python", "pyvips", "libvips", "mediapipe", "reads", "writes", "cache folder", "mount a"):
        assert any(line.split("│")[1].strip() == what for line in out.splitlines() if line.startswith("│")), what
    assert "JPEG, PNG, WebP, AVIF, GIF, TIFF" in out
    assert "broken" not in out


def test_doctor_fails_when_something_is_broken(run, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "a.toml").write_text(
        f'[cache]\ndir = "{tmp_path}/file"\n[gravity]\nmodels_dir = "{tmp_path}/m"\n'
        '[[mount]]\nname = "a"\norigin = "/no/such/folder"\n'
    )
    status, out, _ = run("doctor", "--config", tmp_path / "a.toml")
    assert status == 1
    states = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in out.splitlines() if line[:1] == "│"}
    assert states["cache folder"] == "broken"
    assert states["mount a"] == "broken"
    assert states[models.SHORT_RANGE.name] == "warning"


def test_config_prints_every_setting(run):
    status, out, _ = run("config")
    assert status == 0
    assert out == example_toml()


def test_without_a_command_the_commands_are_listed():
    said = CliRunner().invoke(cli.app, []).output
    for name in ("serve", "render", "models", "doctor", "config"):
        assert name in said


def test_the_module_and_the_script_are_the_same_command():
    script = Path(sys.executable).with_name("imgcdn")
    for start in (command("config"), [str(script), "config"]):
        ended = subprocess.run(start, capture_output=True, text=True, check=True, env=environment(), timeout=60)
        assert ended.stdout == example_toml()
