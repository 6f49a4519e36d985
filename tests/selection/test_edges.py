import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import ElasticNet, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhp.selection import edge_line, edges_of_best
from skhp.space import Integer, Real
from tests._toys import Echo


def ends(estimator, dimension, **params):
    """Return the ends of what the estimator is left with, in either direction."""
    return [
        edge.end
        for name, value in params.items()
        for edge in edges_of_best({name: dimension}, {name: value}, estimator)
    ]


@pytest.mark.parametrize(
    ("estimator", "name", "dimension", "expected"),
    [
        (ElasticNet(), "l1_ratio", Real(0.1, 1), ["low"]),
        (
            ElasticNet(),
            "alpha",
            Real(0, 1),
            ["high"],
        ),  # no fraction, though it ends at 1
        (RandomForestClassifier(), "min_samples_split", Integer(2, 20), ["high"]),
        (RandomForestClassifier(), "max_features", Real(0.1, 1), ["low"]),
        (RandomForestClassifier(), "max_depth", [2, 4, 8], ["low", "high"]),
        (Echo(), "value", Real(0, 1), []),  # nothing is known of it
        (Echo(), "value", Integer(1, 9), ["high"]),
        (Echo(), "value", Real(2, 9), ["low", "high"]),
    ],
)
def test_ends_that_an_estimator_does_not_go_beyond_are_left_out(
    estimator, name, dimension, expected
):
    values = sorted(dimension) if isinstance(dimension, list) else None
    low, high = (values[0], values[-1]) if values else (dimension.low, dimension.high)
    found = ends(estimator, dimension, **{name: low})
    found += ends(estimator, dimension, **{name: high})
    assert found == expected


def test_parameters_of_steps_are_known_too():
    steps = make_pipeline(StandardScaler(), ElasticNet())
    assert ends(steps, Real(0.1, 1), elasticnet__l1_ratio=1.0) == []
    assert ends(steps, Real(0.1, 1), elasticnet__alpha=1.0) == ["high"]


def test_a_step_may_be_searched_itself():
    steps = Pipeline([("model", SVC())])
    params = {"model": LogisticRegression(), "model__C": 1.0}
    grid = {"model": [params["model"]], "model__C": [0.25, 0.5, 1.0]}
    (edge,) = edges_of_best(grid, params, steps)
    assert edge.name == "model__C"


def test_no_end_is_told_where_another_candidate_is_as_good():
    space = {"max_depth": [2, 4, 8], "min_samples_split": [2, 4, 8]}
    best, forest = {"max_depth": 8, "min_samples_split": 8}, RandomForestClassifier()
    ties = [best, {"max_depth": 4, "min_samples_split": 8}]
    (edge,) = edges_of_best(space, best, forest, ties)
    assert edge.name == "min_samples_split"
    ties.append({"max_depth": 8, "min_samples_split": 2})  # the other end
    assert edges_of_best(space, best, forest, ties) == []


def test_line_names_all_of_them():
    space = {"C": Real(0.01, 100, "log-uniform"), "gamma": [0.1, 1, 10]}
    edges = edges_of_best(space, {"C": 100.0, "gamma": 0.1}, SVC())
    assert edge_line(edges) == (
        "The best candidate is at the edge of the search space: C=100 of [0.01, 100], "
        "gamma=0.1 of [0.1, 10]. Wider ranges may hold a better one."
    )
    assert edge_line(edges[:1]).endswith(" A wider range may hold a better one.")
