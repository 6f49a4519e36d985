from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]

def workspace(n: int) -> int: ...
def climb_callable(
    function: Callable[[list[float]], tuple[float, _Floats]],
    lower: _Floats,
    upper: _Floats,
    metric: _Floats,
    max_evaluations: int,
    tolerance: float,
    work: _Floats,
    x: _Floats,
) -> float: ...
