"""A search that ended early, whatever the reason, goes on as if it had not."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
import zlib

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import uniform
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import KFold, ShuffleSplit, cross_val_score
from sklearn.tree import DecisionTreeClassifier

import skhp
from skhp.exceptions import (
    InvalidParameterError,
    JournalError,
    JournalWarning,
    SpaceExhaustedWarning,
)
from skhp.journal import Journal
from tests._toys import Echo, X, y

SPACE = {"value": (0.0, 1.0), "other": ["a", "b", (1, 2), None]}
REALS = {"value": skhp.Real(0.0, 1.0), "other": SPACE["other"]}
GRID = {"value": [0.1, 0.5, 0.3, 0.9, 0.7], "other": ["a", (1, 2)]}
DRAWN = {"value": uniform(), "other": ["a", "b", (1, 2), None]}

MAKERS = {
    "grid": lambda **kwargs: skhp.GridSearchCV(Echo(), GRID, cv=2, **kwargs),
    "random": lambda **kwargs: skhp.RandomizedSearchCV(
        Echo(), DRAWN, n_iter=10, cv=2, **{"random_state": 3, **kwargs}
    ),
    "sobol": lambda **kwargs: skhp.RandomizedSearchCV(
        Echo(), REALS, n_iter=10, cv=2, sampler="sobol", random_state=3, **kwargs
    ),
    "bayes": lambda **kwargs: skhp.BayesSearchCV(
        Echo(), SPACE, cv=2, **{"n_iter": 10, "random_state": 3, **kwargs}
    ),
    "batches": lambda **kwargs: skhp.BayesSearchCV(
        Echo(), SPACE, n_iter=10, cv=2, random_state=3, n_points=4, **kwargs
    ),
}
CAN_EXTEND = ["random", "sobol", "bayes", "batches"]


def assert_same(a, b):
    assert a.cv_results_["params"] == b.cv_results_["params"]
    for k in range(2):
        name = f"split{k}_test_score"
        np.testing.assert_array_equal(a.cv_results_[name], b.cv_results_[name])
    assert a.best_params_ == b.best_params_


def lines_of(path):
    return path.read_bytes().splitlines(keepends=True)


def sealed(entries):
    """Return the bytes of a journal with these lines, their checksums right."""
    checksum, out = 0, b""
    for entry in entries:
        body = entry if isinstance(entry, bytes) else json.dumps(entry)[:-1].encode()
        checksum = zlib.crc32(body, checksum)
        out += body + b', "#": "%08x"}\n' % checksum
    return out


def entries_of(path):
    entries = [json.loads(line) for line in lines_of(path)]
    for entry in entries:
        del entry["#"]
    return entries


@pytest.mark.parametrize("kind", MAKERS)
def test_journal_changes_nothing(kind, tmp_path):
    search = MAKERS[kind](journal=tmp_path / "journal").fit(X, y)
    assert_same(search, MAKERS[kind]().fit(X, y))


@pytest.mark.parametrize("kind", MAKERS)
def test_resumed_from_any_line_it_is_the_search_that_never_stopped(kind, tmp_path):
    whole = MAKERS[kind](journal=tmp_path / "whole").fit(X, y)
    lines = lines_of(tmp_path / "whole")
    for n in range(1, len(lines) + 1, 4 if kind == "grid" else 1):
        path = tmp_path / f"cut{n}"
        path.write_bytes(b"".join(lines[:n]))
        assert_same(MAKERS[kind](journal=path).fit(X, y), whole)
        resumed = entries_of(path)
        assert [e.get("fit") for e in resumed] == [
            e.get("fit") for e in entries_of(tmp_path / "whole")
        ]
        assert path.read_bytes().startswith(b"".join(lines[:n]))


def test_finished_search_is_read_and_nothing_is_fitted(tmp_path):
    whole = MAKERS["bayes"](journal=tmp_path / "journal").fit(X, y)
    before = (tmp_path / "journal").read_bytes()
    again = MAKERS["bayes"](journal=tmp_path / "journal", refit=False).fit(X, y)
    assert_same(again, whole)
    assert (tmp_path / "journal").read_bytes() == before
    for name in ("mean_fit_time", "mean_score_time"):
        np.testing.assert_array_equal(again.cv_results_[name], whole.cv_results_[name])


def test_unseeded_search_goes_on_with_the_same_draws_and_splits(tmp_path):
    def make(**kwargs):
        return skhp.BayesSearchCV(
            DecisionTreeClassifier(random_state=0),
            {"max_depth": (1, 9), "min_samples_leaf": (1, 30)},
            n_iter=8,
            cv=KFold(2, shuffle=True),
            **kwargs,
        )

    data = load_iris(return_X_y=True)
    whole = make(journal=tmp_path / "whole").fit(*data)
    lines = lines_of(tmp_path / "whole")
    (tmp_path / "cut").write_bytes(b"".join(lines[:12]))
    assert_same(make(journal=tmp_path / "cut").fit(*data), whole)


@pytest.mark.parametrize("cv", [ShuffleSplit(2), KFold(2, shuffle=True)])
def test_splits_that_cannot_be_made_again_are_kept_for_extending(cv):
    search = MAKERS["random"]().set_params(cv=cv).fit(X, y)
    assert len(search.extend(X, y, n_iter=2).cv_results_["params"]) == 12


def test_failed_fits_and_many_metrics_are_remembered(tmp_path):
    def make(path):
        return skhp.GridSearchCV(
            Echo(),
            {"fails": ["", "fit"], "value": [0.5, np.nan, np.inf, -np.inf]},
            scoring={"a": lambda e, X, y=None: e.value, "b": lambda e, X, y=None: 1},
            refit=False,
            cv=2,
            return_train_score=True,
            journal=path,
        )

    tables = []
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tables.append(make(tmp_path / "journal").fit(X, y).cv_results_)
    assert str(tables[0]) == str(tables[1])


# --- extending ------------------------------------------------------------------


@pytest.mark.parametrize("kind", CAN_EXTEND)
def test_extended_in_memory_from_a_pickle_and_from_a_journal_is_the_same(
    kind, tmp_path
):
    search = MAKERS[kind]().fit(X, y)
    joblib.dump(search, tmp_path / "pickle")
    search.extend(X, y, n_iter=4)
    assert len(search.cv_results_["params"]) == 14
    loaded = joblib.load(tmp_path / "pickle").extend(X, y, n_iter=4)
    assert_same(loaded, search)
    MAKERS[kind](journal=tmp_path / "journal").fit(X, y)
    extended = MAKERS[kind](journal=tmp_path / "journal").extend(X, y, n_iter=4)
    assert_same(extended, search)
    assert_same(MAKERS[kind](journal=tmp_path / "journal").fit(X, y), search)


@pytest.mark.parametrize("how", ["warm_start", "journal"])
@pytest.mark.parametrize("kind", ["random", "bayes"])
def test_raising_n_iter_goes_on(kind, how, tmp_path):
    value = True if how == "warm_start" else tmp_path / "journal"
    search = MAKERS[kind](**{how: value}).fit(X, y)
    first = search.cv_results_["params"]
    search.set_params(n_iter=13).fit(X, y)
    assert search.cv_results_["params"][:10] == first
    assert_same(search, MAKERS[kind]().fit(X, y).extend(X, y, n_iter=3))


def test_extending_does_not_repeat_a_choice_and_says_when_all_are_tried():
    search = skhp.RandomizedSearchCV(Echo(), GRID, n_iter=6, cv=2, random_state=0)
    search.fit(X, y).extend(X, y, n_iter=2)
    with pytest.warns(SpaceExhaustedWarning, match="10 points"):
        search.extend(X, y, n_iter=5)
    seen = {str(params) for params in search.cv_results_["params"]}
    assert len(seen) == len(search.cv_results_["params"]) == 10


def test_extending_other_data_is_refused():
    search = MAKERS["random"]().fit(X, y)
    with pytest.raises(InvalidParameterError, match=r"data\.X was"):
        search.extend(X + 1, y, n_iter=1)
    with pytest.raises(InvalidParameterError, match=r"estimator\.params\.value was"):
        search.set_params(estimator__value=4.0).extend(X, y, n_iter=1)


def test_extending_what_is_not_there_is_refused():
    with pytest.raises(NotFittedError, match="not fitted yet"):
        MAKERS["bayes"]().extend(X, y)
    with pytest.raises(InvalidParameterError, match="known beforehand"):
        MAKERS["grid"]().fit(X, y).extend(X, y, n_iter=1)
    with pytest.raises(InvalidParameterError, match="'n_iter' parameter"):
        MAKERS["bayes"]().fit(X, y).extend(X, y, n_iter=-1)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_search_that_a_callback_stopped_is_finished_by_extend(kind):
    stopped = MAKERS[kind](callbacks=lambda s: len(s.cv_results_["params"]) > 3)
    stopped.fit(X, y)
    assert len(stopped.cv_results_["params"]) < 10
    assert_same(
        stopped.set_params(callbacks=None).extend(X, y), MAKERS[kind]().fit(X, y)
    )


# --- other searches, and damage ---------------------------------------------------

CHANGES = {
    "data.rows": (lambda s: s, X[:-1], y[:-1]),
    "data.X": (lambda s: s, X + 1, y),
    "data.y": (lambda s: s, X, 1 - y),
    "splits.n_splits": (lambda s: s.set_params(cv=3), X, y),
    "splits.rows": (
        lambda s: s.set_params(cv=KFold(2, shuffle=True, random_state=0)),
        X,
        y,
    ),
    "estimator.params.fails": (lambda s: s.set_params(estimator__fails="fit"), X, y),
    "estimator.class": (lambda s: s.set_params(estimator=Another()), X, y),
    "search.search_spaces": (
        lambda s: s.set_params(search_spaces={**SPACE, "value": (0.0, 2.0)}),
        X,
        y,
    ),
    "search.scoring": (lambda s: s.set_params(scoring=lambda *a: 0.0), X, y),
    "random_state": (lambda s: s.set_params(random_state=4), X, y),
    "search.constraints": (lambda s: s.set_params(constraints=[bool]), X, y),
}


class Another(Echo):
    pass


@pytest.mark.parametrize("what", CHANGES)
def test_another_search_is_refused_and_nothing_overwritten(what, tmp_path):
    path = tmp_path / "journal"
    MAKERS["bayes"](journal=path).fit(X, y)
    before = path.read_bytes()
    change, X2, y2 = CHANGES[what]
    with pytest.raises(JournalError, match=rf"of another search: {what} was"):
        change(MAKERS["bayes"](journal=path)).fit(X2, y2)
    assert path.read_bytes() == before


def test_clones_of_nested_cross_validation_do_not_share_a_journal(tmp_path):
    search = MAKERS["grid"](journal=tmp_path / "journal")
    with pytest.raises(JournalError, match="nested cross-validation"):
        cross_val_score(search, X, y, cv=3, error_score="raise")


def test_other_versions_only_warn(tmp_path):
    path = tmp_path / "journal"
    whole = MAKERS["bayes"](journal=path).fit(X, y)
    entries = entries_of(path)
    entries[0]["versions"]["numpy"] = "1.0"
    path.write_bytes(sealed(entries[:8]))
    with pytest.warns(JournalWarning, match=r"written with numpy '1\.0'"):
        assert_same(MAKERS["bayes"](journal=path).fit(X, y), whole)


def test_two_searches_on_one_journal_are_refused(tmp_path):
    path = tmp_path / "journal"

    def second(search):
        with pytest.raises(JournalError, match="one search at a time"):
            MAKERS["grid"](journal=path).fit(X, y)

    MAKERS["grid"](journal=path, callbacks=second).fit(X, y)
    MAKERS["grid"](journal=path).fit(X, y)  # the lock is gone


@pytest.mark.parametrize(
    "content",
    [b"a,b\n1,2\n", b"\x00\xff" * 99, b"{}\n", b"x", sealed([{"hello": 1}])],
)
def test_file_that_is_no_journal_is_left_alone(content, tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="must be a journal of skhp"):
        MAKERS["grid"](journal=path).fit(X, y)
    assert path.read_bytes() == content


@pytest.mark.parametrize("path", ["missing/journal", ".", "nul\0l", "/dev/null"])
def test_path_that_cannot_be_written_is_refused_at_once(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(JournalError, match=r"^The journal .* must be a"):
        MAKERS["grid"](journal=path).fit(X, y)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a journal, and the search that wrote it."""
    path = tmp_path_factory.mktemp("whole") / "journal"
    search = MAKERS["random"](journal=path).fit(X, y)
    return path.read_bytes(), search


def assert_one_sentence(error):
    assert "\n" not in str(error)


def check_resume(content, whole, path):
    """A damaged journal is resumed from rightly, or refused in one sentence."""
    path.write_bytes(content)
    try:
        search = MAKERS["random"](journal=path).fit(X, y)
    except JournalError as error:
        assert_one_sentence(error)
        assert path.read_bytes() == content
        return "refused"
    finally:
        after = path.read_bytes()
        assert after.startswith(content)
    assert_same(search, whole[1])
    assert_same(MAKERS["random"](journal=path).fit(X, y), whole[1])
    return "resumed"


FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
pytestmark = pytest.mark.filterwarnings("ignore::skhp.exceptions.JournalWarning")


def is_read(path):
    """Whether the journal can be read to its end, or else is refused rightly."""
    try:
        journal = Journal(path)
    except JournalError as error:
        assert_one_sentence(error)
        return False
    try:
        return journal.is_new or list(journal.events()) is not None
    except JournalError as error:
        assert_one_sentence(error)
        return False
    finally:
        journal.close()


def test_journal_cut_at_every_byte_is_read_or_refused(whole, tmp_path):
    content, path = whole[0], tmp_path / "cut"
    header = content.index(b"\n") + 1
    for n in range(len(content)):
        path.write_bytes(content[:n])
        assert is_read(path) == (n == 0 or n >= header - 1), n
        assert path.read_bytes() == content[:n]


def test_journal_cut_anywhere_is_resumed_from(whole, tmp_path):
    content = whole[0]
    header = content.index(b"\n") + 1
    for n in [*range(0, header, 97), *range(header - 2, len(content), 7)]:
        expected = "refused" if 0 < n < header - 1 else "resumed"
        assert check_resume(content[:n], whole, tmp_path / "cut") == expected


@FUZZ
@given(st.data())
def test_journal_with_flipped_bytes(whole, tmp_path, data):
    content = bytearray(whole[0])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(
            st.integers(1, 255)
        )
    check_resume(bytes(content), whole, tmp_path / "flipped")


@FUZZ
@given(st.data())
def test_journal_with_lines_doubled_swapped_or_lost(whole, tmp_path, data):
    lines = whole[0].splitlines(keepends=True)
    i, j = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    change = data.draw(st.sampled_from(["double", "swap", "lose"]))
    if change == "double":
        lines.insert(j, lines[i])
    elif change == "swap":
        lines[i], lines[j] = lines[j], lines[i]
    else:
        del lines[i]
    check_resume(b"".join(lines), whole, tmp_path / "moved")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@FUZZ
@given(st.data())
def test_forged_lines_are_refused(whole, tmp_path, data):
    entries = [json.loads(line) for line in whole[0].splitlines()]
    for entry in entries:
        del entry["#"]
    victim = data.draw(st.sampled_from(entries))
    key = data.draw(st.sampled_from(sorted(victim)))
    victim[key] = data.draw(JSON)
    path = tmp_path / "forged"
    path.write_bytes(sealed(entries))
    try:
        MAKERS["random"](journal=path).fit(X, y)
    except (JournalError, InvalidParameterError) as error:
        assert_one_sentence(error)


@pytest.mark.parametrize(
    "line",
    [
        b'{"ask": ' + b"[" * 100_000,
        b'{"ask": 0, "params": ' + b'{"a":' * 100_000,
        b'{"ask": 1' + b"0" * 5000,
        b'{"fit": [0, 0], "test_scores": "__import__(\'os\').system(\'false\')"',
        b'{"extend": 99999999999',
        b'{"dropped": 1',
    ],
)
def test_crafted_line_is_refused(line, whole, tmp_path):
    first = json.loads(whole[0].splitlines()[0])
    del first["#"]
    path = tmp_path / "crafted"
    path.write_bytes(sealed([first, line]))
    with pytest.raises(JournalError, match="Line 2"):
        MAKERS["random"](journal=path).fit(X, y)


def test_line_without_end_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "long"
    with open(path, "wb") as file:
        file.truncate(2**30)  # a sparse file: one line of 1 GB
    before = peak_memory()
    with pytest.raises(JournalError, match="shorter than"):
        MAKERS["grid"](journal=path).fit(X, y)
    assert peak_memory() - before < 100_000  # kB


def peak_memory():
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


# --- killed -----------------------------------------------------------------------

KILLED = """
import os, random, signal, sys, time
import numpy as np
from sklearn.base import BaseEstimator
import skhp

class Works(BaseEstimator):
    def __init__(self, a=0.0, b="x"):
        self.a, self.b = a, b
    def fit(self, X, y=None):
        with open(sys.argv[2] + "/started", "a") as file:
            file.write("x")
        time.sleep(0.002)
        return self
    def score(self, X, y=None):
        return -(self.a - 0.3) ** 2 + 0.1 * (self.b == "x") + float(X.mean())

def make(**kwargs):
    from scipy.stats import uniform
    kwargs["cv"] = 3
    if sys.argv[1] == "grid":
        return skhp.GridSearchCV(
            Works(), {"a": list(np.linspace(0, 1, 20)), "b": ["x", "y"]}, **kwargs)
    kwargs.update(n_iter=40, random_state=0)
    if sys.argv[1] == "random":
        return skhp.RandomizedSearchCV(
            Works(), {"a": uniform(), "b": ["x", "y"]}, **kwargs)
    return skhp.BayesSearchCV(Works(), {"a": (0.0, 1.0), "b": ["x", "y"]}, **kwargs)

if __name__ == "__main__":
    X, path = np.arange(24.0).reshape(12, 2), sys.argv[2] + "/journal"
    rng, n_killed, n_lost = random.Random(0), 0, 0
    count = lambda: os.path.getsize(sys.argv[2] + "/started")
    open(sys.argv[2] + "/started", "w").close()
    fits = lambda: open(path).read().count('{"fit"') if os.path.exists(path) else 0
    while True:
        before, held = count(), fits()
        child = os.fork()
        if child == 0:
            make(journal=path, refit=False).fit(X)
            os._exit(0)
        if n_killed < int(sys.argv[3]):
            time.sleep(rng.uniform(0.0, 0.05))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        lost = (count() - before) - (fits() - held)
        assert 0 <= lost <= 1, lost
        n_lost += lost
        if status == 0:
            break
        n_killed += 1
    assert fits() == 120, fits()
    resumed, whole = make(journal=path, refit=False).fit(X), make(refit=False).fit(X)
    assert resumed.cv_results_["params"] == whole.cv_results_["params"]
    for k in range(3):
        name = f"split{k}_test_score"
        assert (resumed.cv_results_[name] == whole.cv_results_[name]).all()
    print(n_killed, n_lost)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("kind", ["bayes", "random", "grid"])
def test_killed_at_random_moments_it_ends_as_if_it_had_not_been(
    kind, tmp_path, request
):
    script = tmp_path / "script.py"
    script.write_text(KILLED)
    run = subprocess.run(
        [sys.executable, script, kind, tmp_path, "20"],
        env={**os.environ, "PYTHONPATH": str(request.config.rootpath)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    n_killed, _ = map(int, run.stdout.split())
    assert n_killed >= 10


TWO_JOBS = """
import sys, time
import numpy as np
from sklearn.base import BaseEstimator
import skhp

class Works(BaseEstimator):
    def __init__(self, a=0.0):
        self.a = a
    def fit(self, X, y=None):
        time.sleep(0.05)
        return self
    def score(self, X, y=None):
        return self.a

if __name__ == "__main__":
    search = skhp.BayesSearchCV(Works(), {"a": (0.0, 1.0)}, n_iter=30, cv=2, n_jobs=2,
        random_state=0, journal=sys.argv[1], refit=False)
    search.fit(np.arange(24.0).reshape(12, 2))
    print(len(search.cv_results_["params"]), np.isnan(
        search.cv_results_["mean_test_score"]).sum())
"""


def test_with_two_workers_nothing_finished_is_lost(tmp_path, request):
    script, path = tmp_path / "script.py", tmp_path / "journal"
    script.write_text(TWO_JOBS)
    env = {**os.environ, "PYTHONPATH": str(request.config.rootpath)}
    command = [sys.executable, script, path]
    held = b""
    for _ in range(2):
        run = subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, start_new_session=True
        )
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if path.exists() and path.stat().st_size > len(held) + 2000:
                break
            time.sleep(0.01)
        run.kill()
        run.wait()
        os.killpg(run.pid, signal.SIGKILL)  # loky's workers outlive their master
        now = path.read_bytes()
        assert now.startswith(held)
        held = now
    out = subprocess.run(command, env=env, capture_output=True, timeout=60, check=True)
    assert out.stdout.split() == [b"30", b"0"]
    fits = [tuple(e["fit"]) for e in entries_of(path) if "fit" in e]
    assert len(fits) == len(set(fits)) == 60
