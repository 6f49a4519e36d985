import numpy as np
import pytest

from skhp.exceptions import OptimizerError
from skhp.optimizers import SurrogateModel, _bayes_model
from skhp.optimizers._bayes_model import chosen
from skhp.space import Integer, Real, Space
from skhp.surrogate import fit_gaussian_process

SPACE = Space({"x": (0.0, 1.0), "y": (0.0, 1.0), "c": ["a", "b", "c"]})
NOBODY = np.zeros((0, 3))


def history(n, seed=0):
    """Return rows and scores of which some failed."""
    rows = SPACE.sample(n, np.random.default_rng(seed))
    scores = np.sin(6 * rows[:, 0]) - rows[:, 1] ** 2 + 0.2 * (rows[:, 2] > 0.5)
    scores[5::17] = np.nan
    return rows, scores


def grown(n, model=None, start=4):
    """Return a model that was asked after each result, and where it learnt anew."""
    model = model or SurrogateModel(SPACE)
    rows, scores = history(n)
    fitted_at = []
    for k in range(start, n + 1):
        before = model.state
        posterior = model.posterior(rows[:k], scores[:k])
        if model.state != before:
            fitted_at.append(k)
    return model, posterior, fitted_at


def test_hyperparameters_are_learnt_from_every_result_then_as_the_history_grows():
    _, _, fitted_at = grown(130)
    expected, last = list(range(4, 65)), 64
    for n in range(65, 131):
        if n >= 1.05 * last:
            expected, last = [*expected, n], n
    assert fitted_at == expected
    assert len(fitted_at) > 61 + 5  # so it does go on learning past 64


def test_of_a_long_history_a_part_is_modelled_and_learnt_from_in_rounds(monkeypatch):
    monkeypatch.setattr(_bayes_model, "MAX_ROWS", 80)
    monkeypatch.setattr(_bayes_model, "ROUND", 10)
    _, posterior, fitted_at = grown(125, start=79)
    assert [n for n in fitted_at if n > 80] == [89, 99, 109, 119]
    _, scores = history(125)
    assert len(posterior.z) == 80 + np.count_nonzero(~np.isnan(scores[119:]))


def test_between_fits_every_new_result_counts():
    model, posterior, fitted_at = grown(83)
    assert 83 not in fitted_at
    rows, scores = history(83)
    assert len(posterior.z) == np.count_nonzero(~np.isnan(scores))
    whole = SurrogateModel(SPACE)
    whole.restore(model.state, 83)
    whole._n_fitted = 83
    expected = whole.posterior(rows, scores).predict(rows[:5])
    np.testing.assert_allclose(posterior.predict(rows[:5]), expected, rtol=1e-6)


def test_every_fifth_fit_climbs_from_the_mode_of_the_prior_too(monkeypatch):
    n_starts = []

    def fit(*args, starts, **kwargs):
        n_starts.append(len(starts))
        return fit_gaussian_process(*args, starts=starts, **kwargs)

    monkeypatch.setattr(_bayes_model, "fit_gaussian_process", fit)
    grown(18)
    assert n_starts == [1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2]


def test_a_restart_gets_out_of_a_mode_that_is_worse():
    rows, scores = history(40)
    stuck = SurrogateModel(SPACE)
    far = np.full(2 * 3 + 2, 5.0)
    far[-2:] = 0.0, -1.0
    for n_fits in (1, 4):  # the next one is the second, or the fifth
        stuck.restore((39.0, float(n_fits), *far), 40)
        posterior = stuck.posterior(rows, scores)
    best = SurrogateModel(SPACE).posterior(rows, scores)
    np.testing.assert_allclose(posterior.theta, best.theta, atol=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_doubt_shortens_the_length_scale_of_one_column(seed):
    rows, scores = history(30)
    model, rng = SurrogateModel(SPACE), np.random.default_rng(seed)
    sure, _ = model.surface(rows, scores, NOBODY, rng, doubt=False)
    doubting, _ = model.surface(rows, scores, NOBODY, rng, doubt=True)
    change = doubting.posterior.theta - sure.posterior.theta
    assert np.count_nonzero(change) == 1
    assert np.isclose(change[:3].min(), -2.0)
    again, _ = model.surface(rows, scores, NOBODY, rng, doubt=False)
    assert np.array_equal(again.posterior.theta, sure.posterior.theta)


def test_pending_rows_are_believed_to_score_what_is_expected():
    rows, scores = history(20)
    model, rng = SurrogateModel(SPACE), np.random.default_rng(0)
    pending = np.array([[0.9, 0.9, 1 / 6]])
    free, _ = model.surface(rows, scores, NOBODY, rng, doubt=False)
    surface, centres = model.surface(rows, scores, pending, rng, doubt=False)
    mean, std = surface.posterior.predict(pending)
    free_mean, free_std = free.posterior.predict(pending)
    np.testing.assert_allclose(mean, free_mean, atol=1e-6)
    assert std < 0.5 * free_std
    best = np.nanargmax(scores)
    assert any(np.array_equal(row, rows[best]) for row in centres[:3])


@pytest.mark.parametrize("n", [5, 30, 64, 65, 70, 90])
def test_restored_it_goes_on_to_the_last_digit(n):
    model, _, _ = grown(n)
    other = SurrogateModel(SPACE)
    other.restore(model.state, n)
    for k in (n, n + 1, n + 9):
        rows, scores = history(k)
        one, two = (m.posterior(rows, scores) for m in (model, other))
        assert np.array_equal(one.theta, two.theta)
        assert np.array_equal(one.W, two.W)
        assert np.array_equal(one.alpha, two.alpha)


@pytest.mark.parametrize(
    "state",
    [
        (),
        (5.0,),
        (5.0, 1.0),
        (5.0, 1.0, *[0.0] * 7),
        (5.0, 1.0, *[0.0] * 9),
        (5.0, 1.0, *[np.nan] * 8),
        (0.0, 1.0, *[0.0] * 8),
        (11.0, 1.0, *[0.0] * 8),
        (5.0, 0.0, *[0.0] * 8),
        (np.inf, 1.0, *[0.0] * 8),
    ],
)
def test_a_state_that_no_model_can_have_is_refused(state):
    with pytest.raises(OptimizerError, match="state is that of no surrogate"):
        SurrogateModel(SPACE).restore(state, 10)


def test_a_model_that_has_seen_nothing_has_no_state():
    assert SurrogateModel(Space({"k": Integer(1, 3)})).state == ()


@pytest.mark.parametrize(("n", "n_most"), [(10, 20), (100, 40), (1000, 500)])
def test_chosen_rows_are_the_best_the_newest_and_some_others(n, n_most):
    target = np.random.default_rng(0).standard_normal(n)
    rows = chosen(target, n_most)
    assert len(set(rows)) == len(rows) == min(n, n_most)
    assert np.array_equal(rows, np.sort(rows))
    if n > n_most:
        quarter = n_most // 4
        assert set(np.argsort(-target)[:quarter]) <= set(rows)
        assert set(range(n - quarter, n)) <= set(rows)
    assert np.array_equal(rows, chosen(target, n_most))


def test_a_space_is_modelled_alike_however_its_conditions_are_written():
    depth, drop = Integer(1, 9), Real(0.0, 1.0)
    dicts = [
        {"kind": ["tree"], "depth": depth, "C": (0.0, 1.0)},
        {"kind": ["dart"], "depth": depth, "C": (0.0, 1.0), "drop": drop},
        {"kind": ["line"], "C": (0.0, 1.0)},
    ]
    when = {
        "kind": ["tree", "dart", "line"],
        "depth": Integer(1, 9, when={"kind": ["tree", "dart"]}),
        "C": (0.0, 1.0),
        "drop": Real(0.0, 1.0, when={"kind": "dart"}),
    }
    rng = np.random.default_rng(0)
    params = Space(when).to_params(Space(when).sample(30, rng))
    scores = rng.standard_normal(20)
    found = []
    for written in (dicts, when):
        space = Space(written)
        model, rows = SurrogateModel(space), space.to_rows(params)
        posterior = model.posterior(rows[:20], scores)
        new = model.geometry.rows(rows[20:])
        found.append(posterior.predict(new, model.geometry.active(space, rows[20:])))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)
