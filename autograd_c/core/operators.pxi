# The operators of tensors: Python's numbers and other types' objects on either side.

@cython.nonecheck(False)  # casts of what are tensors
cdef object unary_operator(uint16_t code, object x):
    cdef Tensor t, out
    if type(x) is Tensor:
        t = <Tensor>x
        if plain_float(t.data):
            out = new_tensor()
            if scalar_unary(code, t.data.value.dtype, t.data.value.bits, active_node(t.data), out.data):
                return out
    else:
        t = tensor_from(x)
    return wrap(op_unary(code, traced(t.data)))


@cython.nonecheck(False)
cdef object binary_operator(uint16_t code, object a, object b):
    """An operator of Python: NotImplemented for operands that are no numbers or arrays."""
    cdef Tensor x, y, out
    cdef DType dtype
    if type(a) is Tensor:
        x = <Tensor>a
        if plain_float(x.data):
            dtype = x.data.value.dtype
            if type(b) is Tensor:
                y = <Tensor>b
                if y.data.value.dtype == dtype and not y.data.value.is_array:
                    out = new_tensor()
                    if scalar_binary(code, dtype, x.data.value.bits, active_node(x.data),
                                     y.data.value.bits, active_node(y.data), out.data):
                        return out
            elif type(b) is float:
                out = new_tensor()
                if scalar_binary(code, dtype, x.data.value.bits, active_node(x.data),
                                 float_bits(dtype, <double>b), no_node, out.data):
                    return out
            elif type(b) is Variable:
                return binary_operator(code, a, variable_tensor(<Variable>b))
        elif type(b) is Tensor:
            return binary_general(code, a, b)
        elif type(b) is Variable:
            return binary_general(code, a, variable_tensor(<Variable>b))
    elif type(a) is Variable:
        return binary_operator(code, variable_tensor(<Variable>a), b)
    elif type(a) is float and type(b) is Tensor:
        y = <Tensor>b
        if plain_float(y.data):
            dtype = y.data.value.dtype
            out = new_tensor()
            if scalar_binary(code, dtype, float_bits(dtype, <double>a), no_node,
                             y.data.value.bits, active_node(y.data), out.data):
                return out
    if not (is_operand(a) and is_operand(b)):
        return left_to_other(code, a, b)
    return binary_general(code, a, b)


cdef frozenset FOREIGN_NUMBERS = frozenset(["decimal", "fractions", "mpmath", "sympy"])


cdef object left_to_other(uint16_t code, object a, object b):
    """NotImplemented, so that the other operand is asked; but for those that could only fail."""
    other = b if isinstance(a, (Tensor, Variable)) else a
    whose = type(other).__module__.partition(".")[0]
    # A tensor to the power of a Fraction is Python's affair, which makes it a float.
    if other is None or (whose in FOREIGN_NUMBERS and not (whose == "fractions" and code == OP_pow)):
        from autograd_c.advice import lookup
        raise errors.InvalidDTypeError(
            f"[{op_name(code)}] a tensor and {other!r} of type {type(other).__name__!r} do not mix: "
            + (lookup.of_value(other) or "convert it first")
        )
    if is_sparse(other):
        return sparse_operations().operator(op_name(code), a, b)
    return NotImplemented


cdef object sparse_operations():
    """What arrays of scipy.sparse and tensors do with each other; imported when they meet."""
    from autograd_c.functions.sparse import operators
    return operators


cdef bint is_operand(object x):
    return (
        isinstance(x, (Tensor, Variable, float, int, complex, np.ndarray, np.generic, list, tuple))
        or has_array(x) or hasattr(x, "_dense") or is_registered(x)
    )


@cython.nonecheck(False)
cdef object binary_general(uint16_t code, object a, object b):
    """Converts, promotes, and runs an operation of two operands of any kind."""
    cdef Tensor x, y
    if type(a) is Tensor and type(b) is Tensor:
        x = <Tensor>a
        y = <Tensor>b
    else:
        x, y = operands(code, a, b)
    if x.data.value.dtype != y.data.value.dtype:
        promoted = promotion(code, x, y)
        x = as_dtype_tensor(x, promoted)
        y = as_dtype_tensor(y, promoted)
    if kinds_mix and <int>x.data.value.dtype == BOOL:
        return numpys_of_bools(code, x, y)
    if code == OP_divide and not is_differentiable(x.data.value.dtype):
        return divide_integers(x, y)
    return wrap(op_binary(code, traced(x.data), traced(y.data)))


cdef object numpys_of_bools(uint16_t code, Tensor x, Tensor y):
    """What NumPy's operators make of two tensors of bools."""
    if code == OP_multiply:
        code = OP_logical_and
    elif code == OP_add:
        code = OP_logical_or
    elif code in (OP_divide, OP_floordiv, OP_mod, OP_pow):
        kind = FLOAT64 if code == OP_divide else INT8
        x = as_dtype_tensor(x, kind)
        y = as_dtype_tensor(y, kind)
    return wrap(op_binary(code, traced(x.data), traced(y.data)))


cdef str op_name(uint16_t code):
    return op_text[code].called.decode()


cdef int promotion(uint16_t code, Tensor x, Tensor y) except -1:
    cdef int promoted = common_code(
        op_name(code), <int>x.data.value.dtype, <int>y.data.value.dtype
    )
    if promoted < 0:
        raise errors.InvalidDTypeError(
            f"[{op_name(code)}] "
            + str(dtypes.promotion_error(x.dtype, y.dtype)) + f" (shapes {x.shape} and {y.shape})"
        )
    return promoted


cdef tuple operands(uint16_t code, object a, object b):
    """Both operands as tensors; a Python number, or a list of them, takes the other's dtype.

    So do arrays and NumPy scalars of integers and bools where the other one holds numbers of a
    higher kind; two tensors do not mix.
    """
    cdef bint a_weak = is_weak(a), b_weak = is_weak(b)
    cdef int i, j
    if a_weak and b_weak:
        i = number_code(a) if isinstance(a, (int, float, complex)) else NO_DTYPE
        j = number_code(b) if isinstance(b, (int, float, complex)) else NO_DTYPE
        if i == NO_DTYPE or j == NO_DTYPE:
            x = tensor_from(a)
            return operands(code, x, b)
        # Two Python numbers meet as Python's would: the wider kind wins.
        i = max(i, j)
        return wrap(number_value(a, i)), wrap(number_value(b, i))
    if a_weak:
        y = tensor_from(b)
        return weak_tensor(a, y, code), y
    x = tensor_from(a)
    if b_weak:
        return x, weak_tensor(b, x, code)
    y = tensor_from(b)
    i = <int>(<Tensor>x).data.value.dtype
    j = <int>(<Tensor>y).data.value.dtype
    if kind_of(i) < kind_of(j) and not has_own_dtype(a):
        x = as_dtype_tensor(x, j)
    elif kind_of(j) < kind_of(i) and not has_own_dtype(b):
        y = as_dtype_tensor(y, i)
    return x, y


cdef inline int kind_of(int code) noexcept:
    """Bools, integers, or floats and complex numbers: what lower kinds of arrays yield to."""
    return 0 if code == BOOL else 2 if is_differentiable(<DType>code) else 1


cdef bint has_own_dtype(object x):
    """Whether x is a tensor, or made of tensors: then its dtype was chosen, and stays."""
    if isinstance(x, (Tensor, Variable)):
        return True
    if isinstance(x, (list, tuple)):
        return holds_tensor(x)
    return hasattr(x, "_dense")


cdef bint is_weak(object x):
    if isinstance(x, (list, tuple)):
        return not holds_numpy(x) and not holds_tensor(x)
    return isinstance(x, (int, float, complex)) and not isinstance(x, np.generic)


cdef Tensor weak_tensor(object x, Tensor other, uint16_t code):
    cdef int own = <int>other.data.value.dtype
    if isinstance(x, (list, tuple)):
        if kinds_mix and not is_differentiable(<DType>own):
            array = np.array(x)
            if array.dtype.kind in "fc":
                return wrap(array_value(array))
        return tensor_from(x, own)
    own = weak_code(x, own, op_name(code))
    return wrap(number_value(x, own))


cdef object divide_integers(Tensor x, Tensor y):
    """True division of integers, in float64, or float32 for up to 16 bits, as TensorFlow."""
    cdef int code = <int>x.data.value.dtype
    if code == BOOL:
        from autograd_c.advice import lookup
        raise errors.InvalidDTypeError(
            "[divide] has no rule for dtype bool: "
            + lookup.of_dtype("divide", "bool", op_table[OP_divide].kinds)
        )
    wide = FLOAT32 if code in (INT8, INT16, UINT8, UINT16) else FLOAT64
    return wrap(op_binary(OP_divide, traced(as_dtype_tensor(x, wide).data),
                          traced(as_dtype_tensor(y, wide).data)))


cdef object bit_operator(uint16_t logical, uint16_t bitwise, object a, object b):
    if not (is_operand(a) and is_operand(b)):
        return NotImplemented
    x, y = operands(bitwise, a, b)
    cdef Tensor t = x
    return binary_general(logical if <int>t.data.value.dtype == BOOL else bitwise, x, y)


cdef object round_tensor(Tensor t):
    """To the nearest integer, halves to even; integers as they are."""
    if is_integer(t.data.value.dtype):
        return t
    return unary_operator(OP_round, t)


cdef uint16_t[6] COMPARISONS
COMPARISONS[:] = [OP_less, OP_less_equal, OP_equal, OP_not_equal, OP_greater,
                  OP_greater_equal]


cdef object compare(object a, object b, int op):
    cdef uint16_t code = COMPARISONS[op]
    cdef cbool checked
    if not (is_operand(a) and is_operand(b)):
        return NotImplemented
    if op == 2 or op == 3:
        # TensorFlow's == and != never fail on shapes: tensors that do not match are not equal.
        checked = checking
        set_checking(False)  # or a failing check would pass for that
        try:
            return binary_general(code, a, b)
        except errors.InvalidDTypeError:
            raise
        except errors.InvalidArgumentError:
            pass
        finally:
            set_checking(checked)
        return wrap(number_value(op == 3, BOOL))
    return binary_general(code, a, b)
