import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skhp.space import Conditional, Integer, Layers, OneOf, Real, Space

from ._written import CHOICES, conditional_dicts, is_active


@settings(max_examples=40, deadline=None)
@given(conditional_dicts(), st.integers(0, 2**32 - 1))
def test_what_is_active_follows_from_the_conditions(written, seed):
    space = Space(written)
    rows = space.sample(8, np.random.default_rng(seed))
    for params in space.to_params(rows):
        assert list(params) == [n for n in written if is_active(written, n, params)]


@settings(max_examples=20, deadline=None)
@given(conditional_dicts(), st.integers(0, 2**32 - 1))
def test_rows_with_inactive_columns_go_there_and_back(written, seed):
    space = Space(written)
    u = np.random.default_rng(seed).random((8, space.n_columns))
    rows = space.snap(u)
    params = space.to_params(rows)
    assert space.to_params(u) == params == space.to_params(space.from_uniform(u))
    assert space.to_params(space.to_rows(params)) == params
    np.testing.assert_array_equal(space.snap(rows), rows)
    assert np.all(rows[~space.active(rows)] == 0.5)
    assert [space.to_params(row[None])[0] for row in rows] == params
    assert [space.key(row) for row in u] == [space.key(row) for row in rows]
    assert all(map(space.contains, params))


@settings(max_examples=15, deadline=None)
@given(conditional_dicts(finite=True))
def test_all_points_are_counted_and_enumerated_once(written):
    space = Space(written)
    rows = list(space.enumerate())
    assert len(rows) == space.size == len({space.key(row) for row in rows})
    np.testing.assert_array_equal(space.snap(np.array(rows)), rows)


@settings(max_examples=10, deadline=None)
@given(conditional_dicts(finite=True))
def test_points_are_those_of_the_flat_space_without_what_is_inactive(written):
    space = Space(written)
    found = space.to_params(np.array(list(space.enumerate())))
    if any(isinstance(_bare(value), Layers) for value in written.values()):
        return
    flat = {name: _values(_bare(value)) for name, value in written.items()}
    expected = set()
    for combination in itertools.product(*flat.values()):
        params = dict(zip(flat, combination, strict=True))
        kept = {n: v for n, v in params.items() if is_active(written, n, params)}
        expected.add(frozenset(kept.items()))
    assert {frozenset(params.items()) for params in found} == expected


def _bare(written):
    return written.values if isinstance(written, Conditional) else written


def _values(written):
    if isinstance(written, str):
        return [written]
    return (
        list(range(1, 4))
        if isinstance(written, Integer)
        else list(getattr(written, "choices", written))
    )


@settings(max_examples=20, deadline=None)
@given(conditional_dicts(), st.integers(0, 99))
def test_two_rows_share_a_branch_if_all_that_decides_agrees(written, seed):
    space = Space(written)
    rows = space.sample(12, np.random.default_rng(seed))
    branch, active = space.branch_of(rows), space.active(rows)
    for i, j in itertools.combinations(range(12), 2):
        deciding = space.is_deciding
        agrees = np.array_equal(rows[i][deciding], rows[j][deciding])
        assert (branch[i] == branch[j]) == agrees
        if agrees:
            assert np.array_equal(active[i], active[j])


def test_sizes_multiply_where_parameters_do_not_depend_on_each_other():
    independent = {f"x{i}": [0, 1] for i in range(40)}
    dependent = {f"y{i}": Conditional([0, 1], when={f"x{i}": 1}) for i in range(40)}
    assert Space({**independent, **dependent}).size == 3**40


def test_a_space_too_large_to_count_has_at_most_its_size():
    parents = {f"x{i}": [0, 1] for i in range(17)}
    everything = {name: 1 for name in parents}
    space = Space({**parents, "y": Conditional([0, 1], when=everything)})
    assert 2**17 + 1 <= space.size <= 2**18


def test_branches_are_sets_of_parameters_that_are_active_together():
    kernel = {
        "kernel": ["rbf", "sigmoid", "linear"],
        "gamma": Real(0.1, 1.0, when={"kernel": ["rbf", "sigmoid"]}),
    }
    assert Space(kernel).n_branches == 2
    assert Space([kernel, {"C": [1, 2]}]).n_branches == 3
    assert Space({"layers": Layers(1, 4, units=[8, 16])}).n_branches == 1
    assert Space({"C": [1, 2], "kernel": ["a", "b"]}).n_branches == 1


def of_pipeline():
    """Three scalers, two reducers and four models, each written once."""
    models = {name: (_Model(name), {"C": Real(0.1, 1.0)}) for name in "pqrs"}
    return {
        "scale": OneOf({name: name for name in ("none", "standard", "minmax")}),
        "reduce": OneOf({"none": "none", "pca": (_Model("pca"), {"n": Integer(1, 9)})}),
        "model": OneOf(models),
    }


class _Model:
    def __init__(self, name):
        self.name = name

    def get_params(self, deep=True):
        return {"C": 1.0, "n": 1}


def test_three_scalers_two_reducers_and_four_models_are_one_space():
    space = Space(of_pipeline())
    assert space.n_subspaces == 1
    assert set(space.column_names) == {
        *("scale", "reduce", "model", "reduce__n", "model__C"),
    }
    assert space.n_branches == 2


def test_three_ways_to_write_a_space_have_the_same_distribution():
    by_name = {"gamma": Real(0.0, 1.0), "degree": Integer(2, 4)}
    needed = {"rbf": ["gamma"], "poly": ["gamma", "degree"], "linear": []}
    dicts = [
        {"kernel": [k], "C": (0.0, 1.0), **{n: by_name[n] for n in names}}
        for k, names in needed.items()
    ]
    conditions = {
        "kernel": list(needed),
        "C": (0.0, 1.0),
        "gamma": Conditional((0.0, 1.0), when={"kernel": ["rbf", "poly"]}),
        "degree": Integer(2, 4, when={"kernel": "poly"}),
    }
    models = {k: _Model(k) for k in needed}
    chosen = OneOf({k: (models[k], {n: by_name[n] for n in needed[k]}) for k in needed})
    # Twelve numbers of 4000 draws each: 4 standard errors of a share are 0.032
    shares = []
    for written in (dicts, conditions, {"m": chosen, "C": (0.0, 1.0)}):
        space = Space(written)
        found = space.to_params(space.sample(4000, np.random.default_rng(0)))
        plain = [
            {n.removeprefix("m__"): v for n, v in params.items()} for params in found
        ]
        shares.append(
            [
                *(np.mean([n in p for p in plain]) for n in ("gamma", "degree")),
                np.mean([p.get("gamma", 1.0) < 0.5 for p in plain]),
                np.mean([p.get("degree") == 2 for p in plain]),
            ]
        )
    np.testing.assert_allclose(shares, [[2 / 3, 1 / 3, 1 / 3, 1 / 9]] * 3, atol=0.032)


@pytest.mark.parametrize("name", CHOICES)
def test_an_inactive_value_changes_neither_the_key_nor_the_parameters(name):
    space = Space(
        {
            name: CHOICES[name],
            "x": Real(0.0, 1.0, when={name: CHOICES[name][0]}),
        }
    )
    u = np.array([[0.99, 0.2], [0.99, 0.7]])
    assert space.key(u[0]) == space.key(u[1])
    assert space.to_params(u)[0] == space.to_params(u)[1] == {name: CHOICES[name][-1]}
