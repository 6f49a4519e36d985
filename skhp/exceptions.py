"""The errors and warnings of skhp.

::

    SkhpError
    ├── InvalidParameterError (ValueError)    a parameter has an invalid value
    │   └── InvalidSpaceError                 the description of a space is invalid
    ├── JournalError (ValueError)             a journal cannot be resumed from
    ├── OptimizerError (RuntimeError)         the ask/tell contract was violated
    ├── FitTimeoutError (RuntimeError)        a fit exceeded its time limit
    ├── WorkerCrashedError (RuntimeError)     a fit crashed its worker process twice
    └── AllFitsFailedError (ValueError)       no candidate could be fitted and scored
    SkhpWarning (UserWarning)
    ├── JournalWarning                        a journal was repaired, or is outdated
    ├── SpaceExhaustedWarning                 a space has fewer points than requested
    └── SearchStoppedWarning                  a search ended before its budget was used
        └── SearchInterruptedWarning          a search was interrupted by Ctrl-C
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
# scikit-learn, the standard library and MLflow put around its methods.
_HERE = os.path.dirname(__file__) + os.sep
_BETWEEN = (
    f"sklearn{os.sep}base.py",
    f"{os.sep}contextlib.py",
    f"autologging_utils{os.sep}safety.py",
    f"mlflow{os.sep}sklearn{os.sep}__init__.py",
)


class SkhpError(Exception):
    """Base class of the errors of skhp."""


class InvalidParameterError(SkhpError, ValueError):
    """A parameter has an invalid value."""


class InvalidSpaceError(InvalidParameterError):
    """The description of a search space is invalid."""


class JournalError(SkhpError, ValueError):
    """A journal is damaged, in use, of another search or of another format."""


class OptimizerError(SkhpError, RuntimeError):
    """The ask/tell contract of an optimizer was violated."""


class FitTimeoutError(SkhpError, RuntimeError):
    """A fit took longer than ``fit_timeout`` and ``error_score`` is "raise"."""


class WorkerCrashedError(SkhpError, RuntimeError):
    """A fit crashed its worker process twice and ``error_score`` is "raise"."""


class AllFitsFailedError(SkhpError, ValueError):
    """No candidate could be fitted and scored."""


class SkhpWarning(UserWarning):
    """Base class of the warnings of skhp."""


class JournalWarning(SkhpWarning):
    """A journal was repaired, or was written with other versions of libraries."""


class SpaceExhaustedWarning(SkhpWarning):
    """A search space has fewer points than were requested."""


class SearchStoppedWarning(SkhpWarning):
    """A search ended before its budget was used."""


class SearchInterruptedWarning(SearchStoppedWarning):
    """A search was interrupted; the candidates finished by then are its result."""


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, pointing at the user's line outside this package.

    Parameters
    ----------
    message : str
        The message.
    category : type of Warning, default=UserWarning
        The category of the warning.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_between(frame.f_code.co_filename):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_between(filename: str) -> bool:
    return filename.startswith(_HERE) or filename.endswith(_BETWEEN)
