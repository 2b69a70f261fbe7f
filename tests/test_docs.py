"""Documents that can go out of date do not: generated ones are current, links lead somewhere, commands are found."""

import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from imgcdn import __version__, cli
from imgcdn.model.spec import COMPASS, ENGINES
from imgcdn.settings import Settings, example_toml, load

REPOSITORY = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for place in (REPOSITORY, REPOSITORY / "docs", REPOSITORY / "benchmarks")
    for path in place.glob("*.md")
)


def _read(name):
    return (REPOSITORY / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["docs/parameters.md", "docs/migrating-from-imgix.md", "docs/migrating-from-cloudinary.md"]
)
def test_the_tables_of_parameters_are_current(name):
    """`python -m cogapp -r` makes them so."""
    ended = subprocess.run(
        [sys.executable, "-m", "cogapp", "--check", name],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_example_of_the_settings_is_what_imgcdn_config_prints():
    assert _read("config/imgcdn.example.toml") == example_toml()


def test_the_example_of_the_settings_changes_no_default(monkeypatch):
    for name in ("IMGCDN_CONFIG", "IMGCDN_RENDER__WORKERS", "IMGCDN_SHARED", "IMGCDN_TEST_ALL"):
        monkeypatch.delenv(name, raising=False)
    assert load(REPOSITORY / "config" / "imgcdn.example.toml", {}) == Settings()


def test_every_setting_is_in_the_example_with_its_meaning():
    written = tomllib.loads(
        re.sub(
            r"^# (dir|models_dir|face_model|object_model|object_labels|text_model|cdn_max_age_s|fonts) = ",
            r"\1 = ",
            example_toml(),
            flags=re.MULTILINE,
        )
    )
    lines = example_toml().splitlines()
    for section, field in Settings.model_fields.items():
        if section in {"mount", "presets"}:
            assert f"[{section}]" in example_toml()
            continue
        assert set(written[section]) == set(field.annotation.model_fields), section
        for name, setting in field.annotation.model_fields.items():
            assert setting.description, f"{section}.{name}"
            assert f"# {setting.description}" in lines


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_a_document_links_to_exists(name):
    for target in re.findall(r"\]\(([^)\s]+)\)", _read(name)):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        path, _, heading = target.partition("#")
        found = (REPOSITORY / name).parent / path
        assert found.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}, target


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_a_document_names_in_code_exists(name):
    for path in re.findall(r"`((?:imgcdn|tests|docs|config|benchmarks|\.ci)/[\w./-]+)`", _read(name)):
        assert (REPOSITORY / path).exists(), path


@pytest.mark.parametrize("marker", ["serve", "test"])
def test_the_two_commands_of_the_readme_start_with_nothing_but_python(marker):
    """CI finds them by their markers, and runs them on a machine that has Python and pip only."""
    found = re.findall(rf"<!-- command: {marker} -->\n```sh\n(.+)\n```\n", _read("README.md"))
    assert len(found) == 1, "one line, once"
    assert found[0].startswith("python3 -m venv")
    printed = subprocess.run(
        [sys.executable, ".ci/readme_command.py", "README.md", marker],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout == found[0] + "\n"


def test_every_command_is_in_the_readmes_table():
    names = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    names |= {group.name for group in cli.app.registered_groups}
    assert [name for name in sorted(names) if f"| `imgcdn {name}" not in _read("README.md")] == []


def test_the_readmes_commands_install_faces_and_samples():
    for line in re.findall(r"^python3 -m venv .+$", _read("README.md"), re.MULTILINE):
        assert re.search(r"'\.\[faces,samples(,test)?\]'", line), line


def test_every_change_is_told_in_the_changelog_under_a_version():
    assert re.search(rf"^## .*({re.escape(__version__)}|Unreleased)", _read("CHANGELOG.md"), re.MULTILINE)


def test_the_page_of_gravities_shows_every_engine_and_names_every_place():
    page = _read("docs/gravities.md")
    pictures = re.findall(r"!\[[^\]]*gravity=([a-z]+)", page)
    assert set(ENGINES) - set(pictures) == set()
    assert [name for name in COMPASS if f"`{name}`" not in page] == []


def test_the_page_of_gravities_shows_each_of_its_pictures_and_no_other():
    shown = re.findall(r"!\[[^\]]*\]\(gravities/([^)]+)\)", _read("docs/gravities.md"))
    kept = {path.name: path.stat().st_size for path in (REPOSITORY / "docs" / "gravities").iterdir()}
    assert set(shown) == set(kept)
    assert [name for name, size in kept.items() if size > 25_000] == []
    assert sum(kept.values()) < 1_500_000


def test_the_script_of_the_page_of_gravities_and_the_page_have_the_same_tables():
    """`python docs/make_gravities.py` makes them; a photo, a query or a table that was changed asks for a new run."""
    script = runpy.run_path(str(REPOSITORY / "docs" / "make_gravities.py"))
    page = _read("docs/gravities.md")
    made = dict(re.findall(r"^<!-- made: ([\w-]+) -->\n(.+?)^<!-- end -->$", page, re.MULTILINE | re.DOTALL))
    assert made.pop("photos") == script["photos"]() + "\n"
    assert set(made) == set(script["SHEETS"])
    for name, cells in script["SHEETS"].items():
        assert re.findall(r"\]\(gravities/([^)]+)\)", made[name]) == [cell.file for cell in cells], name
