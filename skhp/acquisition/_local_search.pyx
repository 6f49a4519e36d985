# cython: boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Climbing log expected improvement from given rows, without the interpreter.

Numeric columns climb together by projected L-BFGS, those of a grid as if it were
continuous; then these settle on the grid and every discrete column is tried by itself,
the rest held fixed: all values when they are few, growing strides along the grid when
they are many. Whenever one of them moved, the continuous columns climb again. One
evaluation costs what a prediction with gradient costs: n exponentials and 2 n^2
multiplications. Where trials have failed, `power` times the log probability of success
is added, which is that of a process of its own:
min(max(share + spread mean, least), 1).
"""

from libc.math cimport fmax, fmin, log

from skhp.acquisition._log_ei cimport log_h
from skhp.surrogate._climb cimport climb, climb_workspace
from skhp.surrogate._matern cimport (
    Process,
    data_of,
    moments,
    moments_workspace,
    process_of,
    row_of,
    slopes,
)

cdef enum:
    MAX_SWEEPS = 4
    # Longer grids are walked by strides, not tried value by value
    FEW_VALUES = 16

cdef double SLOPE_TOLERANCE = 1e-2
# A discrete move must gain this much log EI
cdef double MIN_GAIN = 1e-9


cdef struct Search:
    const Process* gp
    const Process* success        # of success, standardised; NULL: no trial has failed
    double share                  # mean of success
    double spread                 # standard deviation of success
    double least                  # probability of success
    double power                  # to which it counts
    const double* active          # (n_columns,) of the start; NULL: all
    const double* grid            # positions of all discrete columns, one after another
    const Py_ssize_t* grid_start  # (n_columns + 1,): of column j; none: continuous
    const unsigned char* movable  # (n_columns,)
    double best
    int max_evaluations
    double* lower                 # (n_columns,)
    double* upper                 # (n_columns,)
    double* metric                # (n_columns,)
    double* moments_work
    double* success_work
    double* climb_work


cdef double _log_chance(const Search* search, double chance) noexcept nogil:
    return search.power * log(fmin(fmax(chance, search.least), 1.0))


cdef double _log_success(const Search* search, const double* x) noexcept nogil:
    cdef double mean, std
    if search.success == NULL:
        return 0.0
    moments(search.success, x, search.active, False, &mean, &std, search.success_work)
    return _log_chance(search, search.share + search.spread * mean)


cdef double _add_log_success_slope(
    const Search* search, const double* x, double* gradient
) noexcept nogil:
    """Return the log probability of success, and add its slope to the gradient."""
    cdef Py_ssize_t j, n_columns = search.gp.n_columns
    cdef double mean, std, chance
    cdef double* slope = search.success_work
    cdef double* work = search.success_work + n_columns
    if search.success == NULL:
        return 0.0
    moments(search.success, x, search.active, True, &mean, &std, work)
    chance = search.share + search.spread * mean
    if search.least < chance < 1.0:
        slopes(
            search.success, x, search.active, search.power * search.spread / chance,
            0.0, std, work, slope
        )
        for j in range(n_columns):
            gradient[j] += slope[j]
    return _log_chance(search, chance)


cdef double _height(const Search* search, const double* x) noexcept nogil:
    """Return log EI, plus what the probability of success adds."""
    cdef double mean, std, ratio_cdf, ratio_pdf
    moments(search.gp, x, search.active, False, &mean, &std, search.moments_work)
    return (
        log(std)
        + log_h((mean - search.best) / std, &ratio_cdf, &ratio_pdf)
        + _log_success(search, x)
    )


cdef double _slope(
    const double* x, double* gradient, void* context
) noexcept nogil:
    cdef const Search* search = <const Search*> context
    cdef double mean, std, value, ratio_cdf, ratio_pdf
    moments(search.gp, x, search.active, True, &mean, &std, search.moments_work)
    value = log(std) + log_h((mean - search.best) / std, &ratio_cdf, &ratio_pdf)
    slopes(
        search.gp, x, search.active, ratio_cdf / std, ratio_pdf / std, std,
        search.moments_work, gradient
    )
    return value + _add_log_success_slope(search, x, gradient)


cdef bint _is_free(const Search* search, Py_ssize_t j, bint with_grids) noexcept nogil:
    """Whether column j climbs by gradient: in a grid only `with_grids`."""
    cdef Py_ssize_t size = search.grid_start[j + 1] - search.grid_start[j]
    if not search.movable[j] or search.gp.is_categorical[j]:
        return False
    if search.active != NULL and search.active[j] == 0.0:
        return False
    return size == 0 or (with_grids and size > 2)


cdef double _climb_numeric(Search* search, double* x, bint with_grids) noexcept nogil:
    cdef Py_ssize_t j, n_columns = search.gp.n_columns
    cdef bint any_free = False
    for j in range(n_columns):
        if _is_free(search, j, with_grids):
            search.lower[j] = 0.0
            search.upper[j] = 1.0
            any_free = True
        else:
            search.lower[j] = x[j]
            search.upper[j] = x[j]
    if not any_free:
        return _height(search, x)
    return climb(
        _slope, search, x, search.lower, search.upper, search.metric, n_columns,
        search.max_evaluations, SLOPE_TOLERANCE, search.climb_work
    )


cdef Py_ssize_t _nearest(
    const double* grid, Py_ssize_t size, double x
) noexcept nogil:
    """Return where in the sorted grid x is, or what is nearest to it."""
    cdef Py_ssize_t low = 0, high = size - 1, middle
    while low < high:
        middle = (low + high) // 2
        if 0.5 * (grid[middle] + grid[middle + 1]) < x:
            low = middle + 1
        else:
            high = middle
    return low


cdef double _try_all(
    Search* search, double* x, Py_ssize_t j, double value
) noexcept nogil:
    """Move column j to the best of all its values."""
    cdef double kept = x[j], candidate
    cdef Py_ssize_t i
    for i in range(search.grid_start[j], search.grid_start[j + 1]):
        if search.grid[i] == kept:
            continue
        x[j] = search.grid[i]
        candidate = _height(search, x)
        if candidate > value + MIN_GAIN:
            value = candidate
            kept = x[j]
    x[j] = kept
    return value


cdef double _walk(Search* search, double* x, Py_ssize_t j, double value) noexcept nogil:
    """Move column j along its grid: strides double while they gain, else end."""
    cdef const double* grid = search.grid + search.grid_start[j]
    cdef Py_ssize_t size = search.grid_start[j + 1] - search.grid_start[j]
    cdef Py_ssize_t here = _nearest(grid, size, x[j]), there, stride
    cdef double candidate
    cdef int sign
    for sign in range(-1, 2, 2):
        stride = 1
        while True:
            there = here + sign * stride
            if there < 0 or there >= size:
                break
            x[j] = grid[there]
            candidate = _height(search, x)
            if not candidate > value + MIN_GAIN:
                break
            value = candidate
            here = there
            stride *= 2
        x[j] = grid[here]
    return value


cdef double _move_discrete(
    Search* search, double* x, double value, bint* moved
) noexcept nogil:
    """Try every discrete column by itself."""
    cdef Py_ssize_t j, size
    cdef double before
    moved[0] = False
    for j in range(search.gp.n_columns):
        size = search.grid_start[j + 1] - search.grid_start[j]
        if size < 2 or not search.movable[j]:
            continue
        if search.active != NULL and search.active[j] == 0.0:
            continue
        before = x[j]
        if size <= FEW_VALUES or search.gp.is_categorical[j]:
            value = _try_all(search, x, j, value)
        else:
            value = _walk(search, x, j, value)
        moved[0] = moved[0] or x[j] != before
    return value


cdef double _climb_mixed(Search* search, double* x) noexcept nogil:
    cdef Py_ssize_t j, size
    cdef bint moved = False, has_grid = False
    cdef double value = _climb_numeric(search, x, True)
    cdef const double* grid
    cdef int _sweep
    for j in range(search.gp.n_columns):
        size = search.grid_start[j + 1] - search.grid_start[j]
        if size and (search.active == NULL or search.active[j] != 0.0):
            grid = search.grid + search.grid_start[j]
            x[j] = grid[_nearest(grid, size, x[j])]
            has_grid = has_grid or size > 1
    if not has_grid:
        return value
    value = _climb_numeric(search, x, False)
    for _sweep in range(MAX_SWEEPS):
        value = _move_discrete(search, x, value, &moved)
        if not moved:
            break
        value = _climb_numeric(search, x, False)
    return value


def workspace(Py_ssize_t n, Py_ssize_t n_columns, Py_ssize_t n_success=0):
    """Return how many doubles `climb_rows` works with.

    n and n_success are the numbers of observations of the two processes.
    """
    return (
        4 * n_columns
        + moments_workspace(n)
        + moments_workspace(n_success)
        + climb_workspace(n_columns)
    )


def climb_rows(
    const double[:, ::1] X,
    const double[:, ::1] active,
    const unsigned char[::1] is_categorical,
    const double[::1] weight,
    double sf2,
    const double[:, ::1] W,
    const double[::1] alpha,
    double best,
    const double[::1] grid,
    const Py_ssize_t[::1] grid_start,
    const unsigned char[::1] movable,
    int max_evaluations,
    double[::1] work,
    const double[:, ::1] rows_active,
    double[:, ::1] rows,     # in: the starts; out: the summits
    double[::1] values,      # out: heights there
    success=None,            # arrays of its process, share, spread, least, power
):
    """Climb log EI over `best`, and log success, from every row by itself."""
    cdef Process gp = process_of(X, active, is_categorical, weight, sf2, W, alpha)
    cdef Process success_gp
    cdef const double[:, ::1] success_X, success_active, success_W
    cdef const double[::1] success_weight, success_alpha
    cdef double success_sf2
    cdef const double* mask = data_of(rows_active)
    cdef Search search
    cdef Py_ssize_t i, j, n_success = 0
    search.success = NULL
    if success is not None:
        arrays, search.share, search.spread, search.least, search.power = success
        success_X, success_active, _, success_weight, success_sf2, success_W, \
            success_alpha = arrays
        success_gp = process_of(
            success_X, success_active, is_categorical, success_weight, success_sf2,
            success_W, success_alpha
        )
        search.success = &success_gp
        n_success = success_gp.n
    with nogil:
        search.gp = &gp
        search.grid = &grid[0]
        search.grid_start = &grid_start[0]
        search.movable = &movable[0]
        search.best = best
        search.max_evaluations = max_evaluations
        search.lower = &work[0]
        search.upper = search.lower + gp.n_columns
        search.metric = search.upper + gp.n_columns
        search.moments_work = search.metric + gp.n_columns
        search.success_work = search.moments_work + moments_workspace(gp.n)
        search.climb_work = (
            search.success_work + gp.n_columns + moments_workspace(n_success)
        )
        for j in range(gp.n_columns):
            # A length scale, but never more than the whole column
            search.metric[j] = min(1.0 / weight[j], 1.0)
        for i in range(rows.shape[0]):
            search.active = row_of(mask, i, gp.n_columns)
            values[i] = _climb_mixed(&search, &rows[i, 0])
