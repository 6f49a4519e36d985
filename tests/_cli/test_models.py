import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from skhp._cli import ESTIMATORS, _models, build_model, read_table
from skhp._cli._models import MOST_CATEGORIES_ONE_HOT
from skhp.exceptions import InvalidParameterError
from tests._cli._tables import small_frame, table_of

TARGETS = {"regression": "size", "multiclass": "grade"}
CLASSIFIES_ONLY, REGRESSES_ONLY = "logistic", "ridge"
ABLE = [
    (name, task)
    for name in ESTIMATORS
    for task in TARGETS
    if (name, task)
    not in [(CLASSIFIES_ONLY, "regression"), (REGRESSES_ONLY, "multiclass")]
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    small_frame().to_csv(path, index=False)
    return {task: read_table(str(path), name, "auto") for task, name in TARGETS.items()}


@pytest.mark.parametrize(("name", "task"), ABLE)
def test_every_parameter_of_the_space_can_be_set(tables, name, task):
    model = build_model(name, tables[task], 0)
    assert set(model.space) <= set(model.pipeline.get_params())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("name", "task"), ABLE)
def test_holes_and_new_categories_are_predicted_from(tables, name, task):
    table = tables[task]
    pipeline = build_model(name, table, 0).pipeline
    quick = {"model__n_estimators": 2, "model__max_iter": 2}
    known = pipeline.get_params()
    pipeline.set_params(**{name: quick[name] for name in quick if name in known})
    with threadpool_limits(1):
        pipeline.fit(table.X, table.y)
    strange = table.X.head(3).assign(color="unheard of", number=np.nan)
    assert pipeline.predict(strange).shape == (3,)
    assert set(pipeline.predict(table.X)) <= set(table.y) or task == "regression"


@pytest.mark.parametrize(("name", "task"), ABLE)
def test_fits_have_one_core_and_the_seed(tables, name, task):
    known = build_model(name, tables[task], 7).pipeline.get_params()
    assert known.get("model__n_jobs") in (1, None)
    assert known.get("model__random_state", 7) == 7


@pytest.mark.parametrize(
    ("name", "n_columns"), [("ridge", MOST_CATEGORIES_ONE_HOT), ("lightgbm", 1)]
)
def test_rare_categories_share_a_column(name, n_columns):
    many = pd.DataFrame({"x": [f"v{i}" for i in range(99)]})
    table = table_of(np.arange(99.0), X=many, numeric=[], categorical=["x"])
    prepare = build_model(name, table, 0).pipeline["prepare"]
    assert prepare.fit_transform(many).shape == (99, n_columns)


@pytest.mark.parametrize("name", [CLASSIFIES_ONLY, REGRESSES_ONLY])
def test_what_an_estimator_cannot_do_is_refused(tables, name):
    task = "regression" if name == CLASSIFIES_ONLY else "multiclass"
    wanted = "regression" if task == "regression" else "classification"
    with pytest.raises(InvalidParameterError, match=f"able to do {wanted}.*svm, mlp"):
        build_model(name, tables[task], 0)


@pytest.mark.parametrize(
    ("name", "rounds"),
    [
        ("lightgbm", "model__n_estimators"),
        ("hist_gradient_boosting", "model__max_iter"),
        ("random_forest", None),
    ],
)
def test_boosting_rounds_are_chosen_by_the_folds_if_a_round_is_quick(
    tables, monkeypatch, name, rounds
):
    model = build_model(name, tables["multiclass"], 0)
    assert model.rounds == rounds
    assert rounds not in model.space
    monkeypatch.setattr(_models, "MOST_WORK_OF_A_ROUND", 1)
    model = build_model(name, tables["multiclass"], 0)
    assert model.rounds is None
    assert rounds is None or rounds in model.space
