import errno
import json
import os

import numpy as np
import pytest

from skhp.evaluation import SplitResult, Task
from skhp.exceptions import JournalError, JournalWarning
from skhp.journal import Header, Journal
from skhp.journal._journal import FORMAT, Asked, Extended, Fitted, versions, written
from skhp.optimizers import Proposal, Trial
from tests._toys import result_of
from tests.journal._forged import (
    assert_one_sentence,
    entries_of,
    room_for,
    sealed,
)

TREE = {"data": {"rows": "12", "X": "ab"}, "search": {"class": "GridSearchCV"}}
FIRST = {"skhp_journal": FORMAT, "fingerprint": TREE, "versions": versions()}
RESULT = {
    "test_scores": 0.5,
    "train_scores": None,
    "fit_time": 1.0,
    "score_time": 0.5,
    "n_test_samples": 4,
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal"


@pytest.fixture
def opened(path):
    """Open the journal at `path`, and close it at the end."""
    journals = []

    def open_journal(*lines):
        if lines:
            path.write_bytes(sealed(lines))
        journals.append(Journal(path))
        return journals[-1]

    yield open_journal
    for journal in journals:
        journal.close()


@pytest.fixture
def begun(opened):
    journal = opened()
    journal.begin(Header(TREE))
    return journal


def reread(journal, opened):
    journal.close()
    return list(opened().events())


# --- the first line ---------------------------------------------------------------


def test_new_journal_has_no_header_and_then_the_one_that_it_began_with(opened, path):
    journal = opened()
    assert journal.is_new
    header = Header(TREE, n_iter=7, seed=3, splits=[["abc"]])
    journal.begin(header)
    journal.close()
    again = opened()
    assert not again.is_new
    assert again.header == header
    assert list(again.events()) == []


def test_first_line_is_on_the_disk_before_the_first_fit(opened, path, monkeypatch):
    on_disk = []
    monkeypatch.setattr(os, "fsync", lambda fd: on_disk.append(path.read_bytes()))
    opened().begin(Header(TREE))
    assert on_disk == [sealed([FIRST])]


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"\x00\xff" * 99, b"{}\n", b"x", sealed([{"hello": 1}])]
)
def test_file_that_is_no_journal_is_left_alone(content, path):
    path.write_bytes(content)
    with pytest.raises(JournalError, match="must be a journal of skhp") as caught:
        Journal(path)
    assert_one_sentence(caught.value)
    assert path.read_bytes() == content


def test_journal_of_which_only_a_part_of_the_first_line_is_there_is_new(opened, path):
    content = sealed([FIRST])
    for n in range(1, len(content) - 1):
        path.write_bytes(content[:n])
        journal = opened()
        assert journal.is_new
        journal.begin(Header(TREE))
        journal.extended(3)
        journal.close()
        assert path.read_bytes().startswith(content[:n] + b'\n{"dropped": 1')
        again = opened()
        assert list(again.events()) == [Extended(4, 3)]
        again.close()


def test_first_line_may_be_torn_again_and_again(opened, path):
    header, begun = Header(TREE), b""
    for n in range(1, 200):
        path.write_bytes(begun)
        journal = opened()
        assert journal.is_new
        journal.begin(header)
        journal.close()
        again = opened()
        assert again.header == header
        again.close()
        begun = path.read_bytes()[: len(begun) + n]  # killed in the middle of it
    assert begun.count(b'"dropped"') > 20


def test_first_line_for_which_there_is_no_room_is_an_error(opened, path):
    for n in range(len(sealed([FIRST]))):
        journal = opened()
        with room_for(n), pytest.raises(JournalError, match="be written") as caught:
            journal.begin(Header(TREE))
        assert_one_sentence(caught.value)
        journal.close()
        assert path.read_bytes() == b""


def test_disk_without_room_is_told_of_once_and_its_lines_are_made_up_for(
    begun, path, opened
):
    with room_for(path.stat().st_size + 50):
        begun.extended(1)
        with pytest.warns(
            JournalWarning, match=r"cannot be written \(File too"
        ) as told:
            begun.extended(2)
        begun.extended(3)
    assert len(told) == 1
    assert path.read_bytes() == sealed([FIRST, {"extend": 1}])
    begun.extended(4)
    assert reread(begun, opened) == [Extended(n + 1, n) for n in (1, 2, 3, 4)]


def test_disk_that_fails_when_the_journal_is_closed_is_told_of(begun, monkeypatch):
    def broken(fd):
        raise OSError(errno.EIO, "Input/output error")

    begun.extended(1)
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.warns(JournalWarning, match="Input/output error"):
        begun.close()


@pytest.mark.parametrize("format_", [1, 2, 3.5, "3", None, [2], "x" * 999, {}])
def test_journal_of_another_format_is_refused_and_left_as_it_is(format_, path):
    ask = {"ask": 0, "params": {"a": 1.0}, "seconds": 0.0}
    content = sealed([{**FIRST, "skhp_journal": format_}, ask])
    path.write_bytes(content)
    for _ in range(2):  # the second time shows that it is not locked
        with pytest.raises(JournalError, match=r"must have format 3\. Got") as caught:
            Journal(path)
        assert_one_sentence(caught.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fingerprint", 3),
        ("fingerprint", [1]),
        ("versions", "1.0"),
        *(("n_iter", bad) for bad in ("many", 2.5, 0, -1, True, 10**30, 10**400)),
        *(("seed", bad) for bad in ([0], -1, True, 2**32, 0.5)),
    ],
)
def test_first_line_that_no_search_writes_is_refused(name, value, opened):
    with pytest.raises(JournalError, match=r"Line 1 .* no search writes"):
        opened({**FIRST, name: value})


# --- whose journal it is ----------------------------------------------------------


def test_journal_of_the_same_search_is_gone_on_with(opened):
    opened(FIRST).compare(TREE)


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        (
            {**TREE, "search": {"class": "Other"}},
            r"class was 'GridSearchCV' and is .*'Other'",
        ),
        ({**TREE, "more": "1"}, r"more was 'nothing' and is .*'1'\. Use"),
        ({"search": TREE["search"]}, r"data\.rows was '12' .* nested cross"),
        ({**TREE, "data": {"rows": "12", "X": "\n" * 99}}, r"'\\n\\n"),
    ],
)
def test_what_differs_is_named(tree, said, opened):
    with pytest.raises(JournalError, match=said) as caught:
        opened(FIRST).compare(tree)
    assert_one_sentence(caught.value)


def test_other_versions_are_named_in_a_warning(opened):
    old = {**versions(), "numpy": "1.0"}
    del old["scipy"]
    with pytest.warns(JournalWarning, match=r"with numpy '1\.0', scipy 'None': scores"):
        opened({**FIRST, "versions": old}).compare(TREE)


OTHER_PYTHON = {**versions(), "python": "3.1.4"}
WITH_CODE = {**TREE, "code": {"search.scoring": "ab"}}


def test_other_code_is_refused(opened):
    first = {**FIRST, "fingerprint": WITH_CODE}
    with pytest.raises(
        JournalError, match=r"the code of search\.scoring, or"
    ) as caught:
        opened(first).compare({**TREE, "code": {"search.scoring": "cd"}})
    assert_one_sentence(caught.value)


def test_code_is_not_compared_between_versions_of_python_and_that_is_said(opened):
    first = {**FIRST, "fingerprint": WITH_CODE, "versions": OTHER_PYTHON}
    journal = opened(first)
    said = r"with python '3\.1\.4': .* code cannot be .* the same in search\.scoring"
    with pytest.warns(JournalWarning, match=said) as caught:
        journal.compare({**TREE, "code": {"search.scoring": "cd"}})
    assert len(caught) == 1
    with pytest.raises(JournalError, match="class was"):
        journal.compare({"data": TREE["data"], "code": {}})


def test_another_python_says_nothing_of_code_where_there_is_none(opened):
    with pytest.warns(JournalWarning, match=r"'3\.1\.4': .* comparable\.$"):
        opened({**FIRST, "versions": OTHER_PYTHON}).compare({**TREE, "code": {}})


def test_versions_of_the_estimators_package_are_compared_too(opened):
    used = {**versions(["lightgbm"]), "lightgbm": "3.0"}
    assert versions(["lightgbm"]).keys() > versions(["sys", "nowhere"]).keys()
    with pytest.warns(JournalWarning, match=r"with lightgbm '3\.0': scores"):
        opened({**FIRST, "versions": used}).compare(TREE, ["lightgbm", "sklearn"])


# --- what is written, and read again ----------------------------------------------


@pytest.mark.parametrize(
    ("trial", "proposal"),
    [
        (Trial(0, {"a": 0.1, "b": "x"}), Proposal()),
        (Trial(7, {}, resource=9, origin=0), Proposal(origin=0)),
        (
            Trial(3, {"a": 1 / 3}, row=(0.1, 1 / 3), surrogate=(5.0, 2.0, -1e-300)),
            Proposal((0.1, 1 / 3), None, (5.0, 2.0, -1e-300)),
        ),
        (Trial(1, {"a": 2}, row=(0, 1), origin=0), Proposal((0.0, 1.0), 0)),
    ],
)
def test_trial_is_read_as_it_was_proposed(trial, proposal, begun, opened):
    begun.asked(trial, 0.25)
    (event,) = reread(begun, opened)
    params, number = dict(trial.params), trial.number
    assert event == Asked(2, number, params, trial.resource, proposal, 0.25)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, True),
        (3, 3),
        (0.1, 0.1),
        ("rbf", "rbf"),
        (None, None),
        (np.float64(0.1), "float64(0.1)"),
        (np.int64(3), "int64(3)"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ((1, "a"), "(1, 'a')"),
        (np.tanh, "numpy.tanh"),
    ],
)
def test_parameters_are_written_to_be_read(value, shown):
    found = written({"a": value})["a"]
    if value is np.tanh:
        assert "tanh" in found
    else:
        assert (found, type(found)) == (shown, type(shown))


def test_long_texts_are_shortened_but_not_confused():
    long, other = written({"a": "x" * 5000, "b": "x" * 4999 + "y"}).values()
    assert len(long) < 150
    assert long != other


RESULTS = {
    "plain": result_of(0.97),
    "trained": result_of(0.97, train=1.0),
    "infinite": result_of(float("-inf"), train=float("inf")),
    "several": result_of({"a": 0.1, "b": float("nan")}, failed_metrics=("b",)),
    "failed": result_of(float("nan"), fit_error="Traceback: é\n\0"),
    "unscored": result_of(float("nan"), score_error="no"),
    "timeout": result_of(float("nan"), fit_error="too long", ending="timeout"),
    "stops": result_of(0.5, wants_stop=True),
    "numpy": result_of(np.float64(0.1), fit_time=np.float32(0.5)),
}


@pytest.mark.parametrize("name", RESULTS)
def test_result_is_read_as_it_was(name, begun, opened):
    begun.split_done(Task(Trial(4, {}), 2), RESULTS[name])
    (event,) = reread(begun, opened)
    assert isinstance(event, Fitted)
    assert (event.line, event.trial, event.split) == (2, 4, 2)
    for field in SplitResult.__slots__:
        was, now = getattr(RESULTS[name], field), getattr(event.result, field)
        np.testing.assert_equal(now, was)


def test_of_a_long_traceback_the_end_is_kept(begun, opened):
    result = result_of(float("nan"), fit_error="x" * 10_000 + "ValueError: here")
    begun.split_done(Task(Trial(0, {}), 0), result)
    (event,) = reread(begun, opened)
    assert len(event.result.fit_error) == 4000
    assert event.result.fit_error.endswith("ValueError: here")


def test_events_are_read_in_their_order(begun, opened):
    begun.asked(Trial(0, {}), 0.0)
    begun.split_done(Task(Trial(0, {}), 0), result_of(0.5))
    begun.extended(3)
    asked, fitted, extended = reread(begun, opened)
    assert (asked.number, fitted.trial) == (0, 0)
    assert extended == Extended(4, 3)


def test_torn_last_line_is_told_of(begun, opened, path):
    begun.extended(1)
    begun.extended(2)
    begun.close()
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.warns(JournalWarning, match=r"last line \(3\) .* is run again"):
        assert list(opened().events()) == [Extended(2, 1)]


# --- what no search writes --------------------------------------------------------

ASK = {"ask": 0, "params": {}, "seconds": 0.0}
FIT = {"fit": [0, 0], **RESULT}
HUGE = int("9" * 400)
NUMBERS = [float("nan"), float("inf"), "nan", HUGE, -HUGE, "0", None, [], {}]


def nested(depth):
    value = 0.5
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "line",
    [
        *({**ASK, "row": [0.5, bad]} for bad in NUMBERS),
        *({**ASK, "surrogate": [5.0, bad]} for bad in NUMBERS),
        *({**ASK, name: bad} for name in ("row", "surrogate") for bad in (1, "x", {})),
        *({**ASK, "row": nested(depth)} for depth in (2, 500)),
        *({**ASK, "origin": bad} for bad in (-1, 0.0, True, "0", [0], HUGE, 2**63)),
        *({**ASK, "resource": bad} for bad in (-1, 9.0, "9", 2**63)),
        *({**ASK, "params": bad} for bad in (None, [], "x", 3)),
        *({**ASK, "ask": bad} for bad in (None, -1, True, "0", 1.0)),
        *(
            {**ASK, "seconds": bad}
            for bad in (None, "soon", [], HUGE, 1e39, -1.0, "nan")
        ),
        {"ask": 0},
    ],
    ids=lambda line: repr(line)[:60],
)
def test_ask_that_no_search_writes_is_refused(line, opened):
    with pytest.raises(JournalError, match=r"Line 2 .* no search writes") as caught:
        list(opened(FIRST, line).events())
    assert_one_sentence(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        *({**FIT, "fit": bad} for bad in (0, [0], [0, 0, 0], [0, -1], ["0", 0], {})),
        *({**FIT, "test_scores": bad} for bad in ("__import__('os')", None, [1.0])),
        *({**FIT, "test_scores": bad} for bad in (HUGE, {"a": -HUGE}, {"a": "x"})),
        *({**FIT, "fit_time": bad} for bad in ("x", 1e39, -1.0, "nan", "inf", HUGE)),
        {**FIT, "n_test_samples": 1.5},
        {**FIT, "wants_stop": 1},
        {**FIT, "failed_metrics": "a"},
        {**FIT, "fit_error": 3},
        {**FIT, "more": 1},
        {k: v for k, v in FIT.items() if k != "fit_time"},
        {"extend": -1},
        {"extend": 1.5},
        {"hello": 1},
        {},
    ],
    ids=lambda line: repr(line)[:60],
)
def test_other_line_that_no_search_writes_is_refused(line, opened):
    body = json.dumps(line)[:-1].encode() if line else b'{"": 0'
    with pytest.raises(JournalError, match=r"Line 2 .* no search writes"):
        list(opened(FIRST, body).events())


def test_lines_of_a_journal_are_plain_json(begun, path):
    begun.asked(Trial(0, {"a": 1.5}, row=(0.5,)), 0.125)
    begun.close()
    ask = {"ask": 0, "params": {"a": 1.5}, "row": [0.5], "seconds": 0.125}
    assert entries_of(path) == [FIRST, ask]
