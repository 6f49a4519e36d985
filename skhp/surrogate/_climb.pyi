# Only cimported.
