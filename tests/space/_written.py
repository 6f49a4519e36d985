"""Spaces as users may write them, for hypothesis."""

import numpy as np
import scipy.stats
from hypothesis import strategies as st

from skhp.space import Integer, Real

OBJECTS = [None, True, "a", (1, 2), 1, 1.0, 0.5, np.int64(3), len, "b", (50,)]

priors = st.sampled_from(["uniform", "log-uniform"])
dialects = st.one_of(
    st.builds(
        lambda low, factor, prior: Real(low, low * factor, prior),
        st.floats(1e-6, 1e3),
        st.floats(1.5, 1e6),
        priors,
    ),
    st.builds(
        lambda low, width, prior: Integer(low, low + width, prior),
        st.integers(1, 100),
        st.integers(0, 10_000),
        priors,
    ),
    st.lists(st.sampled_from(OBJECTS), min_size=1, max_size=6),
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=6),
    st.sampled_from([(1, 9), (0.0, 1.0), (1, 9, "log-uniform"), range(3), 7, "rbf"]),
    st.sampled_from(
        [scipy.stats.norm(), scipy.stats.poisson(2), scipy.stats.uniform(1, 2)]
    ),
)
dicts = st.dictionaries(st.sampled_from("abcdef"), dialects, max_size=5)
written_spaces = st.one_of(dicts, st.lists(dicts, min_size=1, max_size=3))
