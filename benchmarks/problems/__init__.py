"""What is searched: models of scikit-learn and LightGBM, and functions."""
