"""A Gaussian process in plain NumPy, slow and obvious: the twin of the kernels."""

import numpy as np


def squared_gap(a, b, j, is_categorical, active_a, active_b):
    if not (active_a[j] or active_b[j]):
        return 0.0
    one_sided = active_a[j] != active_b[j]
    if is_categorical[j]:
        return 0.5 if one_sided else float(a[j] != b[j])
    return (a[j] - b[j]) ** 2 + one_sided / 6


def warp(X, theta, active):
    tau = theta[X.shape[1] : -2]
    stretched = np.log(1 + (np.exp(tau) - 1) * X) / np.where(tau == 0, 1, tau)
    return np.where(active & (tau != 0), stretched, X)


def kernel(A, B, theta, is_categorical, active_A, active_B):
    A, B = warp(A, theta, active_A), warp(B, theta, active_B)
    length, sf2 = np.exp(theta[: A.shape[1]]), np.exp(theta[-2])
    r2 = np.zeros((len(A), len(B)))
    for i in range(len(A)):
        for k in range(len(B)):
            r2[i, k] = sum(
                squared_gap(A[i], B[k], j, is_categorical, active_A[i], active_B[k])
                / length[j] ** 2
                for j in range(A.shape[1])
            )
    q = np.sqrt(5 * r2)
    return sf2 * (1 + q + q**2 / 3) * np.exp(-q)


def log_density(X, z, theta, is_categorical, active, prior):
    K = kernel(X, X, theta, is_categorical, active, active)
    K += np.exp(theta[-1]) * np.eye(len(X))
    log_likelihood = (
        -0.5 * z @ np.linalg.solve(K, z)
        - 0.5 * np.linalg.slogdet(K)[1]
        - 0.5 * len(z) * np.log(2 * np.pi)
    )
    D = X.shape[1]
    gap = (theta - prior.centre(D)) / prior.spread(D)
    return log_likelihood - 0.5 * gap @ gap


def predict(X, z, theta, is_categorical, active, rows, rows_active):
    K = kernel(X, X, theta, is_categorical, active, active)
    K += np.exp(theta[-1]) * np.eye(len(X))
    k = kernel(rows, X, theta, is_categorical, rows_active, active)
    mean = k @ np.linalg.solve(K, z)
    var = np.exp(theta[-2]) - np.sum(k * np.linalg.solve(K, k.T).T, axis=1)
    return mean, np.sqrt(np.maximum(var, 1e-12))
