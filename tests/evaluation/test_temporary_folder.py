import shutil

import pytest

from skhp.evaluation._temporary_folder import temporary_folder


@pytest.fixture
def nothing_chosen(monkeypatch):
    monkeypatch.delenv("JOBLIB_TEMP_FOLDER", raising=False)


def test_folder_that_was_chosen_is_made(tmp_path, monkeypatch):
    chosen = tmp_path / "new" / "one"
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(chosen))
    assert temporary_folder(2**60) == str(chosen)
    assert chosen.is_dir()


@pytest.mark.parametrize(("free", "folder"), [(201, "/dev/shm"), (200, None)])
def test_shared_memory_is_used_where_half_of_it_remains(
    free, folder, nothing_chosen, monkeypatch
):
    monkeypatch.setattr("os.access", lambda path, mode: path == "/dev/shm")
    usage = type(shutil.disk_usage("."))
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(400, 400 - free, free))
    assert temporary_folder(100) == folder


def test_system_chooses_where_there_is_no_shared_memory(nothing_chosen, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert temporary_folder(1) is None
