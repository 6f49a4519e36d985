# cython: boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Logarithm of expected improvement, with derivatives, at any distance from the best.

With z = (mean - best) / std, expected improvement is std * h(z) where

    h(z) = phi(z) + z Phi(z),    h'(z) = Phi(z),

phi and Phi being the standard normal density and distribution function. h underflows
at z < -38, where most of a search space lies; its logarithm does not. Below -1 it is

    log h = log phi(z) + log Q,    Q = h / phi = 1 + z R,
    R = Phi / phi = sqrt(pi/2) erfcx(-z / sqrt 2)                 for z > -30
    Q = z^-2 (1 - 3 z^-2 + 15 z^-4 - 105 z^-6 + ...)              for z <= -30

(Ament et al., 2023, "Unexpected improvements to expected improvement", appendix A; the
series is that of Mills' ratio, Abramowitz and Stegun 26.2.12). At -30 the 1 + z R has
lost three digits to cancellation and the tenth term of the series is below 1e-16.
"""

from libc.math cimport erfc, exp, log, log1p
from scipy.special.cython_special cimport erfcx

cdef double SQRT_HALF = 0.70710678118654752440
cdef double SQRT_HALF_PI = 1.2533141373155002512
cdef double LOG_SQRT_2PI = 0.91893853320467274178
cdef double INV_SQRT_2PI = 0.39894228040143267794


cdef inline double _mills_series(double t, int first) noexcept nogil:
    """Return sum_k (-1)^k (first + 2k)!! / first!! t^k for k = 0 to 12, by Horner."""
    cdef double total = 1.0
    cdef int k
    for k in range(12, 0, -1):
        total = 1.0 - (first + 2 * k) * t * total
    return total


cdef double log_h(double z, double* ratio_cdf, double* ratio_pdf) noexcept nogil:
    """Return log h(z); set ratio_cdf to Phi/h = (log h)', ratio_pdf to phi/h."""
    cdef double h, R, Q, t
    if z > -1.0:
        R = 0.5 * erfc(-z * SQRT_HALF)                    # Phi
        Q = INV_SQRT_2PI * exp(-0.5 * z * z)              # phi
        h = Q + z * R
        ratio_cdf[0] = R / h
        ratio_pdf[0] = Q / h
        return log(h)
    if z > -30.0:
        R = SQRT_HALF_PI * erfcx(-z * SQRT_HALF)
        Q = 1.0 + z * R
        ratio_cdf[0] = R / Q
        ratio_pdf[0] = 1.0 / Q
        return -0.5 * z * z - LOG_SQRT_2PI + log1p(z * R)
    t = 1.0 / (z * z)
    Q = _mills_series(t, 1)
    ratio_cdf[0] = -z * _mills_series(t, -1) / Q
    ratio_pdf[0] = z * z / Q
    # log z^2 as 2 log |z|: the square overflows first
    return -0.5 * z * z - LOG_SQRT_2PI - 2.0 * log(-z) + log(Q)


def log_h_values(const double[::1] z, double[::1] out):
    """Fill out (n,) with log h(z)."""
    cdef Py_ssize_t i
    cdef double ratio_cdf, ratio_pdf
    with nogil:
        for i in range(z.shape[0]):
            out[i] = log_h(z[i], &ratio_cdf, &ratio_pdf)


def log_ei_values(
    const double[::1] mean,
    const double[::1] std,
    double best,
    double[::1] value,  # out
    double[::1] dmean,  # out
    double[::1] dstd,   # out
):
    """Fill value (n,) with log EI, and its derivatives by the mean and by the std."""
    cdef Py_ssize_t i
    cdef double ratio_cdf, ratio_pdf
    with nogil:
        for i in range(mean.shape[0]):
            value[i] = log(std[i]) + log_h(
                (mean[i] - best) / std[i], &ratio_cdf, &ratio_pdf
            )
            dmean[i] = ratio_cdf / std[i]
            # (1 - z Phi / h) / std, which is phi / (h std)
            dstd[i] = ratio_pdf / std[i]
