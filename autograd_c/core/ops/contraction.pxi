# Products of matrices.

def matmul(a, b, bint transpose_a=False, bint transpose_b=False, bint adjoint_a=False,
           bint adjoint_b=False, a_is_sparse=False, b_is_sparse=False, output_type=None,
           grad_a=False, grad_b=False, name=None):
    """Matrix products of the last two axes; leading axes broadcast.

    Args:
        a: a tensor of shape [..., m, k], or [..., k, m] to be transposed.
        b: a tensor of shape [..., k, n], or [..., n, k] to be transposed. One of both may be an array
            of scipy.sparse, which is a constant.
        transpose_a, transpose_b: whether to transpose the last two axes first.
        adjoint_a, adjoint_b: whether to transpose them and take complex conjugates.
        output_type: the dtype of the result; the operands' by default. If it is wider, products are
            computed in it.
        a_is_sparse, b_is_sparse, grad_a, grad_b, name: ignored.

    Returns:
        A tensor of shape [..., m, n].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not match, or both
            `transpose_` and `adjoint_` of one operand.
        TypeError: for dtypes that do not mix, and bool.

    Products of up to 32 x 32 x 32 run in the package's own kernel, larger ones in the BLAS that
    NumPy or SciPy has loaded (docs/blas.md).

    >>> import autograd_c as tf
    >>> tf.matmul([[1.0, 2.0]], [[3.0], [4.0]])
    <tf.Tensor: shape=(1, 1), dtype=float32, numpy=array([[11.]], dtype=float32)>
    """
    cdef Tensor x, y
    if transpose_a and adjoint_a or transpose_b and adjoint_b:
        which = "a" if transpose_a and adjoint_a else "b"
        raise ValueError(f"Only one of `transpose_{which}` and `adjoint_{which}` can be True.")
    if type(a) is Tensor and type(b) is Tensor:
        x = <Tensor>a
        y = <Tensor>b
        if x.data.value.dtype != y.data.value.dtype:
            promoted = promotion(OP_multiply, x, y)
            x = as_dtype_tensor(x, promoted)
            y = as_dtype_tensor(y, promoted)
    else:
        if is_sparse(a) or is_sparse(b):
            return sparse_operations().matmul(a, b, transpose_a, transpose_b, adjoint_a, adjoint_b,
                                              output_type)
        x, y = joined_tensors((a, b), "matmul")
    if output_type is not None:
        # What is added up is of the wider type: products of int8 fit int32.
        wanted = dtype_code(output_type)
        if itemsize(<DType><int>wanted) > itemsize(x.data.value.dtype):
            x = cast(x, output_type)
            y = cast(y, output_type)
    if adjoint_a:
        x = conj(x)
    if adjoint_b:
        y = conj(y)
    result = wrap(op_matmul(traced(x.data), traced(y.data), transpose_a or adjoint_a,
                            transpose_b or adjoint_b))
    return result if output_type is None else cast(result, output_type)


cdef object matmul_operator(object a, object b):
    """The @ operator; rank 1 counts as a row on the left and as a column on the right, as in NumPy."""
    if not (is_operand(a) and is_operand(b)):
        if is_sparse(a) or is_sparse(b):
            return sparse_operations().operator("matmul", a, b)
        return NotImplemented
    cdef Tensor x, y
    x, y = operands(OP_multiply, a, b)
    cdef int m = x.data.value.rank(), n = y.data.value.rank()
    if m == 0 or n == 0:
        raise errors.InvalidArgumentError("[matmul] needs tensors of rank 1 or more")
    left = reshape(x, (1, -1)) if m == 1 else x
    right = reshape(y, (-1, 1)) if n == 1 else y
    result = matmul(left, right)
    shape = list(extents_of(result))
    if m == 1:
        del shape[len(shape) - 2]
    if n == 1:
        shape.pop()
    return reshape(result, shape) if m == 1 or n == 1 else result
