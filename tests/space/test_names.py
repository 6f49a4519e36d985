import pytest

from skhp.exceptions import InvalidSpaceError
from skhp.space import Space, check_names

VALID = ["clf", "clf__C", "clf__gamma", "clf__kernel", "scale", "scale__with_mean"]


@pytest.mark.parametrize(
    "names",
    [["clf__C"], ["clf", "clf__anything", "clf__inner__deep"], ["scale__with_mean"]],
)
def test_parameters_of_the_estimator_pass(names):
    check_names(Space({name: [1, 2] for name in names}).names, VALID, "Pipeline")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("clf__gama", "Did you mean 'clf__gamma'"),
        ("clf__c", "Did you mean 'clf__C'"),
        ("C", "Did you mean 'clf__C'"),
        ("zzz", "It has clf, clf__C"),
    ],
)
def test_an_unknown_name_lists_the_close_ones(name, hint):
    with pytest.raises(InvalidSpaceError, match=f"{name}' is not .* Pipeline. {hint}"):
        check_names(Space({name: [1, 2]}).names, VALID, "Pipeline")


def test_a_searched_step_excuses_only_its_own_subspace():
    space = Space([{"clf": [1, 2]}, {"clf__nu": [1, 2]}])
    with pytest.raises(InvalidSpaceError, match="clf__nu"):
        check_names(space.names, VALID, "Pipeline")
