# What goes into a sweep and comes out of it: targets, sources and answers.

def variable_order(Variable v not None):
    """When the variable was made, as a count."""
    return v.order


cdef bint all_leaves(list structure):
    for x in structure:
        if type(x) is not Tensor and type(x) is not Variable:
            return False
    return True


cdef object values_of(object target):
    """For `IndexedSlices` their rows, whose sum is that of the dense tensor."""
    if type(target) is Tensor or type(target) is Variable:
        return target
    if hasattr(target, "_recorded_values"):
        raise not_of_sparse(target)
    return target.values if hasattr(target, "_dense") else target


cdef object not_of_sparse(object x):
    return errors.InvalidDTypeError(
        f"Type {type(x).__name__} is not supported as a gradient source or gradient target: take its "
        "`values`"
    )


cdef Tensor source_tensor(object x):
    if type(x) is Tensor:
        return <Tensor>x
    if isinstance(x, Variable):
        return tensor_of(<Variable>x)
    if hasattr(x, "_recorded_values"):
        raise not_of_sparse(x)
    raise TypeError(
        f"a source must be a tf.Tensor or a tf.Variable, not {x!r} of type {type(x).__name__!r}"
    )


cdef object read_only(object x):
    return tensor_of(<Variable>x) if isinstance(x, Variable) else x


@cython.nonecheck(False)
cdef uint32_t source_node(Tensor t, Log* log) except? 0xfffffffe:
    if not is_differentiable(t.data.value.dtype):
        warn_once_each_place(
            t.dtype.name,
            f"The dtype of the source tensor must be floating (e.g. tf.float32) when calling "
            f"GradientTape.gradient, got {t.dtype!r}: the gradient is None. Make it a float, as in "
            "tf.Variable(3.0), or cast it before it is watched",
        )
        return no_node
    return known_node(t.data, log)


@cython.nonecheck(False)
cdef bint seed_target(Seed* seed, Tensor target, object cotangent, Log* log) except -1:
    """The cotangent of one target, ones of its shape if none is given; false for a constant."""
    cdef Tensor g
    seed.node = no_node
    if not is_differentiable(target.data.value.dtype):
        warn_once_each_place(
            target.dtype.name,
            f"The dtype of the target tensor must be floating (e.g. tf.float32) when calling "
            f"GradientTape.gradient, got {target.dtype!r}",
        )
        return False
    seed.node = known_node(target.data, log)
    if seed.node == no_node:
        return False
    if cotangent is None:
        if plain_float(target.data):
            seed.value = value_from_bits(target.data.value.dtype,
                                         float_bits(target.data.value.dtype, 1.0))
        else:
            seed.value = op_full(target.data.value.dtype, target.data.value.shape(), 1.0)
    else:
        g = <Tensor>cotangent
        seed.value = traced(g.data)
    return True


cdef list paired(list targets, object output_gradients):
    """An output gradient for each target, checked and converted, or None."""
    cdef Tensor t, g
    if output_gradients is None:
        return [None] * len(targets)
    given = nest.flatten(output_gradients)
    if len(given) != len(targets):
        raise errors.InvalidArgumentError(
            f"[gradient] {len(given)} output_gradients for {len(targets)} targets"
        )
    cotangents = []
    for x, y in zip(targets, given):
        if y is not None and values_of(x) is not x:
            # A row of slices has the cotangent of the row of the dense tensor that it is added to.
            g = paired([full(x.shape, 0, x.dtype)], y)[0]
            cotangents.append(gather_rows(g, x.indices))
            continue
        if y is None or not isinstance(x, (Tensor, Variable)):
            cotangents.append(None)
            continue
        t = source_tensor(x)
        g = tensor_from(y, <int>t.data.value.dtype)
        if g.data.value.dtype != t.data.value.dtype:
            if isinstance(y, (Tensor, Variable)):
                raise errors.InvalidDTypeError(
                    f"[gradient] output_gradients of dtype {g.dtype.name} for a target of dtype "
                    f"{t.dtype.name}"
                )
            g = as_dtype_tensor(g, <int>t.data.value.dtype)
        if not g.data.value.same_shape(t.data.value):
            raise errors.InvalidArgumentError(
                f"[gradient] output_gradients of shape {tuple(g.shape)} for a target of shape "
                f"{tuple(t.shape)}"
            )
        cotangents.append(g)
    return cotangents


cdef object ones_if_same(object target, object source, object cotangent):
    """A target that is itself a source has the derivative 1, recorded or not."""
    cdef Tensor t
    if target is not source:
        return None
    if cotangent is not None:
        return cotangent
    t = <Tensor>source
    if not is_differentiable(t.data.value.dtype):
        return None
    return wrap(op_full(t.data.value.dtype, t.data.value.shape(), 1.0))


cdef object indexed_slices = None  # the class IndexedSlices, once it was imported


cdef object slices_class():
    global indexed_slices
    if indexed_slices is None:
        from autograd_c.functions.indexed_slices import IndexedSlices
        indexed_slices = IndexedSlices
    return indexed_slices


cdef object slices_of(Answer* found, Tensor source):
    """The rows of a gradient that is zero elsewhere."""
    cdef size_t k
    values, indices = [], []
    row = [-1, *extents_of(source)[1:]]
    for k in range(found.rows.size()):
        values.append(reshape(wrap(found.rows[k].values), row))
        indices.append(reshape(wrap(found.rows[k].indices), [-1]))
    if len(values) > 1:
        values, indices = [concat(values, 0)], [concat(indices, 0)]
    return slices_class()(values[0], indices[0], constant(list(extents_of(source)), dtypes.int64))


cdef object answer(Answer* found, Tensor source, bint zero):
    if found.connected:
        return wrap(found.value) if found.rows.empty() else slices_of(found, source)
    if not zero:
        return None
    return wrap(op_full(source.data.value.dtype, source.data.value.shape(), 0.0))
