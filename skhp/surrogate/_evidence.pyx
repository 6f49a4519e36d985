# cython: boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The log posterior density of the hyperparameters, its gradient, and its climb.

    theta = (log l_1, ..., log l_D, tau_1, ..., tau_D, log sf2, log sn2)
    K     = sf2 M + sn2 I
    log p(theta | z) = -1/2 z^T K^-1 z - 1/2 log|K| - n/2 log 2 pi
                       - 1/2 sum_t ((theta_t - centre_t) / spread_t)^2
    d/dtheta = 1/2 tr((alpha alpha^T - K^-1) dK/dtheta),  alpha = K^-1 z

(Rasmussen and Williams, 2006, eq. 5.9.) With T_ab = (alpha_a alpha_b - K^-1_ab) k'_ab
for a pair of rows, which stands for both of its orders and cancels the 1/2,

    d/dlog l_j = sum_pairs T d_j^2 / l_j^2
    d/dtau_j   = - sum_pairs T (w_a - w_b) (g_a - g_b) / l_j^2,   g = dw/dtau

One evaluation costs n^2/2 exponentials, a few products of n^2 D multiplications, and
n^3: factor, inverse factor, inverse.
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
from skhp.surrogate._matern cimport data_of, pair_column, row_of
from skhp.surrogate._warp cimport warp, warp_by_tau


cdef struct Evidence:
    Py_ssize_t n
    Py_ssize_t n_columns
    Py_ssize_t n_pairs
    const double* X          # (n_columns, n)
    const double* active     # (n_columns, n) or NULL
    const unsigned char* is_categorical
    const unsigned char* is_warped  # columns whose tau is learnt
    const double* z          # (n,)
    const double* centre     # (2 n_columns + 2,)
    const double* spread     # (2 n_columns + 2,)
    double* d2               # (n_columns, n_pairs)
    double* warped           # (n_columns, n)
    double* by_tau           # (n_columns, n)
    double* row_sum          # (n,): of T
    double* product          # (n,): T w
    double* weight           # (n_columns,)
    double* kernel           # (n_pairs,): k of each pair
    double* slope            # (n_pairs,): k' of each pair
    double* alpha            # (n,)
    double* A                # (n, n): K, its factors, K^-1, then T


cdef Py_ssize_t _evidence_workspace(Py_ssize_t n, Py_ssize_t n_columns) noexcept nogil:
    return n_columns * (n * (n - 1) // 2 + 2 * n + 1) + n * (n - 1) + 3 * n + n * n


cdef void _lay_out(Evidence* e, double* work) noexcept nogil:
    cdef Py_ssize_t j
    e.d2 = work
    e.warped = e.d2 + e.n_columns * e.n_pairs
    e.by_tau = e.warped + e.n_columns * e.n
    e.row_sum = e.by_tau + e.n_columns * e.n
    e.product = e.row_sum + e.n
    e.weight = e.product + e.n
    e.kernel = e.weight + e.n_columns
    e.slope = e.kernel + e.n_pairs
    e.alpha = e.slope + e.n_pairs
    e.A = e.alpha + e.n
    for j in range(e.n_columns):
        _lay_out_column(e, j, e.X + j * e.n)


cdef void _lay_out_column(Evidence* e, Py_ssize_t j, const double* w) noexcept nogil:
    """Fill the distances of all pairs in column j, w (n,) being its values."""
    pair_column(
        w, row_of(e.active, j, e.n), e.is_categorical[j], e.n, e.d2 + j * e.n_pairs
    )


cdef void _warp_column(Evidence* e, Py_ssize_t j, double tau) noexcept nogil:
    """Fill the warped values of column j, their slopes by tau, their distances."""
    cdef const double* x = e.X + j * e.n
    cdef const double* active = row_of(e.active, j, e.n)
    cdef double* w = e.warped + j * e.n
    cdef double* g = e.by_tau + j * e.n
    cdef Py_ssize_t i
    for i in range(e.n):
        if active == NULL or active[i] != 0.0:
            w[i] = warp(x[i], tau)
            g[i] = warp_by_tau(x[i], w[i], tau)
        else:
            w[i] = x[i]
            g[i] = 0.0
    _lay_out_column(e, j, w)


cdef double _slope_by_tau(Evidence* e, Py_ssize_t j) noexcept nogil:
    """Return -sum_pairs T (w_a - w_b)(g_a - g_b), T in A and its row sums given."""
    cdef const double* w = e.warped + j * e.n
    cdef const double* g = e.by_tau + j * e.n
    cdef double total = 0.0
    cdef Py_ssize_t i
    rows_dot(e.A, w, e.product, e.n, e.n)
    for i in range(e.n):
        total += g[i] * (e.product[i] - e.row_sum[i] * w[i])
    return total


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
    cdef Py_ssize_t j, t, D = e.n_columns
    cdef double sf2 = exp(theta[2 * D]), sn2 = exp(theta[2 * D + 1])
    cdef double value, gap, signal, trace
    for j in range(D):
        e.weight[j] = exp(-2.0 * theta[j])
        if e.is_warped[j]:
            _warp_column(e, j, theta[D + j])
    value = _log_likelihood(e, sf2, sn2)
    if value == -INFINITY:
        return value
    _pair_slopes(e, &signal, &trace)
    rows_dot(e.d2, e.slope, gradient, D, e.n_pairs)
    for j in range(D):
        gradient[j] *= e.weight[j]
        gradient[D + j] = 0.0
        if e.is_warped[j]:
            gradient[D + j] = e.weight[j] * _slope_by_tau(e, j)
    gradient[2 * D] = signal + 0.5 * sf2 * trace
    gradient[2 * D + 1] = 0.5 * sn2 * trace
    for t in range(2 * D + 2):
        gap = (theta[t] - e.centre[t]) / e.spread[t]
        value -= 0.5 * gap * gap
        gradient[t] -= gap / e.spread[t]
    return value


cdef void _pair_slopes(Evidence* e, double* signal, double* trace) noexcept nogil:
    """Turn slope into T of the pairs, A into all of T; sum what sf2 and sn2 want."""
    cdef Py_ssize_t i, j, at = 0, n = e.n
    cdef double w
    signal[0] = 0.0
    trace[0] = 0.0
    for i in range(n):
        e.row_sum[i] = 0.0
        trace[0] += e.alpha[i] * e.alpha[i] - e.A[i * n + i]
        e.A[i * n + i] = 0.0
        for j in range(i):
            w = e.alpha[i] * e.alpha[j] - e.A[i * n + j]
            signal[0] += w * e.kernel[at + j]
            w *= e.slope[at + j]
            e.slope[at + j] = w
            e.A[i * n + j] = w
            e.A[j * n + i] = w
            e.row_sum[i] += w
            e.row_sum[j] += w
        at += i


def workspace(Py_ssize_t n, Py_ssize_t n_columns):
    """Return how many doubles `log_density` and `climb_density` work with."""
    return _evidence_workspace(n, n_columns) + climb_workspace(2 * n_columns + 2)


cdef Evidence _evidence_of(
    const double[:, ::1] X,
    const double[:, ::1] active,
    const unsigned char[::1] is_categorical,
    const unsigned char[::1] is_warped,
) noexcept:
    """Return the data as pointers; they must outlive the result."""
    cdef Evidence e
    e.n_columns, e.n = X.shape[0], X.shape[1]
    e.n_pairs = e.n * (e.n - 1) // 2
    e.X = &X[0, 0]
    e.active = data_of(active)
    e.is_categorical = &is_categorical[0]
    e.is_warped = &is_warped[0]
    return e


def log_density(
    const double[:, ::1] X,
    const double[:, ::1] active,
    const unsigned char[::1] is_categorical,
    const unsigned char[::1] is_warped,
    const double[::1] z,
    const double[::1] centre,
    const double[::1] spread,
    const double[::1] theta,
    double[::1] work,
    double[::1] gradient,  # out
):
    """Return log p(theta | z) up to a constant, -inf when K has no factor."""
    cdef Evidence e = _evidence_of(X, active, is_categorical, is_warped)
    cdef double value
    e.z, e.centre, e.spread = &z[0], &centre[0], &spread[0]
    with nogil:
        _lay_out(&e, &work[0])
        value = _objective(&theta[0], &gradient[0], &e)
    return value


def climb_density(
    const double[:, ::1] X,
    const double[:, ::1] active,
    const unsigned char[::1] is_categorical,
    const unsigned char[::1] is_warped,
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
    cdef Evidence e = _evidence_of(X, active, is_categorical, is_warped)
    cdef double value
    e.z, e.centre, e.spread = &z[0], &centre[0], &spread[0]
    with nogil:
        _lay_out(&e, &work[0])
        value = climb(
            _objective, &e, &theta[0], &lower[0], &upper[0], &metric[0],
            theta.shape[0], max_evaluations, tolerance,
            &work[0] + _evidence_workspace(e.n, e.n_columns)
        )
    return value
