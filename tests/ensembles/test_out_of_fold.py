import numpy as np
import pytest

from skhp.ensembles._out_of_fold import out_of_fold
from skhp.ensembles._predictions import Prediction, votes


def test_rows_that_are_never_held_out_are_nan():
    folds = [(np.array([1, 3]), Prediction("predict", np.array([5.0, 6.0])))]
    method, values = out_of_fold(4, folds)
    assert method == "predict"
    np.testing.assert_array_equal(values, [np.nan, 5, np.nan, 6])


def test_repeats_are_averaged():
    folds = [
        (np.array([0, 1]), Prediction("predict", np.array([1, 3]))),
        (np.array([1]), Prediction("predict", np.array([4]))),
    ]
    assert out_of_fold(2, folds)[1].tolist() == [1, 3.5]


def test_a_class_that_one_fold_lacks_has_no_probability_there():
    folds = [
        (
            np.array([0]),
            Prediction("predict_proba", np.eye(2)[:1], np.array(list("ac"))),
        ),
        (
            np.array([1]),
            Prediction("predict_proba", np.eye(3)[1:2], np.array(list("abc"))),
        ),
    ]
    assert out_of_fold(2, folds)[1].tolist() == [[1, 0, 0], [0, 1, 0]]


def test_a_class_that_one_fold_lacks_is_never_decided_for_there():
    rows, two = np.array([0, 1]), np.array([-2.0, 3.0])
    folds = [
        (rows, Prediction("decision_function", two, np.array([0, 1]))),
        (rows, Prediction("decision_function", two, np.array([0, 1]))),
        (np.array([2]), Prediction("decision_function", -np.eye(3)[:1], np.arange(3))),
    ]
    values = out_of_fold(3, folds)[1]
    assert values[:, :2].tolist() == [[2, -2], [-3, 3], [-1, 0]]
    assert np.isfinite(values).all()
    assert (values[:2, 2] == np.finfo(np.float64).min).all()


def test_a_class_that_no_fold_knows_has_a_column():
    given = Prediction("predict_proba", np.eye(2), np.array([0, 2]))
    values = out_of_fold(2, [(np.arange(2), given)], np.arange(3))[1]
    assert values.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_classes_are_the_most_frequent_ones():
    rows = np.array([0, 1])
    folds = [(rows, votes(np.array(list(given)))) for given in ("ab", "ba", "ba")]
    method, values = out_of_fold(3, folds)
    assert method == "predict"
    assert values[:2].tolist() == ["b", "a"]
    assert np.isnan(values[2])


def test_folds_that_predict_otherwise_than_others_are_classes():
    decisions = Prediction("decision_function", np.array([2.0]), np.array(["a", "b"]))
    folds = [(np.array([0]), decisions), (np.array([1]), votes(np.array(["a"])))]
    method, values = out_of_fold(2, folds)
    assert method == "predict"
    assert values.tolist() == ["b", "a"]


def test_numeric_classes_stay_numbers():
    values = out_of_fold(2, [(np.array([1]), votes(np.array([7])))])[1]
    assert np.isnan(values[0])
    assert values[1] == 7


@pytest.mark.parametrize("method", ["predict_proba", "votes"])
def test_several_outputs_are_put_together_one_by_one(method):
    value = [np.array([[0.2, 0.8]]), np.array([[1.0, 0.0]])]
    classes = [np.array([0, 1]), np.array([5, 6])]
    found = out_of_fold(1, [(np.array([0]), Prediction(method, value, classes))])
    if method == "votes":
        assert found[1].tolist() == [[1, 5]]
    else:
        assert [each.tolist() for each in found[1]] == [[[0.2, 0.8]], [[1.0, 0.0]]]
