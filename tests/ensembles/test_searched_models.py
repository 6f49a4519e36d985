import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from skhp import BayesSearchCV
from skhp.ensembles._searched_models import searched_models
from skhp.space import Categorical, Conditional, OneOf, Real

MODELS = [SVC(), LogisticRegression(), Ridge()]
PIPELINE = Pipeline([("scale", "passthrough"), ("m", "passthrough")])


@pytest.mark.parametrize(
    "written",
    [MODELS, Categorical(MODELS), OneOf({str(i): m for i, m in enumerate(MODELS)})],
    ids=lambda written: type(written).__name__,
)
@pytest.mark.parametrize("is_conditional", [False, True])
def test_each_model_that_may_be_chosen_is_there(written, is_conditional):
    if is_conditional:
        written = Conditional(written, {"scale": "passthrough"})
    space = {"m": written, "scale": [StandardScaler(), MinMaxScaler()]}
    models = searched_models(BayesSearchCV(PIPELINE, space))
    assert [type(m[-1]) for m in models] == [SVC, LogisticRegression, Ridge]
    assert {type(m[0]) for m in models} == {StandardScaler, MinMaxScaler}


@pytest.mark.parametrize(
    "space",
    [
        {"C": [1, 2]},
        {"C": Real(1, 2)},
        {"typo": ["a", "b"]},
        "auto",
        [],
        [({"C": [1]}, 3)],
    ],
    ids=str,
)
def test_without_such_choices_it_is_the_estimator_that_was_given(space):
    search = BayesSearchCV(SVC(), space)
    assert set(map(id, searched_models(search))) == {id(search.estimator)}


def test_each_part_of_the_space_has_its_own():
    parts = [{"kernel": ["precomputed"]}, {"C": [1]}]
    models = searched_models(GridSearchCV(SVC(), parts))
    assert [model.kernel for model in models] == ["precomputed", "rbf"]
