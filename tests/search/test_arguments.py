import inspect

import pytest

import skhp
from skhp.search._arguments import explaining_unknown


class Made:
    @explaining_unknown
    def __init__(self, one, *, n_iter=3):
        """Make it."""
        self.given = (one, n_iter)


class MadeOfAnything:
    @explaining_unknown
    def __init__(self, **kwargs):
        self.given = kwargs


def test_what_is_known_is_passed_on():
    assert Made(1).given == (1, 3)
    assert Made(1, n_iter=2).given == (1, 2)
    assert MadeOfAnything(n_trials=2).given == {"n_trials": 2}


def test_missing_and_repeated_arguments_are_pythons_to_tell():
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        Made()
    with pytest.raises(TypeError, match="multiple values for argument 'one'"):
        Made(1, one=2)


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("n_trials", ": it is called 'n_iter' here."),
        ("timeout", "."),  # it has no such parameter under any name
        ("n_itre", ". Did you mean 'n_iter'?"),
        ("population_size", ": the number of candidates is n_iter."),
        # A loss that is passed as scoring would be maximised
        (
            "loss_fn",
            ": pass scoring=make_scorer(loss, greater_is_better=False).",
        ),
        ("zzz", "."),
    ],
)
def test_an_unknown_argument_is_named_with_ours(name, rest):
    with pytest.raises(TypeError) as caught:
        Made(1, **{name: 5})
    start = f"Made got an unexpected keyword argument {name!r}"
    assert str(caught.value) == start + rest


def test_the_signature_and_the_docstring_stay():
    assert list(inspect.signature(Made).parameters) == ["one", "n_iter"]
    assert Made.__init__.__doc__ == "Make it."
    names = list(inspect.signature(skhp.GridSearchCV).parameters)
    assert names[:2] == ["estimator", "param_grid"]
