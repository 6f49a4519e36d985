"""A disk that is full costs a search nothing that it has found."""

import errno
import os

import numpy as np
import pytest

import skhp
from skhp.exceptions import JournalError, JournalWarning
from tests._toys import Echo, X, y
from tests.journal._forged import assert_one_sentence, room_for

MAKERS = {
    "grid": lambda path: skhp.GridSearchCV(
        Echo(), {"value": [0.1, 0.5, 0.3]}, cv=2, journal=path
    ),
    "bayes": lambda path: skhp.BayesSearchCV(
        Echo(), {"value": (0.0, 1.0)}, n_iter=5, cv=2, random_state=0, journal=path
    ),
    "hyperband": lambda path: skhp.HyperbandSearchCV(
        Echo(),
        {"value": (0.0, 1.0)},
        resource="other",
        max_resources=3,
        min_resources=1,
        cv=2,
        random_state=0,
        journal=path,
    ),
}


def assert_same(a, b):
    assert a.cv_results_["params"] == b.cv_results_["params"]
    for name in ("split0_test_score", "split1_test_score"):
        np.testing.assert_array_equal(a.cv_results_[name], b.cv_results_[name])


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda fd: None)


def break_down(*args):
    raise OSError(errno.EIO, "Input/output error")


@pytest.mark.slow
@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("takes_back", [True, False])
def test_search_has_its_result_and_its_journal_is_gone_on_with(
    kind, takes_back, tmp_path, monkeypatch
):
    whole = MAKERS[kind](tmp_path / "whole").fit(X, y)
    content = (tmp_path / "whole").read_bytes()
    first = content.index(b"\n") + 1
    for n in range(first, len(content) - 100, 241):
        path = tmp_path / f"full{n}"
        with monkeypatch.context() as patch:
            if not takes_back:
                patch.setattr(os, "ftruncate", break_down)
            with room_for(n), pytest.warns(JournalWarning, match="cannot be written"):
                assert_same(MAKERS[kind](path).fit(X, y), whole)
            kept = path.read_bytes()
            assert takes_back <= kept.endswith(b"\n")
            with room_for(n + 20), pytest.warns(JournalWarning):
                assert_same(MAKERS[kind](path).fit(X, y), whole)
        if path.read_bytes().endswith(b"\n"):
            assert_same(MAKERS[kind](path).fit(X, y), whole)
        else:
            with pytest.warns(JournalWarning, match="torn"):
                assert_same(MAKERS[kind](path).fit(X, y), whole)
        assert path.read_bytes().startswith(kept)
        before = path.read_bytes()
        assert_same(MAKERS[kind](path).fit(X, y), whole)
        assert path.read_bytes() == before


def test_search_that_cannot_begin_its_journal_says_so_and_begins_it_later(tmp_path):
    path = tmp_path / "journal"
    for n in range(0, 300, 30):
        with room_for(n), pytest.raises(JournalError, match="be written") as caught:
            MAKERS["grid"](path).fit(X, y)
        assert_one_sentence(caught.value)
    assert path.read_bytes() == b""
    MAKERS["grid"](path).fit(X, y)
