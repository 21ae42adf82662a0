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


def gather_along(params, indices, int axis):
    """Slices along an axis, where the axes of the indices stand then."""
    cdef Tensor t = tensor_from(params)
    cdef Tensor i = tensor_from(indices)
    cdef Value v = op_gather(traced(t.data), untraced(i.data), False, <uint32_t>1 << axis)
    return wrap(behind(v, i.data.value.rank(), axis))


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


def scatter_tuples(str how, tensor, indices, updates):
    """The same of tuples of indices into the first axes, which stand along the last axis of `indices`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for updates of another shape.
    """
    cdef Tensor t = tensor_from(tensor)
    cdef Tensor i = tensor_from(indices)
    cdef Tensor u = tensor_from(updates)
    cdef Shape first, shape = t.data.value.shape()
    cdef int lead = i.data.value.rank() - 1, rank = u.data.value.rank(), k
    cdef int count = <int>i.data.value.extent(lead)
    cdef bint fits = rank == lead + shape.rank - count
    if fits:
        for k in range(rank):
            fits = fits and u.data.value.extent(k) == (
                i.data.value.extent(k) if k < lead else shape.dims[k - lead + count])
    if not fits:
        raise errors.InvalidArgumentError(
            f"[tensor_scatter_nd_{how}] updates of shape {tuple(u.shape)}, where indices of shape "
            f"{tuple(i.shape)} into shape {tuple(t.shape)} take "
            f"{(*tuple(i.shape)[:lead], *tuple(t.shape)[count:])}"
        )
    for k in range(count):
        first.push(shape.dims[k])
    cdef Value flat = op_flat_indices(untraced(i.data), first)
    return wrap(op_scatter(combination(how), traced(t.data), flat, (<uint32_t>1 << count) - 1,
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


cdef object INDEX_TYPES = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and integer or boolean "
    "tensors, arrays and lists are valid indices, got {!r}"
)


cdef bint is_computed_index(Tensor t) except -1:
    """Whether it is one integer that a program computes: then it is not read, but an array of
    indices."""
    if (active_log == NULL or active_log.program == NULL or t.data.value.rank() != 0
            or not is_integer(t.data.value.dtype)):
        return False
    return current_recording() is not None or known_node(t.data, active_log) != no_node


cdef object plain_index(object item):
    """An int for what stands for one integer, else None."""
    cdef type t = type(item)
    if t is int:
        return item
    if t is Tensor and is_computed_index(<Tensor>item):
        return None
    if t is bool or t is np.bool_ or isinstance(item, (list, tuple, str)):
        return None
    if t is Tensor and (
        (<Tensor>item).data.value.rank() != 0 or not is_integer((<Tensor>item).data.value.dtype)
    ):
        return None
    if isinstance(item, np.ndarray) and (item.ndim != 0 or item.dtype.kind not in "iu"):
        return None
    try:
        return index_of(item)
    except TypeError:
        return None


@cython.nonecheck(False)  # of a tensor
cdef object index(Tensor t, object key):
    """t[key]: a view for integers, slices, `...` and None; a copy of a small part, and for arrays of
    indices."""
    cdef ViewSpec spec
    cdef tuple items = <tuple>key if type(key) is tuple else (key,)
    if type(key) is int and t.data.value.rank() == 1:  # v[i] in a loop
        return element(t, key)
    if not basic_view(t, items, spec):
        return advanced(t, items)
    cdef Value part = op_view(traced(t.data), spec)
    # A record that keeps a small part must not keep the memory of all from being assigned to.
    if part.is_array and part.size() <= t.data.value.size() // 8 and part.size() <= 65536:
        make_writable(part)
    return wrap(part)


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
                PySlice_GetIndicesEx(plain_slice(item), extent, &start, &stop, &step, &count)
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


cdef object plain_slice(object item):
    """A slice that stands in brackets, where nobody but this package reads tensors that are its ends."""
    if open_recordings == 0:
        return item
    item = slice(*[index_of(x) if type(x) is Tensor else x for x in (item.start, item.stop, item.step)])
    note_ends(item)
    return item


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


# ---------------------------------------------------------------- arrays of indices

cdef Value index_array(object item) except *:
    """An array of integers or of bool, as a value that nothing is recorded of."""
    cdef Tensor t
    cdef Value v
    cdef int64_t* next
    cdef Py_ssize_t n, k
    if isinstance(item, (list, tuple)):
        n = len(item)
        for k in range(n):
            if type(item[k]) is not int or not -2**62 < item[k] < 2**62:
                break
        else:
            v = make_value(<DType>INT64, shape_of((n,)))
            next = <int64_t*>v.mutable_data()
            for k in range(n):
                next[k] = item[k]
            return v
    if type(item) is Tensor:
        t = <Tensor>item
    elif isinstance(item, Variable):
        t = variable_tensor(<Variable>item)
    else:
        if isinstance(item, (str, bytes, float, complex)):
            raise bad_index(item)
        try:
            t = wrap(array_value(plain_array(item)))
        except errors.InvalidDTypeError:  # a masked array
            raise
        except (TypeError, ValueError):
            raise bad_index(item) from None
    if not is_integer(t.data.value.dtype) and <int>t.data.value.dtype != BOOL:
        raise bad_index(item)
    return untraced(t.data)


cdef struct PickedAxes:
    uint32_t axes  # of the view, that arrays are for
    bint whole     # the view is all of the tensor
    int before     # axes of the view in front of those of the arrays, in the result


cdef object advanced(Tensor t, tuple items):
    """t[items] where at least one item is an array of integers or of bool, by NumPy's rules.

    Recorded are a view for all that is no array, one gather of rows, and a transposition, each where
    it is needed.
    """
    cdef ViewSpec spec
    cdef vector[Value] parts
    cdef vector[int64_t] extents
    cdef PickedAxes picked = read_advanced(t, items, spec, parts, extents)
    cdef Value v = traced(t.data)
    if not picked.whole:
        v = op_view(v, spec)
    v = op_gather_joint(v, parts, extents, picked.axes)
    if picked.before > 0:
        v = behind(v, v.rank() - spec.out.rank + bits_in(picked.axes), picked.before)
    return wrap(v)


cdef PickedAxes read_advanced(Tensor t, tuple items, ViewSpec& spec, vector[Value]& parts,
                              vector[int64_t]& extents) except *:
    """What stands in brackets: a view of `t`, and arrays of indices into some of its axes, with the
    extents of those that each is for, together.

    Raises:
        IndexError: for indices out of range, masks of another shape, or arrays that do not
            broadcast.
        TypeError: for arrays of other dtypes.
    """
    cdef PickedAxes picked
    cdef vector[Value] arrays
    cdef Value v
    cdef int rank = t.data.value.rank()
    cdef int used = 0, d = 0, k, width
    cdef int first = -1, last = -1, chosen = 0  # places of arrays and integers among the items
    cdef int before = 0             # axes of the view in front of those
    cdef uint32_t axes = 0
    cdef size_t a = 0
    cdef int64_t extent
    cdef Py_ssize_t start, stop, step, count
    cdef bint whole = True, ellipsis = False
    cdef list entries = []
    for item in items:
        if item is Ellipsis:
            if ellipsis:
                raise errors.InvalidIndexError("an index can have one ellipsis ('...') only")
            ellipsis = True
        elif item is not None:
            used += 1
            if type(item) is not slice:
                number = plain_index(item)
                if number is None:
                    arrays.push_back(index_array(item))
                    if <int>arrays.back().dtype == BOOL:
                        used += arrays.back().rank() - 1
                    item = True  # the next of the arrays
                else:
                    item = number
        entries.append(item)
    if used > rank:
        raise errors.InvalidIndexError(
            f"too many indices: {used} for a tensor of shape {tuple(t.shape)}"
        )
    if not ellipsis:
        entries.append(Ellipsis)
    spec.in_rank = rank
    for place, item in enumerate(entries):
        if item is None:
            spec.out.push(1)
            whole = False
        elif item is Ellipsis:
            for k in range(rank - used):
                whole_axis(t, spec, d)
                d += 1
        elif type(item) is slice:
            extent = t.data.value.extent(d)
            try:
                PySlice_GetIndicesEx(plain_slice(item), extent, &start, &stop, &step, &count)
            except TypeError:
                raise bad_index(item) from None
            except ValueError as error:  # a step of 0
                raise errors.InvalidArgumentError(str(error)) from None
            whole = whole and step == 1 and count == extent
            spec.start[d] = start
            spec.step[d] = step
            spec.to[d] = spec.out.rank
            spec.out.push(count)
            d += 1
        else:
            if first < 0:
                first = place
                before = spec.out.rank
            last = place
            chosen += 1
            width = 1
            if item is not True:
                # No view: the cotangent of a few elements would be one of all of it.
                v = value_from_bits(<DType>INT64, <uint64_t>checked_index(item, t, d))
            else:
                v = arrays[a]
                a += 1
            if <int>v.dtype == BOOL:
                width = v.rank()
                check_mask(t, v, d)
                note_value_read(v)  # the shape of the result depends on it
                extent = v.size()
                v = op_nonzero_flat(v)
                if width == 0:  # a mask of no axes: a new one, kept or emptied
                    axes |= <uint32_t>1 << spec.out.rank
                    spec.out.push(1)
                    whole = False
            else:
                extent = t.data.value.extent(d)
            for k in range(width):
                axes |= <uint32_t>1 << spec.out.rank
                whole_axis(t, spec, d)
                d += 1
            parts.push_back(v)
            extents.push_back(extent)
    picked.axes = axes
    picked.whole = whole
    # NumPy puts the indexed axes where they were if they were together, and first otherwise.
    picked.before = before if last - first + 1 == chosen else 0
    return picked


# ---------------------------------------------------------------- item assignment

cdef extern from *:
    """
    // Nothing but the interpreter's stack holds it: nobody will see what is assigned to it.
    static int is_temporary(PyObject* x) {
    #if PY_VERSION_HEX >= 0x030e0000
        return PyUnstable_Object_IsUniqueReferencedTemporary(x);
    #else
        return Py_REFCNT(x) == 1;
    #endif
    }
    """
    bint is_temporary(object)


cdef int assign_item(Tensor t, object key, object value) except -1:
    """t[key] = value by NumPy's rules: the tensor gets another value, which is recorded.

    Raises:
        IndexError: for indices that `t[key]` does not take.
        TypeError: for the result of an expression, as in x[i][j] = value; for a dtype that the tensor's does not hold: complex in a real one; or a value
            that a tape knows in a tensor of integers, where its derivative would be lost.
        ValueError: for a shape that does not broadcast to that of `t[key]`.
    """
    cdef ViewSpec spec
    cdef vector[Value] parts
    cdef vector[int64_t] extents
    cdef PickedAxes picked
    cdef tuple items = <tuple>key if type(key) is tuple else (key,)
    cdef Tensor v
    cdef Value indices, values, view
    cdef Shape shape
    cdef int k, count
    if t.origin is not None:
        raise no_item_assignment()
    note_assignment(t)
    v = item_value(t, value)
    if basic_view(t, items, spec):
        op_assign(t.data, spec, item_fitted(t, key, v, spec.out))
        return 0
    if current_recording() is not None and is_mask_of(t, items) and v.data.value.rank() == 0:
        # The same for all masks.
        basic_view(t, (Ellipsis,), spec)
        op_assign(t.data, spec, op_select(
            traced((<Tensor>tensor_from(items[0])).data), op_broadcast_to(traced(v.data), spec.out),
            traced(t.data)))
        return 0
    picked = read_advanced(t, items, spec, parts, extents)
    indices = op_joint_indices(parts, extents)
    count = indices.rank()
    # The shape of t[key]: the axes of the indices stand where those that they pick from were.
    cdef list extents_left = [spec.out.dims[k] for k in range(spec.out.rank)
                              if not picked.axes >> k & 1]
    for n in (*extents_left[:picked.before], *shape_tuple(indices.shape()),
              *extents_left[picked.before:]):
        shape.push(n)
    values = item_fitted(t, key, v, shape)
    if picked.before > 0:
        values = in_front(values, count, picked.before)
    if picked.whole:
        op_assign_rows(t.data, indices, picked.axes, values)
        return 0
    view = op_scatter(COMBINE_replaced, op_view(traced(t.data), spec), indices, picked.axes, values)
    op_assign(t.data, spec, view)
    return 0


cdef bint is_mask_of(Tensor t, tuple items) except -1:
    """Whether an element is chosen or not for each element of the tensor."""
    cdef Tensor mask
    if len(items) != 1 or not isinstance(items[0], (Tensor, Variable)):
        return False
    mask = tensor_from(items[0])
    return <int>mask.data.value.dtype == BOOL and mask.data.value.same_shape(t.data.value)


cdef Tensor item_value(Tensor t, object value):
    """What is assigned, in the dtype of the tensor."""
    cdef int own = <int>t.data.value.dtype
    cdef Tensor v
    if type(value) is float and is_floating(<DType>own) or type(value) is int and own != BOOL:
        return wrap(number_value(value, own))
    v = tensor_from(value)
    if <int>v.data.value.dtype == own:
        return v
    if is_complex(v.data.value.dtype) and not is_complex(<DType>own):
        raise errors.InvalidDTypeError(
            f"[item assignment] numbers of dtype {v.dtype.name} for a tensor of dtype {t.dtype.name}"
        )
    if not is_differentiable(<DType>own) and is_differentiable(v.data.value.dtype) and would_lose(v):
        raise errors.InvalidDTypeError(
            f"[item assignment] the derivative of a value of dtype {v.dtype.name} would be lost in a "
            f"tensor of dtype {t.dtype.name}: make that of floats, or assign value.numpy()"
        )
    return as_dtype_tensor(v, own)


cdef Value item_fitted(Tensor t, object key, Tensor v, const Shape& shape) except *:
    """The value broadcast to a shape; leading axes of extent 1 more than that has count for nothing."""
    cdef Value x = traced(v.data)
    cdef Shape own
    cdef int k, lead = x.rank() - shape.rank
    if lead > 0:
        for k in range(x.rank()):
            if k >= lead or x.extent(k) != 1:
                own.push(x.extent(k))
        x = op_reshape(x, own)
    try:
        return op_broadcast_to(x, shape)
    except ValueError:
        raise errors.InvalidArgumentError(
            f"[item assignment] could not broadcast a value of shape {tuple(v.shape)} to the part of "
            f"shape {shape_tuple(shape)} of a tensor of shape {tuple(t.shape)}"
        ) from None


cdef Value in_front(const Value& v, int count, int place) except *:
    """The inverse of `behind`."""
    cdef int[32] order
    cdef int k
    for k in range(v.rank()):
        order[k] = place + k if k < count else k - count if k < count + place else k
    return op_transpose(v, order)


cdef int whole_axis(Tensor t, ViewSpec& spec, int d) except -1:
    """An axis of which a view takes all."""
    spec.start[d] = 0
    spec.step[d] = 1
    spec.to[d] = spec.out.rank
    spec.out.push(t.data.value.extent(d))
    return 0


cdef int check_mask(Tensor t, const Value& mask, int d) except -1:
    cdef int k
    for k in range(mask.rank()):
        if mask.extent(k) != t.data.value.extent(d + k):
            raise errors.InvalidIndexError(
                f"boolean index of shape {shape_tuple(mask.shape())} does not match the axes from "
                f"{d} on of shape {tuple(t.shape)}"
            )
    return 0


cdef int bits_in(uint32_t bits) noexcept:
    cdef int count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count


cdef Value behind(const Value& v, int count, int place) except *:
    """The first `count` axes behind the next `place`."""
    cdef int[32] order
    cdef int k
    for k in range(v.rank()):
        order[k] = count + k if k < place else k - place if k < place + count else k
    return op_transpose(v, order)
