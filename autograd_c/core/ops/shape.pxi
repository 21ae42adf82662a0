# Other shapes of the same elements, and views.

def reshape(tensor, shape, name=None):
    """The same elements, in C order, in another shape.

    Args:
        tensor: any tensor.
        shape: the new extents; at most one is -1, which is computed (where others are 0, from the
            extents that are not).
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if the number of elements differs.

    >>> import autograd_c as tf
    >>> tf.reshape(tf.range(6), [2, -1]).shape
    TensorShape([2, 3])
    """
    if name is not None:
        check_name(name, "reshape")
    cdef Tensor t = tensor_from(tensor)
    cdef Shape target = shape_of(shape)
    cdef int k, unknown = -1
    cdef int64_t known = 1
    for k in range(target.rank):
        if target.dims[k] == -1:
            if unknown >= 0:
                raise errors.InvalidArgumentError(
                    f"[reshape] Only one input size may be -1, not both {unknown} and {k}"
                )
            unknown = k
        elif target.dims[k] < 0:
            raise errors.InvalidArgumentError(
                f"[reshape] Size {k} must be non-negative, not {target.dims[k]}"
            )
    if unknown >= 0:
        target.dims[unknown] = 1
        known = target.size()
        if known == 0:  # of what is empty, the extents that are not 0 tell, as TensorFlow does it
            target.dims[unknown] = product_of_extents(t.data.value.shape()) // max(
                product_of_extents(target), 1)
        elif t.data.value.size() % known:
            raise errors.InvalidArgumentError(
                f"[reshape] Input to reshape is a tensor with {t.data.value.size()} values, but "
                f"the requested shape requires a multiple of {known}"
            )
        else:
            target.dims[unknown] = t.data.value.size() // known
    return wrap(op_reshape(traced(t.data), target))


cdef int64_t product_of_extents(Shape shape):
    """Of those that are not 0."""
    cdef int64_t product = 1
    cdef int k
    for k in range(shape.rank):
        if shape.dims[k] != 0:
            product *= shape.dims[k]
    return product


def transpose(a, perm=None, conjugate=False, name="transpose"):
    """Axes in another order.

    Args:
        a: any tensor.
        perm: output axis k is axis perm[k] of `a`; all reversed by default.
        conjugate: whether to take complex conjugates as well.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if `perm` is no permutation of the axes.

    >>> import autograd_c as tf
    >>> tf.transpose(tf.zeros([2, 3, 4]), [1, 0, 2]).shape
    TensorShape([3, 2, 4])
    """
    cdef Tensor t = tensor_from(a)
    cdef int rank = t.data.value.rank()
    cdef int[32] order
    cdef int k
    cdef uint32_t seen = 0
    if perm is None:
        axes = [rank - 1 - k for k in range(rank)]
    else:
        if isinstance(perm, (Tensor, Variable, np.ndarray)):
            perm = argument_array(perm).tolist()
        if isinstance(perm, int):
            raise TypeError(
                f"[transpose] perm is a list of all axes, not {perm}: for a tensor of rank {rank} such "
                f"as tf.transpose(x, {list(range(rank))[::-1]})"
            )
        axes = list(perm)
        if len(axes) != rank:
            raise errors.InvalidArgumentError(
                f"[transpose] expects {rank} axes for shape {tuple(t.shape)}, got {axes}"
            )
    for k in range(rank):
        order[k] = axis_of(axes[k], rank, "transpose")
        if seen >> order[k] & 1:
            raise errors.InvalidArgumentError(f"[transpose] {axes} is no permutation of the axes")
        seen |= <uint32_t>1 << order[k]
    v = wrap(op_transpose(traced(t.data), order))
    return conj(v) if conjugate else v


def broadcast_to(input, shape, name=None):
    """`input` repeated along axes of extent 1, and new leading ones, to `shape`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if it does not broadcast to it.

    >>> import autograd_c as tf
    >>> tf.broadcast_to(tf.constant([1, 2]), [2, 2])
    <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
    array([[1, 2],
           [1, 2]], dtype=int32)>
    """
    if name is not None:
        check_name(name, "broadcast_to")
    cdef Shape target = shape_of(shape)
    check_dimensions(target)
    return wrap(op_broadcast_to(traced((<Tensor>tensor_from(input)).data), target))


@cython.nonecheck(False)
cdef Tensor slice_of(Tensor t, int axis, int64_t start, int64_t count, bint drop):
    cdef Value v = traced(t.data)
    return wrap(op_slice_axis(v, axis, start, count, drop))


def slice_axis(value, int axis, start, count):
    """`count` slices along an axis from `start` on, unchecked."""
    return slice_of(tensor_from(value), axis, start, count, False)


def diagonal_view(value, labels, out_labels):
    """The view on which axes of one label move together, in the order of `out_labels`."""
    cdef Tensor t = tensor_from(value)
    cdef ViewSpec spec
    cdef int d
    spec.in_rank = t.data.value.rank()
    for label in out_labels:
        spec.out.push(t.data.value.extent(labels.index(label)))
    for d in range(spec.in_rank):
        spec.start[d] = 0
        spec.step[d] = 1
        spec.to[d] = out_labels.index(labels[d])
    return wrap(op_view(traced(t.data), spec))


def reverse_axes(value, axes):
    """The elements in the opposite order along the given axes."""
    cdef Tensor t = tensor_from(value)
    cdef ViewSpec spec
    cdef int d
    cdef int64_t mask = axes_of(axes, t.data.value.rank(), "reverse")
    spec.in_rank = t.data.value.rank()
    for d in range(spec.in_rank):
        spec.out.push(t.data.value.extent(d))
        spec.to[d] = d
        spec.step[d] = -1 if mask >> d & 1 else 1
        spec.start[d] = t.data.value.extent(d) - 1 if mask >> d & 1 else 0
    return wrap(op_view(traced(t.data), spec))
