# cython: boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Bounded maximisation by a projected L-BFGS, without the interpreter.

Coordinates pressed against a bound are frozen for the step; the others move along the
two-loop direction (Nocedal and Wright, 2006, algorithm 7.4), whose first inverse
Hessian is a given metric M scaled by (s.y) / (y.My). The step is cut by quadratic
interpolation until it climbs enough (Armijo), every trial point being projected into
the box (Bertsekas, 1982). O(MEMORY n) per evaluation, beside the objective itself.

    x, g    point and gradient          s, y    step, and fall of the gradient over it
    d       direction                   rho     1 / (s.y)
"""

from cpython.object cimport PyObject
from libc.math cimport fabs, fmax, fmin, isfinite, sqrt
from libc.string cimport memcpy

cdef enum:
    MEMORY = 8
    MAX_CUTS = 12

# In natural steps: of the first move, and of any later one.
cdef double FIRST_STEP = 0.5
cdef double LONGEST_STEP = 4.0
cdef double ARMIJO = 1e-4


cdef struct Memory:
    Py_ssize_t n
    int count       # pairs ever stored; pair i lies in slot i % MEMORY
    double* s       # (MEMORY, n)
    double* y       # (MEMORY, n)
    double* rho     # (MEMORY,)
    double* weight  # (MEMORY,)


cdef Py_ssize_t climb_workspace(Py_ssize_t n) noexcept nogil:
    return (2 * MEMORY + 5) * n + 2 * MEMORY


cdef double _free_dot(
    const double* a, const double* b, const double* free, Py_ssize_t n
) noexcept nogil:
    cdef double total = 0.0
    cdef Py_ssize_t i
    for i in range(n):
        total += free[i] * a[i] * b[i]
    return total


cdef void _direction(
    Memory* memory, const double* g, const double* free, const double* metric, double* d
) noexcept nogil:
    """Fill d with the quasi-Newton direction of ascent in the free coordinates."""
    cdef Py_ssize_t n = memory.n, i
    cdef int oldest = max(memory.count - MEMORY, 0), k, slot
    cdef double beta, yMy = 0.0, scale = 1.0
    cdef double* s
    cdef double* y
    for i in range(n):
        d[i] = free[i] * g[i]
    for k in range(memory.count - 1, oldest - 1, -1):
        slot = k % MEMORY
        s = memory.s + slot * n
        y = memory.y + slot * n
        memory.weight[slot] = memory.rho[slot] * _free_dot(s, d, free, n)
        for i in range(n):
            d[i] -= memory.weight[slot] * free[i] * y[i]
    if memory.count:
        slot = (memory.count - 1) % MEMORY
        y = memory.y + slot * n
        for i in range(n):
            yMy += y[i] * y[i] * metric[i]
        scale = 1.0 / (memory.rho[slot] * yMy)
    for i in range(n):
        d[i] *= scale * metric[i]
    for k in range(oldest, memory.count):
        slot = k % MEMORY
        s = memory.s + slot * n
        y = memory.y + slot * n
        beta = memory.rho[slot] * _free_dot(y, d, free, n)
        for i in range(n):
            d[i] += (memory.weight[slot] - beta) * free[i] * s[i]


cdef void _remember(
    Memory* memory, const double* x, const double* x_new, const double* g,
    const double* g_new
) noexcept nogil:
    """Store the pair of this step where the function curves downwards along it."""
    cdef Py_ssize_t n = memory.n, i
    cdef int slot = memory.count % MEMORY
    cdef double* s = memory.s + slot * n
    cdef double* y = memory.y + slot * n
    cdef double sy = 0.0, yy = 0.0, ss = 0.0
    for i in range(n):
        sy += (x_new[i] - x[i]) * (g[i] - g_new[i])
        ss += (x_new[i] - x[i]) * (x_new[i] - x[i])
        yy += (g[i] - g_new[i]) * (g[i] - g_new[i])
    if sy > 1e-10 * sqrt(ss * yy) and sy > 0.0:
        # Not before: the slot may hold the oldest pair, which is still in use
        for i in range(n):
            s[i] = x_new[i] - x[i]
            y[i] = g[i] - g_new[i]
        memory.rho[slot] = 1.0 / sy
        memory.count += 1


cdef double _natural_length(
    const double* d, const double* metric, Py_ssize_t n
) noexcept nogil:
    cdef double longest = 0.0
    cdef Py_ssize_t i
    for i in range(n):
        longest = fmax(longest, d[i] * d[i] / metric[i])
    return sqrt(longest)


cdef bint _is_summit(
    const double* x, const double* g, const double* lower, const double* upper,
    const double* metric, double* free, Py_ssize_t n, double tolerance
) noexcept nogil:
    """Mark the free coordinates; whether none of them still has a slope."""
    cdef double steepest = 0.0
    cdef Py_ssize_t i
    for i in range(n):
        free[i] = 0.0 if (
            (x[i] <= lower[i] and g[i] < 0.0) or (x[i] >= upper[i] and g[i] > 0.0)
        ) else 1.0
        steepest = fmax(steepest, free[i] * fabs(g[i]) * sqrt(metric[i]))
    return steepest <= tolerance


cdef double climb(
    Objective objective,
    void* context,
    double* x,
    const double* lower,
    const double* upper,
    const double* metric,
    Py_ssize_t n,
    int max_evaluations,
    double tolerance,
    double* work,
) noexcept nogil:
    """Climb from x until no slope in natural units exceeds `tolerance`."""
    cdef double* g = work
    cdef double* d = g + n
    cdef double* x_new = d + n
    cdef double* g_new = x_new + n
    # One more row than pairs: of the coordinates that are free to move
    cdef double* free = g_new + n
    cdef Memory memory
    cdef double value, value_new, slope, step, longest
    cdef int evaluations = 1, _cut
    cdef Py_ssize_t i
    memory.n = n
    memory.count = 0
    memory.s = free + n
    memory.y = memory.s + MEMORY * n
    memory.rho = memory.y + MEMORY * n
    memory.weight = memory.rho + MEMORY
    value = objective(x, g, context)
    while evaluations < max_evaluations and isfinite(value):
        if _is_summit(x, g, lower, upper, metric, free, n, tolerance):
            break
        _direction(&memory, g, free, metric, d)
        if _free_dot(g, d, free, n) <= 0.0:
            memory.count = 0
            _direction(&memory, g, free, metric, d)
        longest = _natural_length(d, metric, n)
        step = fmin(1.0, (LONGEST_STEP if memory.count else FIRST_STEP) / longest)
        for _cut in range(MAX_CUTS):
            slope = 0.0
            for i in range(n):
                x_new[i] = fmin(fmax(x[i] + step * d[i], lower[i]), upper[i])
                slope += g[i] * (x_new[i] - x[i])
            value_new = objective(x_new, g_new, context)
            evaluations += 1
            if value_new >= value + ARMIJO * slope or evaluations >= max_evaluations:
                break
            # The top of the parabola through what is known; nan falls to the lower end
            step *= fmin(fmax(0.5 * slope / (slope + value - value_new), 0.1), 0.5)
        if not value_new >= value:
            break
        _remember(&memory, x, x_new, g, g_new)
        slope = value_new - value
        value = value_new
        memcpy(x, x_new, n * sizeof(double))
        memcpy(g, g_new, n * sizeof(double))
        if slope <= 1e-9 * fmax(1.0, fabs(value)):
            break
    return value


cdef struct Call:
    PyObject* function
    Py_ssize_t n


cdef double _call(const double* x, double* gradient, void* context) noexcept with gil:
    cdef Call* call = <Call*> context
    cdef Py_ssize_t i
    value, slopes = (<object> call.function)([x[i] for i in range(call.n)])
    for i in range(call.n):
        gradient[i] = slopes[i]
    return value


def climb_callable(
    function,
    const double[::1] lower,
    const double[::1] upper,
    const double[::1] metric,
    int max_evaluations,
    double tolerance,
    double[::1] work,
    double[::1] x,    # in: the start; out: the summit
):
    """Climb a function of a list, which returns value and gradient: for the tests."""
    cdef Call call
    call.function = <PyObject*> function
    call.n = x.shape[0]
    return climb(
        _call, &call, &x[0], &lower[0], &upper[0], &metric[0], call.n, max_evaluations,
        tolerance, &work[0]
    )


def workspace(Py_ssize_t n):
    """Return how many doubles `climb_callable` works with."""
    return climb_workspace(n)
