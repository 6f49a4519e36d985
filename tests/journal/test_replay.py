"""From the lines of a journal back to a search, which goes on from there."""

import json
import math
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skhp.exceptions import JournalError
from skhp.journal import Journal
from skhp.optimizers import BayesOptimizer, GridOptimizer
from skhp.optimizers._bayes_forest import ForestModel
from skhp.optimizers._bayes_model import SurrogateModel
from skhp.space import Space
from tests._toys import Scripted
from tests.journal._forged import (
    MAKERS,
    MODELLED,
    assert_one_sentence,
    entries_of,
    lines_of,
    sealed,
    search,
)

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch):
    monkeypatch.setattr("os.fsync", lambda fd: None)


@cache
def whole(kind):
    """The lines of a journal, what they hold, and the rows that they stand for."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        rows = search(path, MAKERS[kind]).rows
        return lines_of(path), entries_of(path), rows


def asks(entries):
    return [entry for entry in entries if "ask" in entry]


def forged(path, kind, change):
    """Write the journal of a kind with its entries changed; return them."""
    entries = json.loads(json.dumps(whole(kind)[1]))
    change(entries)
    path.write_bytes(sealed(entries))
    return entries


def assert_refused(path, make, said="Line"):
    before = path.read_bytes()
    with pytest.raises(JournalError, match=said) as caught:
        search(path, make)
    assert_one_sentence(caught.value)
    assert path.read_bytes() == before


# --- it goes on as if it had never stopped ----------------------------------------


@pytest.mark.parametrize("kind", MAKERS)
def test_from_any_line_on_it_ends_as_it_would_have(kind, tmp_path):
    lines, _, rows = whole(kind)
    for n in range(1, len(lines) + 1, 1 + len(lines) // 12):
        path = tmp_path / f"cut{n}"
        path.write_bytes(b"".join(lines[:n]))
        assert search(path, MAKERS[kind]).rows == rows
        assert path.read_bytes().startswith(b"".join(lines[:n]))
        fits = [entry["fit"] for entry in entries_of(path) if "fit" in entry]
        assert fits == [entry["fit"] for entry in whole(kind)[1] if "fit" in entry]


@pytest.mark.parametrize("kind", MODELLED)
def test_nothing_is_thought_again(kind, tmp_path, monkeypatch):
    lines, _, rows = whole(kind)
    assert any(proposal.surrogate for _, _, proposal, _ in rows)
    (tmp_path / "whole").write_bytes(b"".join(lines))

    def think(*args, **kwargs):
        raise AssertionError("a model was asked")

    for model in (SurrogateModel, ForestModel):
        monkeypatch.setattr(model, "surface", think)
    assert search(tmp_path / "whole", MAKERS[kind]).rows == rows


class Recalls(Scripted):
    """Writes down what it is asked to adopt; its trials are what it is given."""

    def __init__(self):
        super().__init__(3)
        self.adopted = []

    def adopt(self, proposal):
        self.adopted.append(proposal)
        return super().adopt(proposal)


def test_optimizer_is_told_between_the_same_trials(tmp_path):
    first = search(tmp_path / "journal", Recalls).optimizer
    again = search(tmp_path / "journal", Recalls).optimizer
    assert (len(first.adopted), len(again.adopted)) == (0, 3)
    assert again.seen == first.seen == [0, 1, 2]
    assert [n for n, _ in again.told] == [n for n, _ in first.told]
    scores = [[outcome.mean for _, outcome in o.told] for o in (first, again)]
    assert scores[0] == scores[1]


def test_proposals_are_those_of_the_journal(tmp_path):
    lines, entries, _ = whole("bayes")
    (tmp_path / "whole").write_bytes(b"".join(lines))
    ended = search(tmp_path / "whole", MAKERS["bayes"], goes_on=False)
    for row, ask in zip(ended.record.rows, asks(entries), strict=True):
        assert list(row.trial.row) == ask["row"]
        assert list(row.trial.surrogate) == ask.get("surrogate", [])
        assert row.ask_seconds == np.float32(ask["seconds"])


@pytest.mark.parametrize("kind", ["random", "bayes"])
def test_extension_is_replayed_where_it_happened(kind, tmp_path):
    def extended():
        optimizer = MAKERS[kind]()
        optimizer.extend(3)
        return optimizer

    path = tmp_path / "journal"
    search(path, MAKERS[kind])
    journal = Journal(path)
    list(journal.events())
    journal.extended(3)
    journal.close()
    rows = search(path, MAKERS[kind]).rows
    assert len(rows) == 13
    assert rows[:10] == whole(kind)[2]
    assert search(path, MAKERS[kind]).rows == rows


# --- numbers of another processor -------------------------------------------------


@pytest.mark.parametrize("kind", ["random", "bayes", "batches", "hyperband"])
@pytest.mark.parametrize("ulps", [1, -1, 2**10, -(2**20)])
def test_number_that_differs_by_rounding_is_taken_to_the_last_digit(
    kind, ulps, tmp_path
):
    def change(entries):
        for ask in asks(entries):
            value = ask["params"]["value"]
            ask["params"]["value"] = value + ulps * math.ulp(value)

    entries = forged(tmp_path / "moved", kind, change)
    ended = search(tmp_path / "moved", MAKERS[kind], goes_on=False)
    params = [row.trial.params["value"] for row in ended.record.rows]
    assert params == [ask["params"]["value"] for ask in asks(entries)]
    assert params != [row[0]["value"] for row in whole(kind)[2]]
    assert {type(value) for value in params} == {float}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("value", [1 / 3, -1e-300, 1e30, 0.0])
def test_number_of_numpy_is_read_from_its_text(dtype, value, tmp_path):
    def make(factor=1.0):
        return GridOptimizer({"value": [dtype(value) * dtype(factor)]})

    ended = search(tmp_path / "journal", make)
    nudge = 1 + (2**-40 if dtype is np.float64 else 0.0)
    moved = search(tmp_path / "journal", lambda: make(nudge)).record.rows
    (was,), (now,) = ended.record.rows, moved
    assert type(now.trial.params["value"]) is dtype
    assert now.trial.params["value"] == was.trial.params["value"]


OTHER = {
    "too far": lambda value: value * (1 + 1e-8),
    "another sign": lambda value: -value,
    "infinite": lambda value: float("inf"),
    "not a number": lambda value: float("nan"),
    "a text": repr,
    "a text of numpy": lambda value: f"float64({value * 1.1!r})",
    "no text of numpy": lambda value: f"float64({value!r}) or so",
    "an integer": round,
    "a truth": bool,
    "nothing": lambda value: None,
    "a list": lambda value: [value],
    "huge": lambda value: 10**400,
}


@pytest.mark.parametrize("other", OTHER)
@pytest.mark.parametrize("kind", ["random", "bayes", "hyperband"])
def test_another_number_is_refused(kind, other, tmp_path):
    def change(entries):
        params = asks(entries)[4]["params"]
        params["value"] = OTHER[other](params["value"])

    forged(tmp_path / "other", kind, change)
    assert_refused(
        tmp_path / "other",
        MAKERS[kind],
        "Line .* has trial 4 with other parameters than the search proposes there",
    )


@pytest.mark.parametrize("kind", ["grid", "halving", "bayes"])
@pytest.mark.parametrize(
    "change",
    [
        lambda ask: ask["params"].update(other="c"),
        lambda ask: ask["params"].update(more=1),
        lambda ask: ask["params"].pop("other"),
        lambda ask: ask["params"].clear(),
        lambda ask: ask.update(resource=7),
    ],
)
def test_other_parameters_are_refused(kind, change, tmp_path):
    forged(tmp_path / "other", kind, lambda entries: change(asks(entries)[2]))
    assert_refused(tmp_path / "other", MAKERS[kind], "trial 2 with other parameters")


def test_integers_are_never_rounded(tmp_path):
    def make(n):
        return lambda: GridOptimizer({"value": [n]})

    search(tmp_path / "journal", make(10**12))
    assert_refused(tmp_path / "journal", make(10**12 + 1), "with other parameters")


# --- forged proposals -------------------------------------------------------------

PROPOSALS = {
    "no row": ("row", lambda row: None),
    "short row": ("row", lambda row: row[:-1]),
    "long row": ("row", lambda row: [*row, 0.5]),
    "empty row": ("row", lambda row: []),
    "row outside": ("row", lambda row: [1.5] * len(row)),
    "negative row": ("row", lambda row: [-0.1] * len(row)),
    "nan in row": ("row", lambda row: [float("nan")] * len(row)),
    "text in row": ("row", lambda row: ["0.5"] * len(row)),
    "huge row": ("row", lambda row: [10**400] * len(row)),
    "deep row": ("row", lambda row: [[row]]),
    "another row": ("row", lambda row: [1.0 - x for x in row]),
    "short state": ("surrogate", lambda state: state[:-1] or [0.5] * 9),
    "long state": ("surrogate", lambda state: [*state, 1.0]),
    "nan in state": ("surrogate", lambda state: [float("nan")] * len(state)),
    "infinite state": ("surrogate", lambda state: ["inf"] * len(state)),
    "text in state": ("surrogate", lambda state: ["1"] * len(state)),
    "huge state": ("surrogate", lambda state: [10**400] * len(state)),
    "negative state": ("surrogate", lambda state: [-1.0] * len(state)),
    "ahead of its time": ("surrogate", lambda state: [1e6] * len(state)),
    "out of nothing": ("surrogate", lambda state: [0.0] * len(state)),
    "deep state": ("surrogate", lambda state: [state]),
    "no origin": ("origin", lambda origin: 10**6),
    "negative origin": ("origin", lambda origin: -1),
    "text as origin": ("origin", lambda origin: "0"),
    "origin of its own": ("origin", lambda origin: 10**18),
}


FORGERIES = [(kind, forgery) for kind in MODELLED for forgery in PROPOSALS]
FORGERIES += [
    ("halving", name) for name in PROPOSALS if name != "no row"
]  # it has none


@pytest.mark.parametrize(("kind", "forgery"), FORGERIES)
def test_forged_proposal_is_refused(kind, forgery, tmp_path):
    name, forge = PROPOSALS[forgery]

    def change(entries):
        victim = next((a for a in reversed(asks(entries)) if name in a), None)
        victim = victim or asks(entries)[-1]
        victim[name] = forge(victim.get(name, [0.5, 0.5]))

    forged(tmp_path / "forged", kind, change)
    assert_refused(tmp_path / "forged", MAKERS[kind])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["random", "halving", *MODELLED])
@FUZZ
@given(st.data())
def test_forged_lines_are_refused_or_say_the_same(kind, tmp_path, data):
    def change(entries):
        victim = data.draw(st.sampled_from(entries[1:]))
        victim[data.draw(st.sampled_from(sorted(victim)))] = data.draw(JSON)

    forged(tmp_path / "forged", kind, change)
    try:
        search(tmp_path / "forged", MAKERS[kind], goes_on=False)
    except JournalError as error:
        assert_one_sentence(error)


# --- lines that nobody asked for --------------------------------------------------


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e: e.insert(2, e[1]), "trial that nobody asked for"),
        (lambda e: e.pop(1), "that nobody asked for"),
        (lambda e: e.append({**asks(e)[-1], "ask": len(asks(e))}), "nobody asked for"),
        (lambda e: e.insert(3, e[2]), "fit that nobody asked for"),
        (lambda e: e[2].update(fit=[0, 2]), "fit that nobody asked for"),
        (lambda e: e[2].update(fit=[5000, 0]), "fit that nobody asked for"),
        (lambda e: e[3].update(test_scores={"a": 1.0}), "other scores than lines"),
        (lambda e: e[3].update(train_scores=1.0), "other scores than lines"),
        (lambda e: e[2].update(test_scores={}), "other scores than lines"),
    ],
    ids=range(9),
)
def test_line_that_does_not_go_with_those_before_is_refused(
    kind, change, said, tmp_path
):
    forged(tmp_path / "forged", kind, change)
    assert_refused(tmp_path / "forged", MAKERS[kind], said)


@pytest.mark.parametrize("error", ["fit_error", "score_error"])
def test_fit_that_failed_may_have_one_score_where_others_have_several(error, tmp_path):
    def change(entries):
        for entry in entries:
            if "fit" in entry:
                entry["test_scores"] = {"a": 0.5, "b": 1.0}
        failed = {"test_scores": "nan", error: "Traceback"}
        entries[2].update(failed)
        entries[-1].update(failed)

    forged(tmp_path / "several", "random", change)
    ended = search(tmp_path / "several", MAKERS["random"], goes_on=False)
    assert ended.record.n_finished == 10


def counted():
    spaces = [({"value": (0.0, 1.0)}, 2), ({"value": (2.0, 3.0)}, 2)]
    return BayesOptimizer(Space(spaces), 4, random_state=0)


@pytest.mark.parametrize(
    ("make", "n_more"),
    [
        (MAKERS["grid"], 1),
        (MAKERS["halving"], 1),
        (MAKERS["hyperband"], 0),
        (MAKERS["bayes"], 10**9 + 1),
        (counted, 1),
    ],
)
def test_extension_of_what_cannot_be_extended_is_refused(make, n_more, tmp_path):
    path = tmp_path / "extended"
    search(path, make)
    path.write_bytes(sealed([*entries_of(path), {"extend": n_more}]))
    assert_refused(path, make, "extends what cannot be extended")
