# cython: boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The few calls of BLAS and LAPACK that a Gaussian process needs, through SciPy.

BLAS is column-major: a row-major lower triangle is its upper triangle, transposed.
Every other file speaks row-major and lower; the translation happens here only. C int is
the integer of SciPy's own BLAS in every wheel; a build of SciPy with 64-bit integers
needs one change of type in this file.
"""

from libc.string cimport memset
from scipy.linalg.cython_blas cimport ddot, dgemv, dtrmm, dtrmv
from scipy.linalg.cython_lapack cimport dlauum, dpotrf, dtrtri


cdef int cholesky(double* A, Py_ssize_t n) noexcept nogil:
    """Replace A by its lower factor L, A = L L^T; nonzero when there is none."""
    cdef int size = <int> n, info = 0
    dpotrf("U", &size, A, &size, &info)
    return info


cdef int invert_triangle(double* L, Py_ssize_t n) noexcept nogil:
    """Replace the lower triangle L by W = L^-1."""
    cdef int size = <int> n, info = 0
    dtrtri("U", "N", &size, L, &size, &info)
    return info


cdef void gram_of_triangle(double* W, Py_ssize_t n) noexcept nogil:
    """Replace the lower triangle W by the lower half of W^T W."""
    cdef int size = <int> n, info = 0
    dlauum("U", &size, W, &size, &info)


cdef void triangle_times(const double* W, double* v, Py_ssize_t n) noexcept nogil:
    """Replace v by W v, W a lower triangle."""
    cdef int size = <int> n, one = 1
    dtrmv("U", "T", "N", &size, <double*> W, &size, v, &one)


cdef void transpose_times(const double* W, double* v, Py_ssize_t n) noexcept nogil:
    """Replace v by W^T v, W a lower triangle."""
    cdef int size = <int> n, one = 1
    dtrmv("U", "N", "N", &size, <double*> W, &size, v, &one)


cdef void triangle_times_rows(
    const double* W, double* V, Py_ssize_t n, Py_ssize_t n_rows
) noexcept nogil:
    """Replace each row v of V (n_rows, n) by W v, W a lower triangle."""
    cdef int size = <int> n, count = <int> n_rows
    cdef double one = 1.0
    dtrmm("L", "U", "T", "N", &size, &count, &one, <double*> W, &size, V, &size)


cdef void rows_dot(
    const double* A, const double* x, double* y, Py_ssize_t n_rows, Py_ssize_t n_columns
) noexcept nogil:
    """Fill y (n_rows,) with A x, A (n_rows, n_columns)."""
    cdef int m = <int> n_columns, n = <int> n_rows, step = 1, ld = max(m, 1)
    cdef double one = 1.0, zero = 0.0
    if n_columns == 0:  # BLAS would leave y as it is
        memset(y, 0, n_rows * sizeof(double))
        return
    dgemv("T", &m, &n, &one, <double*> A, &ld, <double*> x, &step, &zero, y, &step)


cdef void columns_dot(
    const double* A, const double* x, double* y, Py_ssize_t n_rows, Py_ssize_t n_columns
) noexcept nogil:
    """Fill y (n_columns,) with A^T x, A (n_rows, n_columns)."""
    cdef int m = <int> n_columns, n = <int> n_rows, step = 1, ld = max(m, 1)
    cdef double one = 1.0, zero = 0.0
    if n_rows == 0:
        memset(y, 0, n_columns * sizeof(double))
        return
    dgemv("N", &m, &n, &one, <double*> A, &ld, <double*> x, &step, &zero, y, &step)


cdef double dot(const double* x, const double* y, Py_ssize_t n) noexcept nogil:
    """Return x . y."""
    cdef int size = <int> n, step = 1
    return ddot(&size, <double*> x, &step, <double*> y, &step)


def inverse_factor(double[:, ::1] A):
    """Replace A by W = L^-1, A = L L^T, upper half zero; whether A had a factor."""
    cdef Py_ssize_t i, j, n = A.shape[0]
    cdef int failed
    with nogil:
        failed = cholesky(&A[0, 0], n)
        if not failed:
            failed = invert_triangle(&A[0, 0], n)
        for i in range(n):
            for j in range(i + 1, n):
                A[i, j] = 0.0
    return failed == 0
