# How a number is stretched before it is compared: by its logarithm, to a degree tau.
#
#     w(u) = log(1 + (e^tau - 1) u) / tau,   w(0) = 0, w(1) = 1, w -> u as tau -> 0
#
# A number on [low, high] is compared on the scale of its logarithm when
# tau = log(high / low); tau < 0 does the same from the other end: w(u; -tau) =
# 1 - w(1 - u; tau).

from libc.math cimport expm1, fabs, log1p


cdef inline double warp(double u, double tau) noexcept nogil:
    """Return w(u)."""
    return u if fabs(tau) < 1e-12 else log1p(expm1(tau) * u) / tau


cdef inline double warp_by_tau(double u, double w, double tau) noexcept nogil:
    """Return dw/dtau, given w = w(u); near 0 by its series, as the quotient cancels."""
    cdef double c = expm1(tau)
    if fabs(tau) < 1e-5:
        return u * (1.0 - u) * (0.5 + tau * (1.0 - 2.0 * u) / 3.0)
    return ((c + 1.0) * u / (1.0 + c * u) - w) / tau
