# Several tensors as one, and one as several; the dtype that several have in common.

cdef list joined_tensors(object values, str operation):
    """Tensors of one dtype, as two operands have it, of several: Python numbers and lists among them
    take that of the others, and arrays of integers and bools that of a higher kind."""
    cdef Tensor t
    cdef int code = NO_DTYPE, kind = 0, own, k
    cdef list tensors = [None if is_weak(x) else tensor_from(x) for x in values]
    for t in tensors:
        if t is not None:
            kind = max(kind, kind_of(<int>t.data.value.dtype))
    for k in range(len(tensors)):
        if tensors[k] is None:
            continue
        own = <int>(<Tensor>tensors[k]).data.value.dtype
        if kind_of(own) < kind and not has_own_dtype(values[k]):
            continue
        if code == NO_DTYPE:
            code = own
        elif code != own:
            promoted = common_code(operation, code, own)
            if promoted < 0:
                raise errors.InvalidDTypeError(
                    f"[{operation}] " + str(dtypes.promotion_error(DTYPES[code], DTYPES[own]))
                )
            code = promoted
    if code == NO_DTYPE:
        return list_tensors(values)
    for k in range(len(tensors)):
        t = tensor_from(values[k], code) if tensors[k] is None else <Tensor>tensors[k]
        tensors[k] = as_dtype_tensor(t, code)
    return tensors


def operands_of(str operation, *values):
    """The operands of an operation of Python as tensors of one dtype.

    Raises:
        TypeError: for dtypes that do not mix.
    """
    return joined_tensors(values, operation)


cdef vector[Value] joined_values(object values, str operation) except *:
    """The same as values for the engine."""
    cdef vector[Value] out
    cdef Tensor t
    for t in joined_tensors(values, operation):
        out.push_back(traced(t.data))
    return out


def concat(values, axis, name="concat"):
    """Tensors one after the other along an axis that they have.

    Args:
        values: a list of tensors whose shapes agree but for `axis`. One tensor that stands for such
            a list is returned as it is.
        axis: an int, negative ones from the end.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not agree or a bad axis.

    >>> import autograd_c as tf
    >>> tf.concat([[1, 2], [3]], 0)
    <tf.Tensor: shape=(3,), dtype=int32, numpy=array([1, 2, 3], dtype=int32)>
    """
    as_index(axis, "concat")
    if isinstance(values, (Tensor, Variable, np.ndarray)):
        return identity(values)
    if len(values) == 0:
        raise errors.InvalidArgumentError("[concat] needs at least one tensor")
    cdef vector[Value] parts = joined_values(values, "concat")
    cdef int rank = parts[0].rank()
    cdef int k, d
    if rank == 0:
        raise errors.InvalidArgumentError(
            "[concat] Can't concatenate scalars (use tf.stack instead)"
        )
    cdef int place = axis_of(axis, rank, "concat")
    for k in range(1, <int>parts.size()):
        if parts[k].rank() != rank:
            raise errors.InvalidArgumentError(
                f"[concat] Ranks of all input tensors should match: shape[0] = "
                f"{shape_tuple(parts[0].shape())} vs. shape[{k}] = {shape_tuple(parts[k].shape())}"
            )
        for d in range(rank):
            if d != place and parts[k].extent(d) != parts[0].extent(d):
                raise errors.InvalidArgumentError(
                    f"[concat] Dimension {d} in both shapes must be equal: shape[0] = "
                    f"{shape_tuple(parts[0].shape())} vs. shape[{k}] = "
                    f"{shape_tuple(parts[k].shape())}"
                )
    return wrap(op_concat(parts, place))


cdef list list_tensors(object values):
    """Lists of Python numbers as tensors of the dtype that all of them together have."""
    code = NO_DTYPE
    tensors = [tensor_from(x) for x in values]
    for t in tensors:
        code = max(code, <int>(<Tensor>t).data.value.dtype)
    return [as_dtype_tensor(tensor_from(x, code), code) for x in values]


def stack(values, axis=0, name="stack"):
    """Tensors of one shape along a new axis.

    Args:
        values: a list of tensors of one shape.
        axis: where the new axis goes, negative ones from the end.
        name: ignored.

    Raises:
        ValueError: for shapes that differ, or an axis out of range.

    >>> import autograd_c as tf
    >>> tf.stack([tf.constant([1, 2]), tf.constant([3, 4])], axis=1)
    <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
    array([[1, 3],
           [2, 4]], dtype=int32)>
    """
    if isinstance(values, (Tensor, Variable, np.ndarray)):
        values = list(values)
    if len(values) == 0:
        return full((0,), 0)
    cdef vector[Value] parts = joined_values(values, "stack")
    cdef int rank = parts[0].rank()
    cdef int k
    place = as_index(axis, "stack")
    if not -rank - 1 <= place <= rank:
        raise errors.InvalidArgumentError(
            f"[stack] Argument `axis` = {axis} not in range [{-rank - 1}, {rank + 1})"
        )
    for k in range(1, <int>parts.size()):
        if not parts[k].same_shape(parts[0]):
            raise errors.InvalidArgumentError(
                f"[stack] Shapes of all inputs must match: values[0].shape = "
                f"{shape_tuple(parts[0].shape())} != values[{k}].shape = "
                f"{shape_tuple(parts[k].shape())}"
            )
    return wrap(op_stack(parts, place + rank + 1 if place < 0 else place))


def unstack(value, num=None, axis=0, name="unstack"):
    """The slices along an axis, as a list.

    Args:
        value: a tensor of rank 1 or more.
        num: the number of slices, checked if given.
        axis: an int, negative ones from the end.
        name: ignored.

    Raises:
        ValueError: for an axis out of range or another number of slices.

    >>> import autograd_c as tf
    >>> [int(x) for x in tf.unstack(tf.constant([5, 6]))]
    [5, 6]
    """
    cdef Tensor t = tensor_from(value)
    cdef int rank = t.data.value.rank()
    if rank == 0:
        raise errors.InvalidArgumentError("[unstack] needs a tensor of rank 1 or more")
    cdef int place = axis_of(axis, rank, "unstack")
    cdef int64_t count = t.data.value.extent(place)
    if open_recordings != 0 and num is None:
        require_known(t, place, place + 1, "tf.unstack(x, num)")
    if num is not None and num != count and num != 0:
        raise errors.InvalidArgumentError(
            f"[unstack] Input shape axis {place} must equal {num}, got shape {tuple(t.shape)}"
        )
    return [slice_of(t, place, k, 1, True) for k in range(count)]
