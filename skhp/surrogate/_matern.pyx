# cython: boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The Matérn-5/2 kernel over mixed and conditional columns, and what it predicts.

    k(x, x') = sf2 (1 + q + q^2/3) exp(-q),  q = sqrt(5) r,  r^2 = sum_j d_j^2 / l_j^2
    d_j^2    = (x_j - x'_j)^2 + [active in one of the two only] / 6    numeric
               [x_j != x'_j], 1/2 if active in one of the two only     categorical
               0 if active in neither
    dk/dd_j^2 = -k' / (2 l_j^2), k' = sf2 (5/3) (1 + q) exp(-q)

Numbers arrive here warped (see _warp.py). An inactive one is 1/2: a point off the line
of the active ones, at a mean squared distance of 1/4. An inactive choice is a point at
equal distance from all choices. Both are distances in a Euclidean space, which keeps K
positive definite.

Observations are stored column after column, so that the loops over them are unit
stride. A candidate costs n n_columns for the distances, n exponentials and n^2 for the
variance.
"""

from libc.math cimport exp, fabs, fmax, sqrt

from skhp.surrogate._linalg cimport (
    dot,
    rows_dot,
    transpose_times,
    triangle_times,
    triangle_times_rows,
)

# Squared distance from the active to the inactive, beside that of the values.
cdef double OFF_THE_LINE = 1.0 / 6.0
cdef double OFF_THE_CHOICES = 0.5
# The least variance of a prediction, in units of the standardised target.
cdef double MIN_VARIANCE = 1e-12


cdef const double* data_of(const double[:, ::1] A) noexcept nogil:
    if A is None:
        return NULL
    return &A[0, 0]


cdef Process process_of(
    const double[:, ::1] X,
    const double[:, ::1] active,
    const unsigned char[::1] is_categorical,
    const double[::1] weight,
    double sf2,
    const double[:, ::1] W,
    const double[::1] alpha,
) noexcept:
    """Return the arrays as pointers; they must outlive the result."""
    cdef Process gp
    gp.n = X.shape[1]
    gp.n_columns = X.shape[0]
    gp.X = &X[0, 0]
    gp.active = data_of(active)
    gp.is_categorical = &is_categorical[0]
    gp.weight = &weight[0]
    gp.sf2 = sf2
    gp.W = &W[0, 0]
    gp.alpha = &alpha[0]
    return gp


cdef void _add_column(
    const double* X, const double* active, double x, double is_active,
    bint is_categorical, double weight, Py_ssize_t n, double* r2
) noexcept nogil:
    """Add one column's share of the squared radii to r2 (n,)."""
    cdef Py_ssize_t i
    cdef double gap
    if active == NULL:
        if is_categorical:
            for i in range(n):
                r2[i] += weight * (X[i] != x)
        else:
            for i in range(n):
                gap = X[i] - x
                r2[i] += weight * gap * gap
    elif is_categorical:
        for i in range(n):
            r2[i] += weight * (
                is_active * active[i] * (X[i] != x)
                + OFF_THE_CHOICES * fabs(is_active - active[i])
            )
    else:
        for i in range(n):
            gap = X[i] - x
            r2[i] += weight * (
                gap * gap + OFF_THE_LINE * fabs(is_active - active[i])
            )


cdef void _squared_radii(
    const Process* gp, const double* x, const double* active, double* r2
) noexcept nogil:
    """Fill r2 (n,) with the scaled squared distances from x to the observations."""
    cdef Py_ssize_t i, j, n = gp.n
    for i in range(n):
        r2[i] = 0.0
    for j in range(gp.n_columns):
        _add_column(
            gp.X + j * n,
            row_of(gp.active, j, n),
            x[j],
            1.0 if active == NULL else active[j],
            gp.is_categorical[j],
            gp.weight[j],
            n,
            r2,
        )


cdef void _kernel(double* k, double* slope, double sf2, Py_ssize_t n) noexcept nogil:
    """Replace squared radii by k; fill slope, unless NULL, with k'."""
    cdef double q, e
    cdef Py_ssize_t i
    for i in range(n):
        k[i] = sqrt(5.0 * k[i])
    if slope == NULL:
        for i in range(n):
            q = k[i]
            k[i] = sf2 * (1.0 + q + q * q * (1.0 / 3.0)) * exp(-q)
    else:
        for i in range(n):
            q = k[i]
            e = sf2 * exp(-q)
            k[i] = (1.0 + q + q * q * (1.0 / 3.0)) * e
            slope[i] = (5.0 / 3.0) * (1.0 + q) * e


cdef Py_ssize_t moments_workspace(Py_ssize_t n) noexcept nogil:
    return 3 * n


cdef void moments(
    const Process* gp, const double* x, const double* active, bint with_slopes,
    double* mean, double* std, double* work
) noexcept nogil:
    """Predict at x; with slopes, leave in work what `slopes` continues from."""
    cdef Py_ssize_t i, n = gp.n
    cdef double* k = work
    cdef double* v = work + n
    _squared_radii(gp, x, active, k)
    _kernel(k, work + 2 * n if with_slopes else NULL, gp.sf2, n)
    mean[0] = dot(k, gp.alpha, n)
    for i in range(n):
        v[i] = k[i]
    triangle_times(gp.W, v, n)
    std[0] = sqrt(fmax(gp.sf2 - dot(v, v, n), MIN_VARIANCE))


cdef void slopes(
    const Process* gp, const double* x, const double* active, double by_mean,
    double by_std, double std, double* work, double* gradient
) noexcept nogil:
    """Fill gradient (n_columns,) of a function f(mean, std) at the x of `moments`.

    by_mean and by_std are the derivatives of f. With dstd/dk = -K^-1 k / std, the
    chain rule needs one number per observation:  c_a = k'_a (alpha_a by_mean -
    (K^-1 k)_a by_std / std),  df/dx_j = sum_a c_a (X_aj - x_j) / l_j^2.
    """
    cdef Py_ssize_t i, j, n = gp.n
    cdef double* v = work + n
    cdef double* c = work + 2 * n
    cdef const double* column
    cdef double total
    transpose_times(gp.W, v, n)
    for i in range(n):
        c[i] *= by_mean * gp.alpha[i] - by_std / std * v[i]
    for j in range(gp.n_columns):
        gradient[j] = 0.0
        if gp.is_categorical[j] or (active != NULL and active[j] == 0.0):
            continue
        column = gp.X + j * n
        total = 0.0
        for i in range(n):
            total += c[i] * (column[i] - x[j])
        gradient[j] = gp.weight[j] * total


cdef void pair_column(
    const double* X, const double* active, bint is_categorical, Py_ssize_t n,
    double* d2
) noexcept nogil:
    """Fill d2 (n(n-1)/2,) with one column's d_j^2 of pairs (1,0), (2,0), (2,1), ..."""
    cdef Py_ssize_t i, at = 0
    for i in range(n * (n - 1) // 2):
        d2[i] = 0.0
    for i in range(1, n):
        _add_column(
            X, active, X[i], 1.0 if active == NULL else active[i], is_categorical,
            1.0, i, d2 + at
        )
        at += i


def pair_distances(
    const double[:, ::1] X,
    const double[:, ::1] active,
    const unsigned char[::1] is_categorical,
    double[:, ::1] out,
):
    """Fill out (n_columns, n(n-1)/2) with d_j^2 of all pairs."""
    cdef const double* mask = data_of(active)
    cdef Py_ssize_t j, n = X.shape[1]
    with nogil:
        for j in range(X.shape[0]):
            pair_column(
                &X[j, 0], row_of(mask, j, n), is_categorical[j], n, &out[j, 0]
            )


def kernel_matrix(
    const double[:, ::1] d2,
    const double[::1] weight,
    double sf2,
    double[::1] r2,       # out: scratch (n_pairs,)
    double[:, ::1] out,
):
    """Fill the lower half of out (n, n) with K, its diagonal with sf2."""
    cdef Py_ssize_t i, j, at = 0, p, n = out.shape[0]
    with nogil:
        for p in range(d2.shape[1]):
            r2[p] = 0.0
        for j in range(d2.shape[0]):
            for p in range(d2.shape[1]):
                r2[p] += weight[j] * d2[j, p]
        _kernel(&r2[0], NULL, sf2, d2.shape[1])
        for i in range(n):
            for j in range(i):
                out[i, j] = r2[at + j]
            at += i
            out[i, i] = sf2


def predict_rows(
    const double[:, ::1] X,
    const double[:, ::1] active,
    const unsigned char[::1] is_categorical,
    const double[::1] weight,
    double sf2,
    const double[:, ::1] W,
    const double[::1] alpha,
    const double[:, ::1] rows,
    const double[:, ::1] rows_active,
    double[:, ::1] K,    # out (n_rows, n): W k of each row
    double[::1] mean,    # out
    double[::1] std,     # out
):
    """Predict many rows by blocks: the variance is one triangular product."""
    cdef Process gp = process_of(X, active, is_categorical, weight, sf2, W, alpha)
    cdef const double* mask = data_of(rows_active)
    cdef Py_ssize_t i, n = gp.n, n_rows = rows.shape[0]
    with nogil:
        for i in range(n_rows):
            _squared_radii(
                &gp, &rows[i, 0], row_of(mask, i, gp.n_columns), &K[i, 0]
            )
            _kernel(&K[i, 0], NULL, sf2, n)
        rows_dot(&K[0, 0], gp.alpha, &mean[0], n_rows, n)
        triangle_times_rows(gp.W, &K[0, 0], n, n_rows)
        for i in range(n_rows):
            std[i] = sqrt(
                fmax(sf2 - dot(&K[i, 0], &K[i, 0], n), MIN_VARIANCE)
            )


def predict_slopes(
    const double[:, ::1] X,
    const double[:, ::1] active,
    const unsigned char[::1] is_categorical,
    const double[::1] weight,
    double sf2,
    const double[:, ::1] W,
    const double[::1] alpha,
    const double[::1] row,
    const double[::1] row_active,
    double[:, ::1] work,  # out (3, n)
    double[::1] dmean,    # out
    double[::1] dstd,     # out
):
    """Return mean and std at one row, and fill their gradients (n_columns,)."""
    cdef Process gp = process_of(X, active, is_categorical, weight, sf2, W, alpha)
    cdef double mean, std
    cdef const double* mask = NULL
    if row_active is not None:
        mask = &row_active[0]
    with nogil:
        moments(&gp, &row[0], mask, True, &mean, &std, &work[0, 0])
        slopes(&gp, &row[0], mask, 1.0, 0.0, std, &work[0, 0], &dmean[0])
        moments(&gp, &row[0], mask, True, &mean, &std, &work[0, 0])
        slopes(&gp, &row[0], mask, 0.0, 1.0, std, &work[0, 0], &dstd[0])
    return mean, std
