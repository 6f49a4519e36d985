import pytest
from sklearn.svm import SVC

from skhp.exceptions import InvalidSpaceError
from skhp.space import OneOf, Real, Space

BAD = {
    "alternatives must not be empty": {},
    "alternatives must be a dict": [SVC()],
    "each label must be a string. Got 1": {1: SVC()},
    "must be an object or a tuple of an estimator and a dict": {"svm": ()},
    "alternative 'x' must be an estimator to have": {"x": ("x", {"C": [1]})},
    "alternative 'svm' must be an estimator to have": {"svm": (SVC, {"C": [1]})},
}


@pytest.mark.parametrize(("message", "written"), BAD.items(), ids=range(len(BAD)))
def test_what_is_no_choice_is_refused(message, written):
    with pytest.raises(InvalidSpaceError, match=f"^OneOf: .*{message}"):
        OneOf(written)


def test_the_same_object_under_two_labels_is_refused():
    with pytest.raises(InvalidSpaceError, match="'step': the alternatives of OneOf"):
        Space({"step": OneOf({"none": "passthrough", "off": "passthrough"})})


def test_it_is_written_as_it_was_made():
    choice = OneOf({"no": None, "svm": (SVC(), {"C": [1, 2]})}, when={"a": 1})
    assert repr(choice) == (
        "OneOf({'no': None, 'svm': (SVC(), {'C': [1, 2]})}, when={'a': 1})"
    )


def test_a_choice_of_one_is_fixed_and_its_parameters_are_searched():
    space = Space({"m": OneOf({"svm": (SVC(), {"C": Real(0.0, 1.0)})})})
    assert space.column_names == ("m__C",)
    assert list(space.to_params([[0.5]])[0]) == ["m", "m__C"]
