# cython: boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The log posterior density of the hyperparameters, its gradient, and its climb.

    theta = (log l_1, ..., log l_D, log sf2, log sn2),   K = sf2 M + sn2 I
    log p(theta | z) = -1/2 z^T K^-1 z - 1/2 log|K| - n/2 log 2 pi
                       - 1/2 sum_t ((theta_t - centre_t) / spread_t)^2
    d/dtheta = 1/2 tr((alpha alpha^T - K^-1) dK/dtheta),  alpha = K^-1 z

(Rasmussen and Williams, 2006, eq. 5.9.) The distances of all pairs by column are
computed once per fit, so that one evaluation is two products with them, n^2/2
exponentials and n^3 multiplications: factor, inverse factor, inverse.
"""

from libc.math cimport INFINITY, M_PI, exp, log, sqrt
from libc.string cimport memcpy

from skhp.surrogate._climb cimport climb, climb_workspace
from skhp.surrogate._linalg cimport (
    cholesky,
    columns_dot,
    dot,
    gram_of_triangle,
    invert_triangle,
    rows_dot,
    transpose_times,
    triangle_times,
)


cdef struct Evidence:
    Py_ssize_t n
    Py_ssize_t n_columns
    Py_ssize_t n_pairs
    const double* d2         # (n_columns, n_pairs)
    const double* z          # (n,)
    const double* centre     # (n_columns + 2,)
    const double* spread     # (n_columns + 2,)
    double* weight           # (n_columns,)
    double* kernel           # (n_pairs,): k of each pair
    double* slope            # (n_pairs,): k' of each pair
    double* alpha            # (n,)
    double* A                # (n, n)


cdef Py_ssize_t _evidence_workspace(Py_ssize_t n, Py_ssize_t n_columns) noexcept nogil:
    return n_columns + n * (n - 1) + n + n * n


cdef void _lay_out(Evidence* e, double* work) noexcept nogil:
    e.weight = work
    e.kernel = e.weight + e.n_columns
    e.slope = e.kernel + e.n_pairs
    e.alpha = e.slope + e.n_pairs
    e.A = e.alpha + e.n


cdef double _log_likelihood(
    Evidence* e, double sf2, double sn2
) noexcept nogil:
    """Return the log likelihood; leave alpha, and K^-1 in the lower half of A."""
    cdef Py_ssize_t i, j, at = 0, n = e.n
    cdef double q, ex, log_det = 0.0, fit
    columns_dot(e.d2, e.weight, e.kernel, e.n_columns, e.n_pairs)
    for i in range(e.n_pairs):
        q = sqrt(5.0 * e.kernel[i])
        ex = sf2 * exp(-q)
        e.kernel[i] = (1.0 + q + q * q * (1.0 / 3.0)) * ex
        e.slope[i] = (5.0 / 3.0) * (1.0 + q) * ex
    for i in range(n):
        for j in range(i):
            e.A[i * n + j] = e.kernel[at + j]
        at += i
        e.A[i * n + i] = sf2 + sn2
    if cholesky(e.A, n):
        return -INFINITY
    for i in range(n):
        log_det += log(e.A[i * n + i])
    invert_triangle(e.A, n)
    memcpy(e.alpha, e.z, n * sizeof(double))
    triangle_times(e.A, e.alpha, n)
    fit = dot(e.alpha, e.alpha, n)
    transpose_times(e.A, e.alpha, n)
    gram_of_triangle(e.A, n)
    return -0.5 * fit - log_det - 0.5 * n * log(2.0 * M_PI)


cdef double _objective(
    const double* theta, double* gradient, void* context
) noexcept nogil:
    cdef Evidence* e = <Evidence*> context
    cdef Py_ssize_t i, j, t, at = 0, n = e.n, D = e.n_columns
    cdef double sf2 = exp(theta[D]), sn2 = exp(theta[D + 1])
    cdef double value, w, gap, signal = 0.0, trace = 0.0
    for j in range(D):
        e.weight[j] = exp(-2.0 * theta[j])
    value = _log_likelihood(e, sf2, sn2)
    if value == -INFINITY:
        return value
    for i in range(n):
        for j in range(i):
            w = e.alpha[i] * e.alpha[j] - e.A[i * n + j]
            signal += w * e.kernel[at + j]
            e.slope[at + j] *= w
        at += i
        trace += e.alpha[i] * e.alpha[i] - e.A[i * n + i]
    # A pair stands for both of its orders, which cancels the 1/2
    rows_dot(e.d2, e.slope, gradient, D, e.n_pairs)
    for j in range(D):
        gradient[j] *= e.weight[j]
    gradient[D] = signal + 0.5 * sf2 * trace
    gradient[D + 1] = 0.5 * sn2 * trace
    for t in range(D + 2):
        gap = (theta[t] - e.centre[t]) / e.spread[t]
        value -= 0.5 * gap * gap
        gradient[t] -= gap / e.spread[t]
    return value


def workspace(Py_ssize_t n, Py_ssize_t n_columns):
    """Return how many doubles `log_density` and `climb_density` work with."""
    return _evidence_workspace(n, n_columns) + climb_workspace(n_columns + 2)


def log_density(
    const double[:, ::1] d2,
    const double[::1] z,
    const double[::1] centre,
    const double[::1] spread,
    const double[::1] theta,
    double[::1] work,
    double[::1] gradient,  # out
):
    """Return log p(theta | z) up to a constant, -inf when K has no factor."""
    cdef Evidence e
    cdef double value
    e.n, e.n_columns, e.n_pairs = z.shape[0], d2.shape[0], d2.shape[1]
    e.d2, e.z, e.centre, e.spread = &d2[0, 0], &z[0], &centre[0], &spread[0]
    with nogil:
        _lay_out(&e, &work[0])
        value = _objective(&theta[0], &gradient[0], &e)
    return value


def climb_density(
    const double[:, ::1] d2,
    const double[::1] z,
    const double[::1] centre,
    const double[::1] spread,
    const double[::1] lower,
    const double[::1] upper,
    const double[::1] metric,
    int max_evaluations,
    double tolerance,
    double[::1] work,
    double[::1] theta,     # in: the start; out: the summit
):
    """Climb log p(theta | z) from theta; return its value there."""
    cdef Evidence e
    cdef double value
    e.n, e.n_columns, e.n_pairs = z.shape[0], d2.shape[0], d2.shape[1]
    e.d2, e.z, e.centre, e.spread = &d2[0, 0], &z[0], &centre[0], &spread[0]
    with nogil:
        _lay_out(&e, &work[0])
        value = climb(
            _objective, &e, &theta[0], &lower[0], &upper[0], &metric[0],
            theta.shape[0], max_evaluations, tolerance,
            &work[0] + _evidence_workspace(e.n, e.n_columns)
        )
    return value
