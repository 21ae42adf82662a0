# Elements taken along axes run by run: padding, and moving around the ends.

cdef vector[int64_t] integers_of(object given, str operation, str what) except *:
    """What people give for an integer or several, as they are; floats and bools are refused."""
    cdef vector[int64_t] numbers
    if isinstance(given, (Tensor, Variable, np.ndarray)):
        given = argument_array(given)
        if given.ndim > 1:
            raise errors.InvalidArgumentError(
                f"[{operation}] {what} must be an int or several, not {given}"
            )
        given = given.tolist()
    if type(given) is not list and type(given) is not tuple:
        given = tuple(given) if isinstance(given, range) else (given,)
    for item in given:
        if type(item) is not int:
            try:
                if isinstance(item, bool):
                    raise TypeError
                item = index_of(item)
            except TypeError:
                raise errors.InvalidDTypeError(
                    f"[{operation}] {what} must be integers, not {given!r}"
                ) from None
        numbers.push_back(item)
    return numbers


def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    """A tensor with elements around it.

    Args:
        tensor: a tensor of rank n.
        paddings: integers of shape [n, 2]: how many to put before and behind along each axis.
        mode: "CONSTANT", "REFLECT" (mirrored at the outermost elements, which occur once) or
            "SYMMETRIC" (mirrored behind them), in letters of any case.
        constant_values: for the first of these; a number, or a 0-d tensor of the dtype of `tensor`.
            Differentiable in it.
        name: ignored.

    Raises:
        TypeError: for paddings that are no integers, or a number that the dtype cannot hold.
        ValueError: (`tf.errors.InvalidArgumentError`) for an unknown mode, paddings of another
            shape, negative ones, or more than there is to mirror.

    >>> import autograd_c as tf
    >>> print(tf.pad([1, 2, 3], [[2, 1]]).numpy())
    [0 0 1 2 3 0]
    >>> print(tf.pad([1, 2, 3], [[2, 1]], "reflect").numpy())
    [3 2 1 2 3 2]
    """
    cdef Tensor x = tensor_from(tensor)
    cdef Tensor value
    cdef Arrangement how
    cdef vector[int64_t] pair
    cdef int rank = x.data.value.rank(), k
    cdef int once = 0
    cdef int64_t n, before, behind
    cdef bint constant = False
    if mode == "CONSTANT":
        constant = True
    else:
        mirrored = mode.upper()
        if mirrored == "CONSTANT":
            constant = True
        elif mirrored == "REFLECT":
            once = 1
        elif mirrored != "SYMMETRIC":
            raise errors.InvalidArgumentError(
                '[pad] mode must be one of "CONSTANT", "REFLECT" and "SYMMETRIC", in letters of any '
                f"case, not {mode!r}"
            )
    if type(paddings) is not list and type(paddings) is not tuple:
        paddings = argument_array(paddings)
        if paddings.ndim != 2:
            raise bad_paddings(rank, paddings)
        if paddings.size and paddings.dtype.kind not in "iu":
            raise errors.InvalidDTypeError(
                f"[pad] paddings must be integers, not {paddings!r}"
            )
        paddings = paddings.tolist() if paddings.size else []
    if len(paddings) != rank:
        raise bad_paddings(rank, paddings)
    for k in range(rank):
        pair = integers_of(paddings[k], "pad", "paddings")
        if pair.size() != 2:
            raise bad_paddings(rank, paddings)
        before, behind = pair[0], pair[1]
        n = x.data.value.extent(k)
        if not 0 <= before < 2**60 or not 0 <= behind < 2**60:
            raise errors.InvalidArgumentError(
                f"[pad] Paddings must be non-negative: {before} {behind}"
            )
        how.add_axis()
        if constant:
            how.add_run(-1, 0, before)
            how.add_run(0, 1, n)
            how.add_run(-1, 0, behind)
            continue
        if max(before, behind) > n - once:
            limit = "less than" if once else "no greater than"
            raise errors.InvalidArgumentError(
                f"[pad] paddings must be {limit} the dimension size: {before}, {behind} for {n} "
                f"along axis {k}"
            )
        how.add_run(before + once - 1, -1, before)
        how.add_run(0, 1, n)
        how.add_run(n - 1 - once, -1, behind)
    if not constant or type(constant_values) is int and constant_values == 0:
        return wrap(op_arrange(traced(x.data), how, zero_of(x.data.value.dtype)))
    x, value = joined_tensors((tensor, constant_values), "pad")
    return wrap(op_arrange(traced(x.data), how, traced(value.data)))


cdef object bad_paddings(int rank, object paddings):
    return errors.InvalidArgumentError(
        f"[pad] paddings must have shape ({rank}, 2), for a tensor of rank {rank}, not {paddings}"
    )


cdef Value zero_of(DType dtype) except *:
    cdef Shape shape
    return op_zeros(dtype, shape)


def roll(input, shift, axis, name=None):
    """Elements moved along axes; what leaves at one end comes in at the other.

    Args:
        input: a tensor of rank 1 or more.
        shift: by how many places, towards higher indices; an int, or one for each axis.
        axis: an int, or several; negative ones from the end. Shifts along one axis add up.
        name: ignored.

    Raises:
        TypeError: for shifts and axes that are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range, another number of
            shifts than of axes, or a tensor of rank 0.

    >>> import autograd_c as tf
    >>> print(tf.roll([1, 2, 3, 4], 1, axis=0).numpy())
    [4 1 2 3]
    """
    cdef Tensor x = tensor_from(input)
    cdef Arrangement how
    cdef int rank = x.data.value.rank(), k
    cdef size_t i
    cdef int64_t n, first
    cdef int64_t[32] moved
    cdef vector[int64_t] shifts = integers_of(shift, "roll", "shift")
    cdef vector[int64_t] axes = integers_of(axis, "roll", "axis")
    if shifts.size() != axes.size() or rank == 0:
        raise errors.InvalidArgumentError(
            f"[roll] {shifts.size()} shifts along {axes.size()} axes of a tensor of rank {rank}"
        )
    for k in range(rank):
        moved[k] = 0
    for i in range(axes.size()):
        k = axis_of(axes[i], rank, "roll")
        note_limit(shifts[i])
        n = x.data.value.extent(k)
        if n > 0:
            moved[k] = (moved[k] + shifts[i] % n) % n
    for k in range(rank):
        n = x.data.value.extent(k)
        first = (n - moved[k]) % n if n > 0 else 0
        how.add_axis()
        how.add_run(first, 1, n - first)
        how.add_run(0, 1, first)
    return wrap(op_arrange(traced(x.data), how, zero_of(x.data.value.dtype)))


def tile(input, multiples, name=None):
    """The tensor repeated multiples[k] times along each axis k.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a wrong number of multiples or a negative
            one.

    >>> import autograd_c as tf
    >>> print(tf.tile(tf.constant([1, 2]), [2]).numpy())
    [1 2 1 2]
    """
    cdef Tensor x = tensor_from(input)
    cdef int rank = x.data.value.rank(), k
    cdef vector[int64_t] counts = integers_of(multiples, "tile", "multiples")
    cdef Arrangement how
    cdef Shape own = x.data.value.shape(), between, repeated, all
    cdef int64_t runs = 0, n
    if <int>counts.size() != rank:
        raise errors.InvalidArgumentError(
            f"[tile] Expected multiples argument to be a vector of length {rank} but got length "
            f"{counts.size()}"
        )
    for k in range(rank):
        n = counts[k]
        if not 0 <= n < 2**60:
            raise errors.InvalidArgumentError(f"[tile] Expected multiples[{k}] >= 0, but got {n}")
        runs += min(n, 100)
    if open_extents() is not None and (
            type(multiples) is Tensor or isinstance(multiples, (list, tuple)) and holds_tensor(multiples)):
        runs = 100  # runs are attributes: how many there are is not to depend on extents
    if runs < 100:
        for k in range(rank):
            how.add_axis()
            for _ in range(counts[k]):
                how.add_run(0, 1, own.dims[k])
        return wrap(op_arrange(traced(x.data), how, zero_of(x.data.value.dtype)))
    for k in range(rank):
        between.push(1)
        between.push(own.dims[k])
        repeated.push(counts[k])
        repeated.push(own.dims[k])
        all.push(counts[k] * own.dims[k])
    return wrap(op_reshape(op_broadcast_to(op_reshape(traced(x.data), between), repeated), all))


def repeat_each(tensor, int axis, int64_t count):
    """Each slice along an axis `count` times, unchecked."""
    cdef Tensor x = tensor_from(tensor)
    cdef Shape single, several, all
    cdef int k
    cdef int64_t n
    for k in range(x.data.value.rank()):
        n = x.data.value.extent(k)
        single.push(n)
        several.push(n)
        all.push(n * count if k == axis else n)
        if k == axis:
            single.push(1)
            several.push(count)
    return wrap(op_reshape(op_broadcast_to(op_reshape(traced(x.data), single), several), all))


def part(tensor, begin, size):
    """The part that begins at an element and has a shape, -1 for all that is left: `tf.slice`."""
    cdef Tensor x = tensor_from(tensor)
    cdef vector[int64_t] first = integers_of(begin, "slice", "begin")
    cdef vector[int64_t] count = integers_of(size, "slice", "size")
    cdef ViewSpec spec
    cdef int rank = x.data.value.rank(), k
    cdef int64_t extent
    if <int>first.size() != rank or <int>count.size() != rank:
        raise errors.InvalidArgumentError(
            f"[slice] Expected begin and size to be {rank} integers each, but got {first.size()} "
            f"and {count.size()}"
        )
    spec.in_rank = rank
    for k in range(rank):
        extent = x.data.value.extent(k)
        if not 0 <= first[k] <= extent:
            raise errors.InvalidArgumentError(
                f"[slice] Expected begin[{k}] in [0, {extent}], but got {first[k]}"
            )
        if not -1 <= count[k] <= extent - first[k]:
            raise errors.InvalidArgumentError(
                f"[slice] Expected size[{k}] in [0, {extent - first[k]}], but got {count[k]}"
            )
        spec.start[k] = first[k]
        spec.step[k] = 1
        spec.to[k] = k
        spec.out.push(extent - first[k] if count[k] < 0 else count[k])
    return wrap(op_view(traced(x.data), spec))


def insert_axis(tensor, axis):
    """A new axis of extent 1, negative ones from the end of the result: `tf.expand_dims`."""
    cdef Tensor x = tensor_from(tensor)
    cdef int rank = x.data.value.rank(), k
    cdef int place = axis_of(axis, rank + 1, "expand_dims")
    cdef Shape shape
    for k in range(rank + 1):
        if k == place:
            shape.push(1)
        if k < rank:
            shape.push(x.data.value.extent(k))
    return wrap(op_reshape(traced(x.data), shape))
