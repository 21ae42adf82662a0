# Indexing: rows by integers, and what stands in brackets.

def gather_rows(params, indices, bint sparse=False, axes=(0,)):
    """Rows by integer indices into axis 0, or into other axes, flattened together; IndexError out
    of range.

    The axes of the indices come first, then those of `params` that are not among `axes`. With
    `sparse`, the gradient for `params` is `IndexedSlices` where that is a source; for axis 0.
    """
    cdef Tensor t = tensor_from(params)
    cdef Tensor i = tensor_from(indices)
    return wrap(op_gather(traced(t.data), untraced(i.data), sparse, bits_of(axes)))


def scatter_rows(values, indices, rows):
    """Zeros of [rows, ...] with values[i] added to row indices[i]; recorded."""
    cdef Tensor t = tensor_from(values)
    cdef Tensor i = tensor_from(indices)
    return wrap(op_scatter_add(traced(t.data), untraced(i.data), rows))


def scatter_into_zeros(values, indices, shape, axes):
    """Zeros of `shape` with values[i] added to what indices[i] picks of `axes`, flattened; recorded.

    The adjoint of `gather_rows`.
    """
    cdef Tensor t = tensor_from(values)
    cdef Tensor i = tensor_from(indices)
    cdef Shape target = shape_of(shape)
    check_dimensions(target)
    return wrap(op_scatter_add_into(traced(t.data), untraced(i.data), target, bits_of(axes)))


cdef uint32_t bits_of(object axes) except? 0:
    cdef uint32_t bits = 0
    for k in axes:
        bits |= <uint32_t>1 << <int>k
    return bits


cdef Combine combination(str how) except *:
    if how == "update":
        return COMBINE_replaced
    if how == "add":
        return COMBINE_sum
    if how == "min":
        return COMBINE_smaller
    if how == "max":
        return COMBINE_larger
    raise ValueError(f"there is no way {how!r} to combine elements")


def scatter(str how, tensor, indices, updates, axes):
    """The tensor where updates[i] meets what indices[i] picks of `axes`, flattened: one of "update",
    "add", "min", "max" says what comes of that; recorded."""
    cdef Tensor t = tensor_from(tensor)
    cdef Tensor i = tensor_from(indices)
    cdef Tensor u = tensor_from(updates, <int>t.data.value.dtype)
    return wrap(op_scatter(combination(how), traced(t.data), untraced(i.data), bits_of(axes),
                           traced(u.data)))


def flat_indices(indices, extents):
    """Indices into several axes of these extents, along the last axis, as indices into all of them,
    flattened: int64, of one axis less. Negative ones count from the end; IndexError out of range."""
    cdef Tensor i = tensor_from(indices)
    cdef Shape shape = shape_of(extents)
    cdef int rank = i.data.value.rank()
    if rank == 0 or i.data.value.extent(rank - 1) != shape.rank:
        raise errors.InvalidArgumentError(
            f"indices of shape {tuple(i.shape)} are no tuples of {shape.rank}"
        )
    return wrap(op_flat_indices(untraced(i.data), shape))


def put(tensor, key, values):
    """The tensor with `values` in the place of tensor[key], which they broadcast to; recorded.

    `key` is made of integers, slices, `...` and None.
    """
    cdef Tensor t = tensor_from(tensor)
    cdef Tensor v = tensor_from(values, <int>t.data.value.dtype)
    cdef ViewSpec spec
    if not basic_view(t, <tuple>key if type(key) is tuple else (key,), spec):
        raise bad_index(key)
    return wrap(op_put(traced(t.data), spec, op_broadcast_to(traced(v.data), spec.out)))


cdef object advanced_index = None  # set by functions/indexing.py


def set_advanced_index(function):
    """Install the function that indexes with integer and boolean arrays."""
    global advanced_index
    advanced_index = function


cdef object INDEX_TYPES = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and integer or boolean "
    "tensors, arrays and lists are valid indices, got {!r}"
)


cdef object plain_index(object item):
    """An int for what stands for one integer, else None."""
    cdef type t = type(item)
    if t is int:
        return item
    if t is bool or t is np.bool_ or isinstance(item, (list, tuple, str)):
        return None
    if t is Tensor and (
        (<Tensor>item).data.value.rank() != 0 or not is_integer((<Tensor>item).data.value.dtype)
    ):
        return None
    if isinstance(item, np.ndarray) and (item.ndim != 0 or item.dtype.kind not in "iu"):
        return None
    try:
        return operator.index(item)
    except TypeError:
        return None


@cython.nonecheck(False)  # of a tensor
cdef object index(Tensor t, object key):
    """t[key]: a view for integers, slices, `...` and None; a copy for arrays of indices."""
    cdef ViewSpec spec
    cdef tuple items = <tuple>key if type(key) is tuple else (key,)
    if type(key) is int and t.data.value.rank() == 1:  # v[i] in a loop
        return element(t, key)
    if not basic_view(t, items, spec):
        return advanced_index(t, items)
    return wrap(op_view(traced(t.data), spec))


@cython.nonecheck(False)
cdef bint basic_view(Tensor t, tuple items, ViewSpec& spec) except -1:
    """The view that integers, slices, `...` and None make of `t`; False if there is anything else."""
    cdef int rank = t.data.value.rank()
    cdef int used = 0, d = 0, k
    cdef int64_t extent
    cdef Py_ssize_t start, stop, step, count
    cdef bint ellipsis = False
    for item in items:
        if item is Ellipsis:
            if ellipsis:
                raise errors.InvalidIndexError("Multiple ellipses in slice spec not allowed")
            ellipsis = True
        elif item is not None and type(item) is not slice:
            if plain_index(item) is None:
                return False
            used += 1
        elif item is not None:
            used += 1
    if used > rank:
        raise errors.InvalidIndexError(
            f"too many indices: {used} for a tensor of shape {tuple(t.shape)}"
        )
    spec.in_rank = rank
    if not ellipsis:
        items = items + (Ellipsis,)
    for item in items:
        if item is None:
            spec.out.push(1)
        elif item is Ellipsis:
            for k in range(rank - used):
                extent = t.data.value.extent(d)
                spec.start[d] = 0
                spec.step[d] = 1
                spec.to[d] = spec.out.rank
                spec.out.push(extent)
                d += 1
        elif type(item) is slice:
            extent = t.data.value.extent(d)
            try:
                PySlice_GetIndicesEx(item, extent, &start, &stop, &step, &count)
            except TypeError:
                raise bad_index(item) from None
            except ValueError as error:  # a step of 0
                raise errors.InvalidArgumentError(str(error)) from None
            spec.start[d] = start
            spec.step[d] = step
            spec.to[d] = spec.out.rank
            spec.out.push(count)
            d += 1
        else:
            spec.start[d] = checked_index(plain_index(item), t, d)
            spec.step[d] = 0
            spec.to[d] = -1
            d += 1
    return True


@cython.nonecheck(False)
cdef int64_t checked_index(object i, Tensor t, int d) except -1:
    cdef int64_t extent = t.data.value.extent(d)
    if not -extent <= i < extent:
        raise errors.InvalidIndexError(
            f"slice index {i} of dimension {d} out of bounds for shape {tuple(t.shape)}"
        )
    return i + extent if i < 0 else i


cdef Tensor element(Tensor t, object i):
    return slice_of(t, 0, checked_index(i, t, 0), 1, True)


def bad_index(item):
    """The error for what is no index."""
    return errors.InvalidDTypeError(INDEX_TYPES.format(item))
