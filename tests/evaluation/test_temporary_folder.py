import os
import shutil

import pytest

from skhp.evaluation._temporary_folder import temporary_folder


@pytest.fixture
def shared(monkeypatch):
    """A shared memory with as many free bytes as the test says."""
    monkeypatch.delenv("JOBLIB_TEMP_FOLDER", raising=False)
    usage = {}

    def disk_usage(path):
        if path not in usage:
            raise FileNotFoundError(path)
        return shutil._ntuple_diskusage(usage[path], 0, usage[path])

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    monkeypatch.setattr(os, "access", lambda path, mode: path in usage)
    return usage


@pytest.mark.parametrize("exists", [True, False])
def test_folder_that_joblib_was_given_comes_first(
    exists, tmp_path, shared, monkeypatch
):
    chosen = tmp_path / "deep" / "folder"
    if exists:
        chosen.mkdir(parents=True)
    shared["/dev/shm"] = 2**40
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(chosen))
    assert temporary_folder(1) == str(chosen)
    assert chosen.is_dir()


def test_empty_setting_is_no_setting(shared, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", "")
    assert temporary_folder(1) is None


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1, "/dev/shm"), (499, "/dev/shm"), (500, None), (2**60, None)],
)
def test_shared_memory_is_used_up_to_its_half(size, expected, shared):
    shared["/dev/shm"] = 1000
    assert temporary_folder(size) == expected


def test_without_shared_memory_the_system_chooses(shared):
    assert temporary_folder(1) is None


def test_shared_memory_that_cannot_be_asked_is_left_alone(shared, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: True)
    assert temporary_folder(1) is None
