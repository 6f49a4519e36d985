"""Who does the tasks: this process, threads, loky, joblib's other backends, dask."""

from skhp.workers._open import open_workers
from skhp.workers._pre_dispatch import max_in_flight
from skhp.workers._thread_parameters import with_threads_of

__all__ = ["max_in_flight", "open_workers", "with_threads_of"]
