"""``scipy.sparse`` of tensors: equations with sparse matrices, in `linalg`.

SciPy's own sparse arrays are constants beside tensors: ``A @ x`` is recorded. `tf.SparseTensor` has
derivatives by the non-zeros.
"""

from autograd_c.scipy.sparse import linalg as linalg

__all__ = ["linalg"]
