# What NumPy's functions do when they are given a tensor.

cdef dict UFUNCS = {}


cdef object array_ufunc(object ufunc, str method, tuple inputs, dict kwargs):
    """NumPy calls this for its universal functions, and for array <operator> tensor."""
    cdef object code = UFUNCS.get(ufunc.__name__)
    if method == "__call__" and not kwargs and code is not None:
        if len(inputs) == 2:
            return binary_general(code, inputs[0], inputs[1])
        return unary_operator(code, inputs[0])
    if ufunc.__name__ == "divmod" and method == "__call__" and not kwargs:
        return (binary_general(OP_floordiv, inputs[0], inputs[1]),
                binary_general(OP_mod, inputs[0], inputs[1]))
    if ufunc.__name__ == "matmul" and method == "__call__" and not kwargs:
        return matmul_operator(inputs[0], inputs[1])
    # NumPy's `at` writes into read-only arrays as well.
    for x in inputs[:1] if method == "at" else kwargs.get("out", ()):
        if isinstance(x, (Tensor, Variable)):
            raise TypeError(
                f"{ufunc_name(ufunc, method)} cannot write to a tensor: give it an array to write to, or "
                "assign the result to a Variable"
            )
    for x in (*inputs, *kwargs.values()):
        if ufunc.__name__ in FLAT_FUNCTIONS:
            break
        if isinstance(x, (Tensor, Variable)) and is_tracked(tensor_from(x)):
            raise TypeError(
                f"{ufunc_name(ufunc, method)} has no derivative here: the gradient would be lost; "
                + instead(ufunc.__name__ if method == "__call__" else
                          REDUCTIONS.get((ufunc.__name__, method)))
                + "apply it to x.numpy() or tf.stop_gradient(x) if that is meant"
            )
    arrays = [plain_operand(x) for x in inputs]
    options = {key: plain_operand(x) for key, x in kwargs.items()}  # where=, initial=
    return getattr(ufunc, method)(*arrays, **options)


cdef object plain_operand(object x):
    return array_of(x) if isinstance(x, (Tensor, Variable)) else x


cdef dict REDUCTIONS = {
    ("add", "reduce"): "sum", ("multiply", "reduce"): "prod", ("maximum", "reduce"): "max",
    ("minimum", "reduce"): "min", ("add", "accumulate"): "cumsum", ("multiply", "outer"): "outer",
}


cdef str ufunc_name(object ufunc, str method):
    """What the program called: a ufunc does not say whose it is."""
    cdef str name = ufunc.__name__
    for module in ("numpy", "scipy.special"):
        if getattr(sys.modules.get(module), name, None) is ufunc:
            name = f"{module}.{name}"
            break
    else:
        name = f"the ufunc {name}"
    return name if method == "__call__" else f"{name}.{method}"


cdef str instead(str name):
    """The function here that does what NumPy's or SciPy's of that name does, as advice."""
    from autograd_c.advice import lookup
    advice = None if name is None else lookup.of_function(name)
    return "compute with functions of tf, or " if advice is None else f"use {advice}, or "


# Functions through which no derivative flows in any case: questions, indices, files, texts.
cdef frozenset FLAT_FUNCTIONS = frozenset("""
    all allclose any argmax argmin argpartition argsort argwhere array2string array_equal array_equiv
    array_repr array_str can_cast common_type count_nonzero digitize empty_like flatnonzero iscomplex
    iscomplexobj isclose isin isneginf isposinf isreal isrealobj lexsort matrix_rank may_share_memory
    min_scalar_type nanargmax nanargmin ndim nonzero ones_like result_type save savetxt savez
    savez_compressed searchsorted shape shares_memory signbit size zeros_like
""".split())
# What computes the same and is recorded.
cdef dict RECORDED_FUNCTIONS = {
    "amax": "reduce_max", "amin": "reduce_min", "broadcast_to": "broadcast_to",
    "clip": "clip_by_value", "concatenate": "concat", "cumsum": "cumsum", "dot": "tensordot", "einsum": "einsum",
    "expand_dims": "expand_dims", "flip": "reverse", "imag": "math.imag", "inner": "tensordot",
    "linspace": "linspace", "max": "reduce_max", "mean": "reduce_mean", "min": "reduce_min",
    "norm": "norm", "outer": "einsum", "prod": "reduce_prod", "real": "math.real",
    "reshape": "reshape", "split": "split", "squeeze": "squeeze", "stack": "stack",
    "sum": "reduce_sum", "take": "gather", "tensordot": "tensordot", "tile": "tile",
    "transpose": "transpose", "where": "where",
}


cdef object array_function(object function, tuple args, dict kwargs):
    """NumPy calls this for its other functions. They compute with arrays, and are not recorded, but
    for Fourier transforms."""
    cdef str name = function.__name__
    cdef str who = None if name in FLAT_FUNCTIONS else f"{function.__module__}.{name}"
    if function.__module__.startswith("numpy.fft"):
        from autograd_c.functions.fourier_numpy import FUNCTIONS
        recorded = FUNCTIONS.get(name)
        if recorded is not None:
            return recorded(*args, **kwargs)
    if name == "full_like" and args:  # the value alone matters
        args = (without_tensors(args[0], None), *args[1:])
    args = without_tensors(args, who)
    return function(*args, **{key: without_tensors(x, who) for key, x in kwargs.items()})


cdef object without_tensors(object x, str who):
    """An argument of a function of NumPy with arrays for tensors; an error for those that are
    tracked, unless `who` is None."""
    if isinstance(x, (Tensor, Variable)):
        if who is not None and is_tracked(tensor_from(x)):
            name = RECORDED_FUNCTIONS.get(who.rpartition(".")[2])
            raise TypeError(
                f"{who} has no derivative here: the gradient would be lost; "
                + (f"use tf.{name}, or " if name else instead(who.rpartition(".")[2]))
                + "apply it to x.numpy() or tf.stop_gradient(x) if that is meant"
            )
        return array_of(x)
    if isinstance(x, tuple):
        return tuple([without_tensors(each, who) for each in x])
    return [without_tensors(each, who) for each in x] if isinstance(x, list) else x


cdef bint is_tracked(Tensor t) except -1:
    return active_node(t.data) != no_node
