"""The tables of successive halving and Hyperband: candidates and resource per rung.

Pure functions of a few numbers, independent of what the resource is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from skhp.exceptions import InvalidParameterError


@dataclass(frozen=True)
class Halving:
    """The rungs of successive halving, as scikit-learn counts them.

    Attributes
    ----------
    n_required : int
        Number of rungs needed to get down to at most `factor` candidates.
    n_possible : int
        Number of rungs that fit between the smallest and the largest resource.
    min_resources : int
        Resource on the first rung; more than requested if `exhaust` raised it.
    n_candidates : tuple of int
        Number of candidates on each rung.
    n_resources : tuple of int
        Resource of each candidate on each rung.
    """

    n_required: int
    n_possible: int
    min_resources: int
    n_candidates: tuple[int, ...]
    n_resources: tuple[int, ...]


@dataclass(frozen=True)
class Bracket:
    """One bracket of Hyperband: a successive halving.

    Attributes
    ----------
    number : int
        How many times its candidates can be promoted; 0 if they get the full resource
        at once.
    n_candidates : tuple of int
        Number of candidates on each rung.
    n_resources : tuple of int
        Resource of each candidate on each rung, including what it got on lower rungs.
    """

    number: int
    n_candidates: tuple[int, ...]
    n_resources: tuple[int, ...]

    @property
    def n_trials(self) -> int:
        """Number of trials, all rungs together."""
        return sum(self.n_candidates)

    def cost(self, *, continued: bool = False) -> int:
        """Return the total resource used, with models continued or fitted anew."""
        below = (0, *self.n_resources[:-1]) if continued else (0,) * len(self)
        steps = zip(self.n_candidates, self.n_resources, below, strict=True)
        return sum(n * (top - start) for n, top, start in steps)

    def __len__(self) -> int:
        return len(self.n_resources)


def whole_log(ratio: float | Fraction, factor: float) -> int:
    """Return the greatest k with ``factor ** k <= ratio``, for a ratio of at least 1.

    The result is exact, whereas in floating point the logarithm of 243 to the base 3 is
    4.999...

    Examples
    --------
    >>> whole_log(243, 3), whole_log(242, 3)
    (5, 4)
    """
    exact, power, k = Fraction(factor), Fraction(factor), 0
    while power <= ratio:
        power, k = power * exact, k + 1
    return k


def halving(
    n_candidates: int,
    *,
    factor: float,
    min_resources: int,
    max_resources: int,
    aggressive_elimination: bool = False,
    exhaust: bool = False,
) -> Halving:
    """Return the rungs of successive halving, exactly as scikit-learn has them.

    Parameters
    ----------
    n_candidates : int
        Number of candidates on the first rung.
    factor : float
        Greater than 1; each rung keeps ``1 / factor`` of its candidates.
    min_resources, max_resources : int
        Bounds of the resource.
    aggressive_elimination : bool, default=False
        Whether to repeat the first rung until few enough candidates are left.
    exhaust : bool, default=False
        Whether to raise `min_resources` so that the last rung comes as close to
        `max_resources` as possible.

    References
    ----------
    K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification and
    Hyperparameter Optimization", AISTATS 2016.

    Examples
    --------
    >>> plan = halving(20, factor=3, min_resources=10, max_resources=100)
    >>> plan.n_candidates, plan.n_resources
    ((20, 7, 3), (10, 30, 90))
    """
    check_factor(factor, "halving")
    n_required = 1 + whole_log(n_candidates, factor)
    if exhaust:
        least = int(max_resources // factor ** (n_required - 1))
        min_resources = max(min_resources, least)
    n_possible = 1 + whole_log(max_resources // min_resources, factor)
    n_rungs = n_required if aggressive_elimination else min(n_possible, n_required)
    resources, counts = [], [n_candidates]
    for rung in range(n_rungs):
        power = max(0, rung - n_required + n_possible)
        power = power if aggressive_elimination else rung
        resources.append(min(int(factor**power * min_resources), max_resources))
        counts.append(ceil(counts[-1] / factor))
    return Halving(
        n_required, n_possible, min_resources, tuple(counts[:-1]), tuple(resources)
    )


def hyperband(
    max_resources: int,
    *,
    min_resources: int = 1,
    factor: float = 3,
    n_brackets: int | None = None,
    n_candidates: int | None = None,
) -> list[Bracket]:
    r"""Return the brackets of Hyperband, the most aggressive first.

    With :math:`s_{max} = \lfloor \log_\eta (R / r) \rfloor`, bracket `s` begins
    with :math:`\lceil (s_{max} + 1) \eta^s / (s + 1) \rceil` candidates at
    :math:`R \eta^{-s}` each ([1]_, algorithm 1; its table 1 rounds down instead).
    All brackets share the same levels of the resource.

    Parameters
    ----------
    max_resources : int
        R, the largest resource of a candidate.
    min_resources : int, default=1
        r, the smallest resource of a candidate.
    factor : float, default=3
        :math:`\eta`, greater than 1; each rung keeps ``1 / factor`` of its candidates.
    n_brackets : int, default=None
        Number of brackets. Beyond the last different one, they are repeated from the
        first. None means each bracket once, or as many as `n_candidates` needs.
    n_candidates : int, default=None
        Number of candidates that all brackets together start with. The last bracket
        is cut to fit, by its lowest rungs too, so that it ends at `max_resources`. None
        sets no limit.

    Raises
    ------
    InvalidParameterError
        If `min_resources` or another parameter makes such a table impossible.

    References
    ----------
    .. [1] L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar, "Hyperband:
       A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 18 (2018).

    Examples
    --------
    >>> for bracket in hyperband(9):
    ...     print(bracket.number, bracket.n_candidates, bracket.n_resources)
    2 (9, 3, 1) (1, 3, 9)
    1 (5, 1) (3, 9)
    0 (3,) (9,)
    """
    check_factor(factor, "hyperband")
    if not 1 <= min_resources <= max_resources:
        raise InvalidParameterError(
            "The 'min_resources' parameter must lie between 1 and max_resources="
            f"{max_resources}. Got {min_resources!r} instead."
        )
    most = whole_log(Fraction(max_resources, min_resources), factor)
    levels = [int(max_resources / Fraction(factor) ** k) for k in range(most, -1, -1)]
    once = []
    for s in range(most, -1, -1):
        n = ceil(Fraction(most + 1, s + 1) * Fraction(factor) ** s)
        once.append(_bracket(n, levels[most - s :], factor))
    return _repeated(once, n_brackets, n_candidates, factor)


def _bracket(n: int, levels: Sequence[int], factor: float) -> Bracket:
    """Return a bracket of `n` candidates on as many of the top levels as they fill."""
    n_rungs = min(len(levels), 1 + whole_log(n, factor))
    counts = tuple(int(n / Fraction(factor) ** k) for k in range(n_rungs))
    return Bracket(n_rungs - 1, counts, tuple(levels[-n_rungs:]))


def _repeated(
    once: list[Bracket],
    n_brackets: int | None,
    n_candidates: int | None,
    factor: float,
) -> list[Bracket]:
    if n_brackets is None and n_candidates is None:
        return once
    brackets: list[Bracket] = []
    left = n_candidates
    while n_brackets is None or len(brackets) < n_brackets:
        bracket = once[len(brackets) % len(once)]
        if left is not None:
            if left < 1:
                break
            if bracket.n_candidates[0] > left:
                bracket = _bracket(left, bracket.n_resources, factor)
            left -= bracket.n_candidates[0]
        brackets.append(bracket)
    return brackets


def check_factor(factor: float, whose: str) -> None:
    """Raise unless the factor makes each rung smaller than the one before."""
    if not factor > 1:
        raise InvalidParameterError(
            f"The 'factor' parameter of {whose} must be a number > 1. "
            f"Got {factor!r} instead."
        )
