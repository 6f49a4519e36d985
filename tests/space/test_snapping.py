import numpy as np
import scipy.stats

from skhp.space import Integer, Real, Space
from skhp.space._snapping import Snapping


def test_all_columns_snap_as_each_does_alone():
    space = Space(
        {
            "a": Real(0.0, 1.0),
            "b": Integer(1, 9),
            "c": Integer(1, 9, "log-uniform"),
            "d": ["x", "y", "z"],
            "e": scipy.stats.norm(),
            "f": scipy.stats.poisson(3),
        }
    )
    u = np.random.default_rng(0).uniform(-0.1, 1.1, (50, 6))
    dimensions = space._dimensions
    alone = [d.snap(np.clip(u[:, j], 0.0, 1.0)) for j, d in enumerate(dimensions)]
    np.testing.assert_array_equal(Snapping(dimensions)(u), np.column_stack(alone))
