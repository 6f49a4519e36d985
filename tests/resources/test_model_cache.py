import pickle

import pytest

from skhp.resources._model_cache import Files, FoldModel, Memory


def test_memory_forgets_what_was_not_used_for_longest():
    memory = Memory(100)
    for key in "abc":
        memory.put(key, key.upper(), 30)
    memory.get("a")
    memory.put("d", "D", 30)
    assert [memory.get(key) for key in "abcd"] == ["A", None, "C", "D"]


def test_what_is_taken_makes_room():
    memory = Memory(100)
    memory.put("a", 1, 100)
    assert memory.take("a") == 1
    assert memory.take("a") is None
    memory.put("b", 2, 60)
    memory.put("b", 3, 60)
    memory.put("c", 4, 40)
    assert (memory.get("b"), memory.get("c")) == (3, 4)


def test_what_is_too_large_is_not_kept_and_drives_nothing_out():
    memory = Memory(100)
    memory.put("a", 1, 100)
    memory.put("b", 2, 101)
    assert (memory.get("a"), memory.get("b")) == (1, None)


def put(files, origin, resource, model="m", size=10):
    content = FoldModel(resource, "", model)
    pickled = pickle.dumps(content)
    files.put(origin, 0, content, pickled + b" " * max(0, size - len(pickled)))


def test_files_give_the_model_that_has_come_furthest_once(tmp_path):
    files = Files(str(tmp_path))
    put(files, 1, 9)
    put(files, 1, 27)
    put(files, 11, 81)
    assert files.take(1, 0).resource == 27
    assert files.take(1, 0) is None
    assert files.take(11, 1) is None


def test_a_full_folder_loses_its_oldest_files(tmp_path):
    files = Files(str(tmp_path), limit=1000)
    for origin in range(4):
        put(files, origin, 9, size=400)
    assert [files.take(k, 0) is None for k in range(4)] == [True, True, False, False]
    put(files, 5, 9, size=1001)
    assert files.take(5, 0) is None


@pytest.mark.parametrize("content", [b"", b"not a pickle"])
def test_a_damaged_or_missing_file_is_as_none(tmp_path, content):
    (tmp_path / "1-0-9").write_bytes(content)
    assert Files(str(tmp_path)).take(1, 0) is None
    gone = Files(str(tmp_path / "gone"))
    put(gone, 1, 9)
    assert gone.take(1, 0) is None
