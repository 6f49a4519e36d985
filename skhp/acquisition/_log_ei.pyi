import numpy as np
from numpy.typing import NDArray

def log_h_values(z: NDArray[np.float64], out: NDArray[np.float64]) -> None: ...
def log_ei_values(
    mean: NDArray[np.float64],
    std: NDArray[np.float64],
    best: float,
    value: NDArray[np.float64],
    dmean: NDArray[np.float64],
    dstd: NDArray[np.float64],
) -> None: ...
