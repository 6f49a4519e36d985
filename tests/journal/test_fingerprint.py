import threading

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skhp.exceptions import JournalWarning
from skhp.journal._description import text_of
from skhp.journal._fingerprint import Fingerprint, difference

X = np.arange(24.0).reshape(12, 2)
Y = np.arange(12) % 2


def of_estimator(estimator):
    found = Fingerprint()
    found.add_estimator(estimator)
    return found


def of_data(*data, **kwargs):
    found = Fingerprint(**kwargs)
    found.add_data(*data)
    return found.tree["data"]


def test_estimator_is_told_by_its_class_and_each_parameter():
    tree = of_estimator(LogisticRegression(C=0.5)).tree["estimator"]
    assert tree["class"].endswith("LogisticRegression")
    assert tree["params"]["C"] == "0.5"
    assert set(tree["params"]) == set(LogisticRegression().get_params())


@pytest.mark.parametrize(
    "what", [3, LogisticRegression, FrozenEstimator(StandardScaler().fit(X))]
)
def test_estimator_without_parameters_of_its_own_is_told_as_any_value(what):
    assert of_estimator(what).tree["estimator"]["text"] == text_of(what)


def test_data_are_told_by_how_much_there_is_and_by_their_content():
    tree = of_data(X, None, {"sample_weight": Y})
    assert (tree["rows"], tree["columns"], tree["y"]) == ("12", "2", "None")
    assert tree["fit_params"] == {"sample_weight": text_of(Y)}
    assert of_data(["a", "b"], Y, {})["rows"] == "2"
    assert "columns" not in of_data(Y, Y, {})


@pytest.mark.parametrize("is_sampled", [False, True])
def test_a_sample_is_taken_only_of_large_data(is_sampled):
    small, large = np.zeros((100, 2)), np.zeros((50_000, 2))
    for data, differs in ((small, True), (large, not is_sampled)):
        before = of_data(data, None, {}, is_sampled=is_sampled)
        data[51] = 1
        found = of_data(data, None, {}, is_sampled=is_sampled)
        assert (found != before) == differs


def test_code_stands_apart_and_last():
    found = of_estimator(FunctionTransformer(lambda X: X + 1))
    found.put("1", "more")
    assert list(found.tree) == ["estimator", "more", "code", "changing"]
    assert list(found.tree["code"]) == ["estimator.params.func"]
    other = of_estimator(FunctionTransformer(lambda X: X - 1))
    assert found.tree["estimator"] == other.tree["estimator"]
    assert found.tree["code"] != other.tree["code"]


def test_what_cannot_be_told_is_said_by_name_in_one_warning():
    found = of_estimator(FunctionTransformer(kw_args={"lock": threading.Lock()}))
    found.add(3, "three")
    found.add(iter("ab").__next__, "ab")
    found.add(threading.Lock(), "search", "scoring")
    with pytest.warns(JournalWarning) as caught:
        found.warn_of_unknown()
    assert len(caught) == 1
    said = str(caught[0].message)
    assert "of estimator.params.kw_args, search.scoring cannot be told" in said


def test_nothing_is_said_where_all_is_known():
    of_estimator(StandardScaler()).warn_of_unknown()


def test_packages_are_those_of_the_whole_search():
    found = of_estimator(StandardScaler())
    found.add_data(X, Y, {})
    assert found.packages == {"sklearn", "numpy"}


# --- what differs -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {}, None),
        ({"a": {"b": "1"}}, {"a": {"b": "1"}}, None),
        ({"a": {"b": "1"}}, {"a": {"b": "2"}}, "a.b was '1' and is now '2'"),
        ({"a": "1", "b": "1"}, {"b": "2", "a": "2"}, "a was '1' and is now '2'"),
        ({"a": "1"}, {}, "a was '1' and is now 'nothing'"),
        ({}, {"a": {"b": "1"}}, "a.b was 'nothing' and is now '1'"),
        ({"a": {"b": "1"}}, {"a": "1"}, "a.b was '1' and is now 'nothing'"),
        ({"a": 1}, {"a": "1"}, None),  # JSON may have made a number of it
        ({"a\n": "1\n"}, {}, r"a\n was '1\n' and is now 'nothing'"),
        (
            {"code": {"search.scoring": "ab"}},
            {"code": {"search.scoring": "cd"}},
            "the code of search.scoring, or a value that it reads, was another",
        ),
    ],
)
def test_the_first_difference_is_named(old, new, expected):
    assert difference(old, new) == expected
