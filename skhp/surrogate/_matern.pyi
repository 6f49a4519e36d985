import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]

def pair_distances(
    X: _Floats, active: _Floats | None, is_categorical: NDArray[np.uint8], out: _Floats
) -> None: ...
def kernel_matrix(
    d2: _Floats, weight: _Floats, sf2: float, r2: _Floats, out: _Floats
) -> None: ...
def predict_rows(
    X: _Floats,
    active: _Floats | None,
    is_categorical: NDArray[np.uint8],
    weight: _Floats,
    sf2: float,
    W: _Floats,
    alpha: _Floats,
    rows: _Floats,
    rows_active: _Floats | None,
    K: _Floats,
    mean: _Floats,
    std: _Floats,
) -> None: ...
def predict_slopes(
    X: _Floats,
    active: _Floats | None,
    is_categorical: NDArray[np.uint8],
    weight: _Floats,
    sf2: float,
    W: _Floats,
    alpha: _Floats,
    row: _Floats,
    row_active: _Floats | None,
    work: _Floats,
    dmean: _Floats,
    dstd: _Floats,
) -> tuple[float, float]: ...
