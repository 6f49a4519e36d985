cdef double log_h(double z, double* ratio_cdf, double* ratio_pdf) noexcept nogil
