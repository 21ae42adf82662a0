"""Sparse matrices: SciPy's as constants, and ``tf.sparse``."""
