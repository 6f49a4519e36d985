import html
import json
import pathlib
import re

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

import skhp
from skhp.exceptions import InvalidParameterError
from skhp.inspection import advice, report
from skhp.inspection.page import _report
from tests._toys import Echo, X, y
from tests.inspection._searches import KINDS, Noisy, fitted


def data_of(path):
    """Return the data of a page."""
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(found[1])


@pytest.mark.parametrize("kind", KINDS)
def test_every_search_has_a_page(kind, tmp_path):
    path = report(fitted(kind), tmp_path / "report.html")
    assert path == tmp_path / "report.html"
    assert path.stat().st_size < 3e6
    data = data_of(path)
    assert data["columns"][0]["label"] == "candidate"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_page_loads_nothing_from_anywhere(tmp_path):
    text = report(fitted("grid"), tmp_path / "a.html").read_text(encoding="utf-8")
    page = re.sub(r'<script type="text/plain" id="plotly">.*?</script>', "", text)
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page)
    assert "default-src 'none'" in page


def test_one_of_several_metrics_is_shown(tmp_path):
    report(fitted("metrics"), tmp_path / "a.html", metric="up")
    columns = {c["label"]: c["values"] for c in data_of(tmp_path / "a.html")["columns"]}
    expected = fitted("metrics").cv_results_["mean_test_up"]
    np.testing.assert_allclose(columns["score"], expected, rtol=1e-5)
    assert "down" in columns
    with pytest.raises(InvalidParameterError, match="'metric' parameter of report"):
        report(fitted("metrics"), tmp_path / "a.html", metric="sideways")


def test_advice_and_importances_are_on_the_page(tmp_path):
    text = report(fitted("hyperband"), tmp_path / "a.html").read_text(encoding="utf-8")
    assert "Which parameters matter" in text
    for each in advice(fitted("hyperband")):
        assert f"<li>{html.escape(each.text)}</li>" in text


EVIL = "</script><script>window.evil = 1</script><img src=x onerror='evil = 1'>"


class Evil(Echo):
    """An estimator whose parameter has markup in its name."""

    def __init__(self, value=0.0, **more):
        super().__init__(value, more.get(EVIL))

    def get_params(self, deep=True):
        return {"value": self.value, EVIL: self.other}

    def set_params(self, **params):
        self.__init__(**{**self.get_params(), **params})
        return self


def evil_search():
    grid = {"value": [1.0, 2.0], EVIL: [EVIL, "b", None]}
    return GridSearchCV(Evil(), grid, cv=2).fit(X, y)


def test_names_and_values_with_markup_are_only_text(tmp_path):
    text = report(evil_search(), tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<script>window.evil" not in text
    assert "<img" not in text
    assert text.count("<script") == 3


@pytest.fixture
def without_models(monkeypatch):
    """Leave out what takes long and has tests of its own."""
    monkeypatch.setattr(_report, "importances_of", lambda *_: "left out")
    monkeypatch.setattr(_report, "advice_with", lambda *_: [])


def many(n):
    """Return a fitted search of many candidates, made without fitting."""
    rng = np.random.default_rng(0)
    search = GridSearchCV(Noisy(), {"value": [1.0], "other": ["a"]}, cv=3).fit(X, y)
    params = [
        {"value": float(v), "other": f"a choice with a long name, number {k}"}
        for v, k in zip(rng.random(n), rng.integers(0, 12, n), strict=True)
    ]
    scores = rng.normal(size=(n, 3))
    table = {f"split{k}_test_score": scores[:, k] for k in range(3)}
    means = scores.mean(axis=1)
    table |= {"mean_test_score": means, "std_test_score": scores.std(axis=1)}
    order = np.argsort(np.argsort(-means)) + 1
    table |= {"rank_test_score": order, "params": params}
    table |= {"mean_fit_time": rng.random(n), "mean_score_time": rng.random(n) / 9}
    search.cv_results_ = table
    search.best_index_ = int(np.argmax(means))
    return search


@pytest.mark.usefixtures("without_models")
def test_page_of_20_000_candidates_is_small_and_says_what_it_leaves_out(tmp_path):
    path = report(many(20_000), tmp_path / "a.html")
    assert path.stat().st_size < 3e6
    assert len(data_of(path)["columns"][0]["values"]) == 1000
    assert "The page has 1,000 of 20,000 candidates" in path.read_text(encoding="utf-8")


@pytest.mark.usefixtures("without_models")
def test_long_texts_make_for_fewer_candidates(tmp_path, monkeypatch):
    monkeypatch.setattr(_report, "_MOST_BYTES", 20_000)
    for n, most in ((1000, 500), (20_000, 500), (110, 110), (70, 70)):
        path = report(many(n), tmp_path / "a.html")
        n_shown = len(data_of(path)["columns"][0]["values"])
        assert min(n, 100) <= n_shown <= most


def test_a_wholly_failed_search_has_a_page_without_code(tmp_path):
    text = report(fitted("nan"), tmp_path / "a.html").read_text(encoding="utf-8")
    assert "No candidate has a score." in text
    assert "The best candidate in code" not in text
    assert 'id="plot-parallel"' not in text


def test_what_is_not_a_fitted_search_is_refused(tmp_path):
    with pytest.raises(NotFittedError):
        report(skhp.GridSearchCV(Echo(), {"value": [1]}), tmp_path / "a.html")
    with pytest.raises(InvalidParameterError, match="'search' parameter of report"):
        report({}, tmp_path / "a.html")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [None, 3, b"a.html"])
def test_what_is_not_a_path_is_refused(path):
    with pytest.raises(InvalidParameterError, match="'path' parameter of report must"):
        report(fitted("grid"), path)


def test_a_path_that_cannot_be_written_is_refused_in_one_sentence(tmp_path):
    for path, why in [(tmp_path, "directory"), (tmp_path / "no" / "a.html", "No such")]:
        with pytest.raises(InvalidParameterError, match=f"can be written.*: .*{why}"):
            report(fitted("grid"), path)


def test_a_page_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "a.html"
    path.write_text("before")

    def full(self, *args, **kwargs):
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pathlib.Path, "write_text", full)
    with pytest.raises(InvalidParameterError, match="No space left on device"):
        report(fitted("grid"), path)
    assert path.read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_code_is_that_of_the_best_also_without_a_refit(tmp_path):
    for kind in ("theirs", "grid"):
        text = report(fitted(kind), tmp_path / "a.html").read_text(encoding="utf-8")
        best = fitted(kind).best_params_
        assert f"value={best['value']}" in re.search(r"<code.*?</code>", text, re.S)[0]
