# Parts of Variables, written in place: variable[1:3].assign(...), and rows.

def assign_part(Variable variable not None, key, str method, value, use_locking=False, name=None,
                read_value=True):
    """Assign to variable[key], or add to it, in place; the value broadcasts to it.

    Not recorded. Returns the variable.
    """
    cdef Tensor t = wrap(untraced(value_tensor(variable).data))
    cdef Value v = untraced(variable.operand(value).data)
    cdef ViewSpec spec
    cdef Shape shape
    cdef int k, lead
    cdef tuple items = <tuple>key if type(key) is tuple else (key,)
    if not basic_view(t, items, spec):
        if not has_computed_index(items):
            raise bad_index(key)
        if method == "assign_add":
            v = op_binary(OP_add, untraced((<Tensor>index(t, key)).data), v)
        elif method == "assign_sub":
            v = op_binary(OP_subtract, untraced((<Tensor>index(t, key)).data), v)
        assign_item(t, key, wrap(v))
        give_value(variable, t.data)
        return variable if read_value else None
    # Leading axes of extent 1 more than there are count for nothing, as in TensorFlow.
    lead = max(v.rank() - spec.out.rank, 0)
    for k in range(v.rank()):
        if k >= lead or v.extent(k) != 1:
            shape.push(v.extent(k))
    v = op_broadcast_to(op_reshape(v, shape), spec.out)
    if method == "assign_add":
        v = op_binary(OP_add, op_view(untraced(t.data), spec), v)
    elif method == "assign_sub":
        v = op_binary(OP_subtract, op_view(untraced(t.data), spec), v)
    if current_recording() is not None:
        op_assign(t.data, spec, v)
        give_value(variable, t.data)
        return variable if read_value else None
    t = tensor_of(variable)
    make_writable(t.data.value)
    put_along_view(t.data.value, spec, v)
    return variable if read_value else None


cdef bint has_computed_index(tuple items) except -1:
    """Whether one of these integers, slices, `...` and None is an integer that a program computes."""
    cdef bint found = False
    for item in items:
        if type(item) is Tensor and is_computed_index(<Tensor>item):
            found = current_recording() is not None
        elif not (item is None or item is Ellipsis or type(item) is slice
                  or plain_index(item) is not None):
            return False
    return found


cdef object checked_slices(object sparse_delta):
    if not hasattr(sparse_delta, "_dense"):
        raise TypeError(
            f"Argument `sparse_delta` must be a `tf.IndexedSlices`. Received arg: {sparse_delta!r}"
        )
    return sparse_delta


cdef object scattering():
    from autograd_c.functions import scattering
    return scattering


cdef object in_place(str symbol, str method):
    return RuntimeError(
        f"`variable {symbol}= value` with `tf.Variable`s is not supported. Use "
        f"`variable.{method}(...)` to modify the variable, or `out = variable {symbol} value` if "
        "you need to get a new output Tensor."
    )


def scatter_again(Variable v not None, how, method, indices, axes, updates):
    """What `scatter_update` and its like do: for programs that do it again."""
    v.scatter_flat(how, method, indices, axes, updates)
