"""What docs/operations.md says of backups, done as it says."""

import re
import shutil
import subprocess

from serving import assert_problem, command, environment

PICTURE = {"source": "img", "path": "photo.jpg"}


def test_a_backup_made_while_the_server_runs_brings_words_and_keys_back(serve, photos, tmp_path, program, repository):
    sqlite = program("sqlite3")
    docs = (repository / "docs" / "operations.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"^    sqlite3 (\S+) \"(.*)\"$", docs, re.MULTILINE)
    data, backup = tmp_path / "data", tmp_path / "backup"
    backup.mkdir()

    server = serve(photos, cache=tmp_path / "cache")
    assert (
        server.send("PUT", "/v1/images/focus", PICTURE | {"x": 0.125, "y": 0.875, "note": "the hat"}).status_code == 200
    )
    here = environment({"IMGCDN_DATA__DIR": str(data)})
    made = subprocess.run(command("keys", "add", "kept"), capture_output=True, text=True, check=True, env=here)
    secret = made.stdout.strip()
    file = told[0].replace("DATA", str(data))
    subprocess.run([sqlite, file, told[1].replace("BACKUP", str(backup))], check=True)
    assert server.get("/img/photo.jpg?w=90&h=30").headers["x-imgcdn-focus"].startswith("override")
    server.end()
    shutil.rmtree(data)
    shutil.rmtree(tmp_path / "cache")
    data.mkdir()
    shutil.copy(backup / "records.sqlite3", data / "records.sqlite3")

    again = serve(photos, cache=tmp_path / "cache")
    assert again.get("/img/photo.jpg?w=90&h=30").headers["x-imgcdn-focus"] == "override;x=0.125;y=0.875;c=1.00"
    assert_problem(again.send("POST", "/v1/images/analyze", PICTURE), 401, "missing_key")
    with again.client(headers={"authorization": f"Bearer {secret}"}) as client:
        assert client.get("/v1/images/focus", params=PICTURE).json()["focus"]["note"] == "the hat"
