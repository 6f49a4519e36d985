"""Everything that skhp raises or warns with.

::

    SkhpError
    ├── InvalidParameterError (ValueError)    a parameter has a value it cannot have
    │   └── InvalidSpaceError                 ... in the description of a search space
    ├── JournalError (ValueError)             a journal cannot be resumed from
    ├── OptimizerError (RuntimeError)         the ask/tell contract was broken
    ├── FitTimeoutError (RuntimeError)        a fit took longer than it may
    ├── WorkerCrashedError (RuntimeError)     a fit ended its worker process, twice
    └── AllFitsFailedError (ValueError)       no candidate could be fitted and scored
    SkhpWarning (UserWarning)
    ├── JournalWarning                        a journal was repaired, or is of old
    ├── SpaceExhaustedWarning                 a space has fewer points than asked for
    └── SearchStoppedWarning                  the search ended before its budget
        └── SearchInterruptedWarning          ... by Ctrl-C
"""

import os
import sys
import warnings

__all__ = [
    "AllFitsFailedError",
    "FitTimeoutError",
    "InvalidParameterError",
    "InvalidSpaceError",
    "JournalError",
    "JournalWarning",
    "OptimizerError",
    "SearchInterruptedWarning",
    "SearchStoppedWarning",
    "SkhpError",
    "SkhpWarning",
    "SpaceExhaustedWarning",
    "WorkerCrashedError",
    "warn_user",
]

# Frames between a user's line and a warning: this package's, and the decorators that
# scikit-learn and the standard library put around its methods.
_HERE = os.path.dirname(__file__) + os.sep
_BETWEEN = (f"sklearn{os.sep}base.py", f"{os.sep}contextlib.py")


class SkhpError(Exception):
    """Base of every error that skhp raises on its own account."""


class InvalidParameterError(SkhpError, ValueError):
    """A parameter has a value that it cannot have."""


class InvalidSpaceError(InvalidParameterError):
    """The description of a search space is wrong."""


class JournalError(SkhpError, ValueError):
    """A journal is damaged, in use, or of another search."""


class OptimizerError(SkhpError, RuntimeError):
    """The ask/tell contract of an optimizer was broken."""


class FitTimeoutError(SkhpError, RuntimeError):
    """A fit took longer than ``fit_timeout``, and ``error_score`` is "raise"."""


class WorkerCrashedError(SkhpError, RuntimeError):
    """A fit ended its worker process, twice, and ``error_score`` is "raise"."""


class AllFitsFailedError(SkhpError, ValueError):
    """No candidate could be fitted and scored."""


class SkhpWarning(UserWarning):
    """Base of every warning that skhp gives on its own account."""


class JournalWarning(SkhpWarning):
    """A journal was repaired, or was written with other versions of libraries."""


class SpaceExhaustedWarning(SkhpWarning):
    """A finite space has fewer points than were asked for."""


class SearchStoppedWarning(SkhpWarning):
    """The search ended before its budget was used."""


class SearchInterruptedWarning(SearchStoppedWarning):
    """The search was interrupted; what was finished by then is its result."""


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, and point at the line outside this package that led here.

    Parameters
    ----------
    message : str
        What to say.
    category : type of Warning, default=UserWarning
        What kind of warning it is.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_between(frame.f_code.co_filename):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_between(filename: str) -> bool:
    return filename.startswith(_HERE) or filename.endswith(_BETWEEN)
