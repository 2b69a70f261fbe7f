import hashlib
from pathlib import Path

import pytest

from imgcdn import errors
from imgcdn.origins.download import Download


def test_what_is_kept_has_the_bytes_their_size_and_their_digest(tmp_path):
    with Download(tmp_path, 100) as download:
        download.start()
        download.write(b"a")
        download.write(b"bc")
        kept = Path(download.keep())
    assert kept.read_bytes() == b"abc"
    assert (download.size, download.digest) == (3, hashlib.sha256(b"abc").hexdigest())
    assert kept.parent == tmp_path


def test_what_is_not_kept_is_deleted(tmp_path):
    with Download(tmp_path, 100) as download:
        download.start()
        download.write(b"a")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_made_before_the_start(tmp_path):
    with Download(tmp_path, 100):
        assert list(tmp_path.iterdir()) == []


def test_the_byte_above_the_limit_is_refused_and_the_file_deleted(tmp_path):
    with Download(tmp_path, 3) as download:
        download.start()
        download.write(b"abc")
        with pytest.raises(errors.SourceTooLargeError):
            download.write(b"d")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_our_error_and_is_not_named(tmp_path):
    with Download(tmp_path / "none", 3) as download, pytest.raises(errors.InternalError) as caught:
        download.start()
    assert str(tmp_path) not in caught.value.detail


def test_a_full_disk_is_our_error_and_leaves_nothing(tmp_path):
    class Full:
        def write(self, _):
            raise OSError(28, "No space left on device")

        def close(self):
            raise OSError(28, "No space left on device")

    with Download(tmp_path, 10) as download:
        download.start()
        download._file.close()
        download._file = Full()
        with pytest.raises(errors.InternalError):
            download.write(b"a")
        with pytest.raises(errors.InternalError):
            download.keep()
    assert list(tmp_path.iterdir()) == []
