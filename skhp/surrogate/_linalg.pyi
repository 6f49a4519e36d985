import numpy as np
from numpy.typing import NDArray

def inverse_factor(A: NDArray[np.float64]) -> bool: ...
