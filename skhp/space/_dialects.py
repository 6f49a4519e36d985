"""Conversion of what users write for a parameter, in any notation, to a dimension.

The notations of scikit-learn (lists, arrays, SciPy distributions), scikit-optimize
(``(low, high)``, ``(low, high, prior)``, dimensions) and other libraries may be mixed
in one dict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

from skhp.exceptions import InvalidSpaceError
from skhp.space._bounds import PRIORS
from skhp.space._choices import is_number
from skhp.space._dimensions import MAX_TABLE, Categorical, Dimension
from skhp.space._dimensions import Integer as IntegerRange
from skhp.space._dimensions import Real as RealRange
from skhp.space._distributions import from_distribution, is_distribution
from skhp.space._foreign import Constant, from_foreign


def interpret(name: str, written: Any) -> Dimension | Constant:
    """Return the dimension or constant that `written` means for the parameter `name`.

    Raises
    ------
    InvalidSpaceError
        Naming the parameter, what must hold and what was given.
    """
    try:
        found = _interpret(written)
    except InvalidSpaceError as error:
        # The constructors put their own name first; here it is the parameter's fault.
        fault = str(error).partition(": ")[2] or str(error)
        if isinstance(written, tuple):
            fault += " (To choose between the elements of a tuple, write a list.)"
        raise InvalidSpaceError(f"Parameter {name!r}: {fault}") from error
    if isinstance(found, Dimension) and found.n_values == 1:
        return Constant(found.value(0.5))
    return found


def _interpret(written: Any) -> Dimension | Constant:
    if isinstance(written, Dimension):
        return written
    if isinstance(written, str | bytes | type | Mapping | np.generic):
        return Constant(written)
    # Before what some of them also are: sequences, or something with rvs.
    foreign = from_foreign(written)
    if foreign is not None:
        return foreign
    if isinstance(written, tuple):
        return _from_tuple(written) or Categorical(written)
    if isinstance(written, range):
        return _from_range(written)
    if isinstance(written, Sequence):
        return Categorical(written)
    if is_distribution(written):
        return from_distribution(written)
    if hasattr(written, "__array__") and hasattr(written, "__iter__"):
        return _from_array(written)
    if hasattr(written, "icdf") and hasattr(written, "sample"):
        raise InvalidSpaceError(
            "distribution: must have rvs, as the frozen ones of scipy.stats do. "
            f"Got {written!r}."
        )
    if isinstance(written, AbstractSet | Iterator):
        raise InvalidSpaceError(
            f"choices: must be a list, whose order is fixed. Got {written!r}."
        )
    return Constant(written)


def _from_tuple(written: tuple[Any, ...]) -> Dimension | None:
    """Read a range as scikit-optimize writes it, None if these are choices."""
    if not 2 <= len(written) <= 4 or not all(is_number(v) for v in written[:2]):
        return None
    low, high = written[:2]
    prior = "uniform"
    if len(written) > 2:
        if not isinstance(written[2], str):
            return None
        prior = written[2]
        if prior not in PRIORS and not any(
            hint in prior.lower() for hint in ("log", "uni")
        ):
            return None  # such as (1, 2, "auto")
        if len(written) == 4 and not is_number(written[3]):
            return None  # the base of the logarithm changes nothing
    whole = all(isinstance(v, int | np.integer) for v in (low, high))
    return (IntegerRange if whole else RealRange)(low, high, prior)  # type: ignore[arg-type]


def _from_range(written: range) -> Dimension:
    if len(written) > 1 and written.step == 1:
        return IntegerRange(written.start, written.stop - 1)
    if len(written) > MAX_TABLE:
        raise InvalidSpaceError(
            f"range: a step other than 1 allows {MAX_TABLE} values. Got {written!r}."
        )
    return Categorical(written)


def _from_array(written: Any) -> Dimension | Constant:
    """Choices of an array or a series, as ParameterGrid would give them."""
    n_dims = np.ndim(written)
    if n_dims == 0:
        return Constant(written[()])
    if n_dims > 1:
        raise InvalidSpaceError(
            "array: must be one-dimensional (a list may hold arrays). "
            f"Got {n_dims} dimensions."
        )
    return Categorical(list(written))
