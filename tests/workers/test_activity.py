import time

import pytest

from skhp.workers._activity import Activity


def test_record_says_which_task_a_worker_is_at_and_since_when(tmp_path):
    activity = Activity(str(tmp_path), 1)
    assert activity.read(0) is None
    before = time.monotonic()
    activity.begin(0, 5)
    position, start = activity.read(0)
    assert position == 5
    assert before <= start <= time.monotonic()
    activity.rest(0)
    assert activity.read(0) is None


def test_each_worker_has_a_record_of_its_own(tmp_path):
    activity = Activity(str(tmp_path), 3)
    activity.begin(1, 0)
    activity.begin(2, 7)
    activity.rest(1)
    assert [activity.read(i) is None for i in range(3)] == [True, True, False]
    assert activity.read(2)[0] == 7


def test_what_a_worker_notes_is_seen_by_all_who_read_the_file(tmp_path):
    activity = Activity(str(tmp_path), 2)
    worker = Activity(str(tmp_path))
    worker.begin(1, 3)
    worker.close()  # as when the worker has died
    assert activity.read(1)[0] == 3
    assert activity.read(0) is None


def test_reader_sees_nothing_in_the_middle_of_a_change(tmp_path, monkeypatch):
    activity = Activity(str(tmp_path), 1)
    activity.begin(0, 1)
    seen = []

    def clock():
        seen.append(activity.read(0))
        return 5.0

    monkeypatch.setattr("skhp.workers._activity.time.monotonic", clock)
    activity.begin(0, 2)
    assert seen == [None]
    assert activity.read(0) == (2, 5.0)


def test_workers_do_not_make_the_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        Activity(str(tmp_path))
    Activity(str(tmp_path), 1).close()
    with pytest.raises(FileExistsError):
        Activity(str(tmp_path), 1)
