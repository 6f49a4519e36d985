"""The engine: its values and protocols, fitting and scoring, the loop, the record."""

from skhp.evaluation._cv_results import metric_names, rank, to_cv_results
from skhp.evaluation._failures import report_failures, warn_of_non_finite
from skhp.evaluation._fit_and_score import fit_plainly, n_chosen, unfitted_copy
from skhp.evaluation._fit_warnings import FitWarnings
from skhp.evaluation._interrupt import Interrupt, or_enough
from skhp.evaluation._levels import Levels
from skhp.evaluation._loop import Loop
from skhp.evaluation._pace import Pace
from skhp.evaluation._progress import Progress, TerminalLine, print_line, times_text
from skhp.evaluation._protocols import Observer, Workers
from skhp.evaluation._racing import (
    PRIOR_DEGREES,
    Racing,
    chance_of,
    residual_variance,
)
from skhp.evaluation._record import Record, Row
from skhp.evaluation._refit_time import RefitTime
from skhp.evaluation._sparkline import sparkline
from skhp.evaluation._task import (
    Job,
    Keeping,
    Resource,
    Rounds,
    Split,
    SplitResult,
    Splits,
    Standing,
    Task,
    ThreadLimits,
    Together,
)
from skhp.evaluation._unlisted_parameters import (
    takes_any_name,
    takes_parameter,
    unlisted_parameters,
)

__all__ = [
    "PRIOR_DEGREES",
    "FitWarnings",
    "Interrupt",
    "Job",
    "Keeping",
    "Levels",
    "Loop",
    "Observer",
    "Pace",
    "Progress",
    "Racing",
    "Record",
    "RefitTime",
    "Resource",
    "Rounds",
    "Row",
    "Split",
    "SplitResult",
    "Splits",
    "Standing",
    "Task",
    "TerminalLine",
    "ThreadLimits",
    "Together",
    "Workers",
    "chance_of",
    "fit_plainly",
    "metric_names",
    "n_chosen",
    "or_enough",
    "print_line",
    "rank",
    "report_failures",
    "residual_variance",
    "sparkline",
    "takes_any_name",
    "takes_parameter",
    "times_text",
    "to_cv_results",
    "unfitted_copy",
    "unlisted_parameters",
    "warn_of_non_finite",
]
