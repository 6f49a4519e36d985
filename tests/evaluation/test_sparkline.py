import numpy as np
import pytest

from skhp.evaluation import sparkline


@pytest.mark.parametrize(
    ("scores", "bars"),
    [
        ([1, 1, 1], "▅▅▅"),
        ([0, 1, np.nan, 2], "▁▃·█"),
        ([-np.inf, 1, 2], "·▁█"),
        ([np.nan] * 3, "···"),
        ([-1e9, *np.linspace(0, 7, 20)], None),
    ],
)
def test_scores_become_bars(scores, bars):
    found = sparkline(np.array(scores, dtype=float))
    assert found == bars or (bars is None and len(set(found)) == 8)


def test_many_scores_become_sixty_bars_of_the_best_ones():
    scores = np.zeros(20_000)
    scores[777] = 1.0
    bars = sparkline(scores)
    assert len(bars) == 60
    assert bars[2] == "█"
