import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]

def workspace(n: int, n_columns: int) -> int: ...
def log_density(
    X: _Floats,
    active: _Floats | None,
    is_categorical: NDArray[np.uint8],
    is_warped: NDArray[np.uint8],
    z: _Floats,
    centre: _Floats,
    spread: _Floats,
    theta: _Floats,
    work: _Floats,
    gradient: _Floats,
) -> float: ...
def climb_density(
    X: _Floats,
    active: _Floats | None,
    is_categorical: NDArray[np.uint8],
    is_warped: NDArray[np.uint8],
    z: _Floats,
    centre: _Floats,
    spread: _Floats,
    lower: _Floats,
    upper: _Floats,
    metric: _Floats,
    max_evaluations: int,
    tolerance: float,
    work: _Floats,
    theta: _Floats,
) -> float: ...
