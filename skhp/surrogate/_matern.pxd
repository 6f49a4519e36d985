# A fitted process, as pointers into its arrays.
cdef struct Process:
    Py_ssize_t n                         # observations
    Py_ssize_t n_columns
    const double* X                      # (n_columns, n): warped, column after column
    const double* active                 # (n_columns, n) of 0 and 1; NULL: all active
    const unsigned char* is_categorical  # (n_columns,)
    const double* weight                 # (n_columns,): l_j^-2
    double sf2                           # variance of the signal
    const double* W                      # (n, n): inverse of the factor of K
    const double* alpha                  # (n,): K^-1 z

# Masks are optional. Where A starts, NULL for None; its row i of n doubles, NULL for
# NULL. (A conditional expression would lose the const.)
cdef const double* data_of(const double[:, ::1] A) noexcept nogil
cdef inline const double* row_of(
    const double* A, Py_ssize_t i, Py_ssize_t n
) noexcept nogil:
    if A == NULL:
        return NULL
    return A + i * n

cdef Process process_of(
    const double[:, ::1] X,
    const double[:, ::1] active,
    const unsigned char[::1] is_categorical,
    const double[::1] weight,
    double sf2,
    const double[:, ::1] W,
    const double[::1] alpha,
) noexcept

# Each of these wants work of moments_workspace(n) doubles.
cdef Py_ssize_t moments_workspace(Py_ssize_t n) noexcept nogil
cdef void moments(
    const Process* gp, const double* x, const double* active, bint with_slopes,
    double* mean, double* std, double* work
) noexcept nogil
cdef void slopes(
    const Process* gp, const double* x, const double* active, double by_mean,
    double by_std, double std, double* work, double* gradient
) noexcept nogil

# Fills d2 (n(n-1)/2,) with one column's squared distances of all pairs.
cdef void pair_column(
    const double* X, const double* active, bint is_categorical, Py_ssize_t n,
    double* d2
) noexcept nogil
