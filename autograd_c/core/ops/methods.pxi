# The methods of arrays that are called most, of tensors and Variables. The others are in
# functions/array_methods.py.

cdef object numpy_namespace():
    from autograd_c import arrays
    return arrays


def sum_method(self, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    """Sum over axes, as `numpy.sum`: small integers are summed in int64.

    >>> import autograd_c as tf
    >>> print(tf.constant([[1.0, 2.0], [3.0, 4.0]]).sum(axis=0).numpy())
    [4. 6.]
    """
    cdef Tensor t = tensor_from(self)
    if (dtype is None and out is None and initial is None and where is True
            and is_differentiable(t.data.value.dtype)):
        return wrap(op_sum(traced(t.data), <uint32_t>axes_of(axis, t.data.value.rank(), "sum"),
                           keepdims))
    options = {} if initial is None else {"initial": initial}
    return numpy_namespace().sum(t, axis, dtype, out, keepdims, where=where, **options)


def mean_method(self, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    """Mean over axes, as `numpy.mean`: that of integers is a float64.

    >>> import autograd_c as tf
    >>> print(tf.constant([1, 2]).mean().numpy())
    1.5
    """
    cdef Tensor t = tensor_from(self)
    if (dtype is None and out is None and where is True
            and is_differentiable(t.data.value.dtype)):
        return wrap(op_mean(traced(t.data), <uint32_t>axes_of(axis, t.data.value.rank(), "mean"),
                            keepdims))
    return numpy_namespace().mean(t, axis, dtype, out, keepdims, where=where)


def reshape_method(self, *shape, order="C", copy=None):
    """The same elements in another shape, given as one sequence or extent by extent; one may be -1.

    Raises:
        ValueError: for another number of elements.

    >>> import autograd_c as tf
    >>> tf.constant([1.0, 2.0, 3.0, 4.0]).reshape(2, -1).shape
    TensorShape([2, 2])
    """
    extents = shape[0] if len(shape) == 1 else shape
    if order == "C":
        return reshape(self, extents if isinstance(extents, (tuple, list)) else (extents,))
    return numpy_namespace().reshape(self, extents, order)
