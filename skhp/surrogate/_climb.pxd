# A function to maximise: returns the value, fills gradient.
ctypedef double (*Objective)(
    const double* x, double* gradient, void* context
) noexcept nogil

# How much memory `climb` wants, in doubles.
cdef Py_ssize_t climb_workspace(Py_ssize_t n) noexcept nogil

cdef double climb(
    Objective objective,
    void* context,
    double* x,               # in: a feasible start; out: the summit
    const double* lower,
    const double* upper,
    const double* metric,    # squared length of a natural step, by coordinate
    Py_ssize_t n,
    int max_evaluations,
    double tolerance,
    double* work,
) noexcept nogil
