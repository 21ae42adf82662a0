# Reductions over axes, by the names of the functions in functions/reductions.py.

def reduce(str kind, input_tensor, axis, bint keepdims):
    """A reduction over axes, by the name of its TensorFlow function."""
    cdef Tensor t = tensor_from(input_tensor)
    cdef uint32_t axes = <uint32_t>axes_of(axis, t.data.value.rank(), kind)
    cdef Value v = traced(t.data)
    if kind == "reduce_sum":
        return wrap(op_sum(v, axes, keepdims))
    if kind == "reduce_mean":
        return wrap(op_mean(v, axes, keepdims))
    if kind == "reduce_prod":
        return wrap(op_prod(v, axes, keepdims))
    if kind == "reduce_max":
        return wrap(op_extremum(v, axes, keepdims, True))
    if kind == "reduce_min":
        return wrap(op_extremum(v, axes, keepdims, False))
    if kind == "norm":
        return wrap(op_norm(v, axes, keepdims))
    if kind == "reduce_all":
        return wrap(op_any_all(v, axes, keepdims, True))
    if kind == "reduce_any":
        return wrap(op_any_all(v, axes, keepdims, False))
    if kind == "reduce_logsumexp":
        return wrap(op_logsumexp(v, axes, keepdims))
    raise errors.InvalidArgumentError(f"[reduce] unknown kind of reduction: {kind!r}")


def arg_extremum(input, axis, dtype, bint largest):
    """Index of the largest or smallest element along one axis, the first of equals."""
    cdef Tensor t = tensor_from(input)
    cdef int code = dtype_code(dtype)
    name = "argmax" if largest else "argmin"
    if not is_integer(<DType>code):
        raise errors.InvalidDTypeError(f"[{name}] output_type must be an integer, not {dtype}")
    cdef int place = axis_of(0 if axis is None else axis, t.data.value.rank(), name)
    return wrap(op_arg_extremum(untraced(t.data), place, largest, <DType>code))
