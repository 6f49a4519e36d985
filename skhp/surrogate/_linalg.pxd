# Matrices are row-major, n x n, with n doubles from row to row; of a triangle or a
# symmetric matrix only the lower half is read or written.
cdef int cholesky(double* A, Py_ssize_t n) noexcept nogil
cdef int invert_triangle(double* L, Py_ssize_t n) noexcept nogil
cdef void gram_of_triangle(double* W, Py_ssize_t n) noexcept nogil
cdef void triangle_times(const double* W, double* v, Py_ssize_t n) noexcept nogil
cdef void transpose_times(const double* W, double* v, Py_ssize_t n) noexcept nogil
cdef void triangle_times_rows(
    const double* W, double* V, Py_ssize_t n, Py_ssize_t n_rows
) noexcept nogil
cdef void rows_dot(
    const double* A, const double* x, double* y, Py_ssize_t n_rows, Py_ssize_t n_columns
) noexcept nogil
cdef void columns_dot(
    const double* A, const double* x, double* y, Py_ssize_t n_rows, Py_ssize_t n_columns
) noexcept nogil
cdef double dot(const double* x, const double* y, Py_ssize_t n) noexcept nogil
