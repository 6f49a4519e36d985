import math

import pytest

from skhp.exceptions import InvalidParameterError
from skhp.optimizers._brackets import Bracket, halving, hyperband, whole_log


@pytest.mark.parametrize("factor", [2, 3, 4, 10, 1.5])
def test_whole_log_is_exact_at_powers(factor):
    for k in range(8):
        power = factor**k
        assert whole_log(power, factor) == k
        assert whole_log(power * 1.01, factor) == k


@pytest.mark.parametrize(
    ("aggressive", "most", "n_candidates", "n_resources"),
    [
        (True, 180, (60, 20, 7, 3), (20, 20, 60, 180)),
        (False, 180, (60, 20, 7), (20, 60, 180)),
        (True, 1000, (60, 20, 7, 3), (37, 111, 333, 999)),
        (False, 1000, (60, 20, 7, 3), (37, 111, 333, 999)),
    ],
)
def test_halving_has_scikit_learns_rungs(aggressive, most, n_candidates, n_resources):
    plan = halving(
        60,
        factor=3,
        min_resources=20,
        max_resources=most,
        aggressive_elimination=aggressive,
        exhaust=True,
    )
    assert plan.n_candidates == n_candidates
    assert plan.n_resources == n_resources


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("most", [1, 7, 81, 100, 1000])
def test_hyperband_is_algorithm_1_of_li_et_al(most, factor):
    s_max = whole_log(most, factor)
    brackets = hyperband(most, factor=factor)
    assert [bracket.number for bracket in brackets] == list(range(s_max, -1, -1))
    for bracket in brackets:
        s = bracket.number
        n = math.ceil((s_max + 1) * factor**s / (s + 1))
        assert bracket.n_candidates == tuple(n // factor**i for i in range(s + 1))
        expected = tuple(int(most / factor ** (s - i)) for i in range(s + 1))
        assert bracket.n_resources == expected


def test_hyperband_of_81_costs_each_bracket_about_the_same():
    brackets = hyperband(81)
    starts = [b.n_candidates[0] for b in brackets]
    assert starts == [81, 34, 15, 8, 5]
    costs = [bracket.cost() for bracket in brackets]
    assert max(costs) < 1.25 * min(costs)
    assert brackets[0].cost() == 5 * 81
    assert brackets[0].cost(continued=True) == 81 + 27 * 2 + 9 * 6 + 3 * 18 + 54


def test_brackets_repeat_and_are_cut_to_the_candidates():
    assert [b.number for b in hyperband(9, n_brackets=5)] == [2, 1, 0, 2, 1]
    cut = hyperband(9, n_candidates=12)
    assert sum(b.n_candidates[0] for b in cut) == 12
    assert cut[-1] == Bracket(1, (3, 1), (3, 9))
    assert hyperband(9, n_candidates=10)[-1] == Bracket(0, (1,), (9,))
    assert hyperband(9, n_brackets=1, n_candidates=100)[0].n_candidates == (9, 3, 1)


@pytest.mark.parametrize("factor", [1.5, 2, 2.5, 3, 4])
@pytest.mark.parametrize("max_resources", [1, 2, 9, 81, 100])
def test_every_bracket_ends_at_the_top(factor, max_resources):
    whole = hyperband(max_resources, factor=factor)
    assert [b.number for b in whole] == list(reversed(range(len(whole))))
    for n in range(1, 100):
        cut = hyperband(max_resources, factor=factor, n_candidates=n)
        assert sum(b.n_candidates[0] for b in cut) == n
        assert {b.n_resources[-1] for b in (*whole, *cut)} == {max_resources}
        assert all(b.n_candidates[-1] >= 1 for b in cut)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 9, 26, 27, 80])
def test_few_candidates_start_with_more_of_the_resource(n):
    (bracket,) = hyperband(81, n_candidates=n)
    assert bracket.n_candidates[-1] < 3
    assert bracket.n_resources == (1, 3, 9, 27, 81)[-len(bracket) :]


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"factor": 1}, "'factor' parameter .* must be a number > 1"),
        ({"min_resources": 0}, "'min_resources' parameter must lie between"),
        ({"min_resources": 10}, "'min_resources' parameter must lie between"),
    ],
)
def test_impossible_tables_are_refused(kwargs, message):
    with pytest.raises(InvalidParameterError, match=message):
        hyperband(9, **kwargs)
