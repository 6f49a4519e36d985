import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]

_Arrays = tuple[
    _Floats, _Floats | None, NDArray[np.uint8], _Floats, float, _Floats, _Floats
]

def workspace(n: int, n_columns: int, n_success: int = 0) -> int: ...
def climb_rows(
    X: _Floats,
    active: _Floats | None,
    is_categorical: NDArray[np.uint8],
    weight: _Floats,
    sf2: float,
    W: _Floats,
    alpha: _Floats,
    best: float,
    grid: _Floats,
    grid_start: NDArray[np.intp],
    movable: NDArray[np.uint8],
    max_evaluations: int,
    work: _Floats,
    rows_active: _Floats | None,
    rows: _Floats,
    values: _Floats,
    success: tuple[_Arrays, float, float, float, float] | None = None,
) -> None: ...
