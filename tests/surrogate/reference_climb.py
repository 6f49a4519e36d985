"""A bounded climb in plain NumPy, slow and obvious: the twin of the kernel.

Where the kernel runs the two-loop recursion, this builds the inverse Hessian.
"""

import numpy as np

MEMORY = 8


def inverse_hessian(pairs, free, metric):
    """Return the BFGS matrix of the latest pairs, in the free coordinates."""
    P, M = np.diag(free), np.diag(metric)
    if not pairs:
        return P @ M @ P
    s, y = pairs[-1]
    H = (s @ y) / (y @ M @ y) * P @ M @ P
    for s, y in pairs[-MEMORY:]:
        V = np.eye(len(s)) - np.outer(P @ y, P @ s) / (s @ y)
        H = V.T @ H @ V + np.outer(P @ s, P @ s) / (s @ y)
    return H


def line_search(function, x, value, g, d, step, box, evaluations_left):
    """Return the point, its value and gradient, and what is left of the evaluations."""
    for _ in range(12):
        x_new = np.clip(x + step * d, *box)
        slope = g @ (x_new - x)
        value_new, g_new = function(x_new)
        evaluations_left -= 1
        if value_new >= value + 1e-4 * slope or evaluations_left <= 0:
            break
        top = 0.5 * slope / (slope + value - value_new)
        step *= 0.1 if np.isnan(top) else min(max(top, 0.1), 0.5)
    return x_new, value_new, g_new, evaluations_left


def climb(function, x, lower, upper, metric, max_evaluations, tolerance):
    """Return the summit and its value."""
    value, g = function(x)
    left, pairs = max_evaluations - 1, []
    while left > 0 and np.isfinite(value):
        stuck = ((x <= lower) & (g < 0)) | ((x >= upper) & (g > 0))
        free = np.where(stuck, 0.0, 1.0)
        if np.nanmax(free * np.abs(g) * np.sqrt(metric)) <= tolerance:
            break
        d = inverse_hessian(pairs, free, metric) @ g
        if g @ d <= 0:
            pairs = []
            d = inverse_hessian(pairs, free, metric) @ g
        longest = np.sqrt(np.max(d**2 / metric))
        step = min(1.0, (4.0 if pairs else 0.5) / longest) if longest else 1.0
        x_new, value_new, g_new, left = line_search(
            function, x, value, g, d, step, (lower, upper), left
        )
        if not value_new >= value:
            break
        s, y = x_new - x, g - g_new
        if s @ y > 1e-10 * np.linalg.norm(s) * np.linalg.norm(y):
            pairs.append((s, y))
        gain = value_new - value
        x, value, g = x_new, value_new, g_new
        if gain <= 1e-9 * max(1.0, abs(value)):
            break
    return x, value
