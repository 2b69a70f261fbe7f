"""The page of the APIs: each of its commands is run against a fresh server."""

import re
import subprocess

import painting
import pytest

PAGE = "docs/apis.md"


@pytest.fixture(scope="module")
def fresh(module_serve):
    """A server with every default, of the sample photos: no key, so that this machine may ask."""
    return module_serve()


def commands(repository):
    return re.findall(r"^```sh\n(.+?)^```$", (repository / PAGE).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def run(program, lines, server, folder):
    """Run a block as a shell would, but for an error's status, which ends it."""
    script = f'curl() {{ command curl -sS --fail-with-body "$@" && echo; }}\n{lines.replace("localhost:8000", f"127.0.0.1:{server.port}")}'
    return subprocess.run(
        [program("bash"), "-euo", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_each_command_of_the_page_works_on_a_fresh_server(fresh, repository, program, tmp_path):
    program("curl")
    painting.sample("astronaut.png").save(tmp_path / "team.jpg")
    blocks = commands(repository)
    assert len(blocks) >= 10
    for block in blocks:
        ended = run(program, block, fresh, tmp_path)
        assert ended.returncode == 0, f"{block}\n{ended.stdout}\n{ended.stderr}"
        assert len(ended.stdout.split()) >= block.count("curl ") - block.count("curl -o"), block


def test_each_api_of_the_document_has_a_command_on_the_page(fresh, repository):
    page = "\n".join(commands(repository))
    told = {
        path for path, item in fresh.get("/v1/openapi.json").json()["paths"].items() if not path.startswith("/-/")
    } - {"/{mount}/{path}", "/v1/results/{id}/{name}", "/"}
    old = {path for path in told if path.startswith("/api/v1/tools/image/")}
    missing = [path for path in told - old if f"localhost:8000{path.partition('{')[0]}" not in page]
    assert missing == []
