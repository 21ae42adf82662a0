# What NumPy's functions do when they are given a tensor: those with a rule in `autograd_c.arrays` are
# recorded, others compute with arrays, if no derivative is lost by it.

cdef extern from "Python.h":
    PyObject* PyEval_GetGlobals()

cdef dict UFUNCS = {}  # the code of an operation by the ufunc that it is
# Whose integers and bools are not NumPy's, or whose result has another dtype.
cdef frozenset FLOATS_ONLY = frozenset([
    np.floor_divide, np.remainder, np.fmod, np.power, np.true_divide, np.reciprocal, np.sqrt
])
cdef object ufunc_dispatch = None
cdef dict function_adapters = None


cdef object array_ufunc(object ufunc, str method, tuple inputs, dict kwargs):
    """NumPy calls this for its universal functions, and for array <operator> tensor."""
    global ufunc_dispatch
    cdef object code
    # What a tape records is the common case, and the quickest to see.
    if method != "at" and not reaches_tensor(inputs, True) and is_called_by_scipy():
        if not reaches_tensor(kwargs, False):
            return writable(getattr(ufunc, method)(*without_tensors(inputs), **kwargs))
    if method == "__call__" and not kwargs:
        code = UFUNCS.get(ufunc)
        if code is not None and is_engines(ufunc, inputs):
            if len(inputs) == 2:
                return binary_general(code, inputs[0], inputs[1])
            return unary_operator(code, inputs[0])
        if ufunc is np.matmul and is_engines(ufunc, inputs):
            return matmul_operator(inputs[0], inputs[1])
        if ufunc is np.divmod and is_engines(np.floor_divide, inputs):
            return (binary_general(OP_floordiv, inputs[0], inputs[1]),
                    binary_general(OP_mod, inputs[0], inputs[1]))
    if ufunc_dispatch is None:
        from autograd_c.arrays import _ufuncs
        ufunc_dispatch = _ufuncs.dispatch
    return ufunc_dispatch(ufunc, method, inputs, kwargs)


# SciPy's code computes with arrays, and hands its compiled parts nothing else: what it makes of the
# results of the user's functions, `np.atleast_1d(jac(x))`, is to be an array, where no derivative is
# lost by that. Sparse arrays have operators that tensors take part in.

cdef bint is_called_by_scipy() except -1:
    """Whether code of SciPy's, not the user's, has called the function of NumPy's that asks here.

    Functions of scipy.special hand on what the user has given: scipy.special.zeta(x) is one of its
    universal functions of the tensor x.
    """
    cdef object module = calling_module()
    return is_scipys(module) and not (<str>module).startswith("scipy.special.")


cdef object calling_module():
    """The name of the module whose code in Python runs; None if there is none."""
    cdef PyObject* names = PyEval_GetGlobals()
    return None if names == NULL else (<dict>names).get("__name__")


cdef bint is_scipys(object module) except -1:
    """Whether a module of that name is SciPy's; sparse arrays' are not counted."""
    return (type(module) is str and (<str>module).startswith("scipy.")
            and not (<str>module).startswith("scipy.sparse."))


cdef bint reaches_tensor(object x, bint only_tracked) except -1:
    """Whether there is a tensor, or one that is tracked, in arguments."""
    if isinstance(x, (Tensor, Variable)):
        return not only_tracked or is_tracked(tensor_from(x))
    if isinstance(x, dict):
        x = list((<dict>x).values())
    if isinstance(x, (tuple, list)):
        for each in x:
            if reaches_tensor(each, only_tracked):
                return True
    return False


cdef object writable(object x):
    """The array, or a copy of one that shows the elements of a tensor: SciPy scales Jacobians where
    they are."""
    return x.copy() if type(x) is np.ndarray and not x.flags.writeable else x


cdef bint is_engines(object ufunc, tuple inputs) except -1:
    """The operation of the engine gives what NumPy's ufunc does, or refuses."""
    cdef DType dtype, first
    cdef bint same = True, floats = False, others = False, complex_numbers = False
    first = <DType>NO_DTYPE
    for x in inputs:
        if type(x) is Tensor:
            dtype = (<Tensor>x).data.value.dtype
        elif isinstance(x, Variable):
            dtype = variable_tensor(<Variable>x).data.value.dtype
        else:
            same = False
            continue
        floats = floats or is_differentiable(dtype)
        others = others or not is_differentiable(dtype)
        complex_numbers = complex_numbers or is_complex(dtype)
        same = same and (<int>first == NO_DTYPE or first == dtype)
        first = dtype
    if floats and complex_numbers and len(inputs) == 1:
        # NumPy takes more of them: isnan, rint. It orders them, too, which is refused.
        return (op_table[<int>UFUNCS[ufunc]].kinds & KIND_COMPLEX) != 0
    if floats:
        return not others
    return same and is_integer(first) and ufunc not in FLOATS_ONLY


cdef object array_function(object function, tuple args, dict kwargs):
    """NumPy calls this for its other functions."""
    global function_adapters
    if is_called_by_scipy() and not reaches_tensor(args, True) and not reaches_tensor(kwargs, True):
        if not reaches_tensor(kwargs.get("out"), False):
            return writable(function(*without_tensors(args), **without_tensors(kwargs)))
    if function_adapters is None:
        from autograd_c.arrays import _overrides
        function_adapters = _overrides.FUNCTIONS
    adapter = function_adapters.get(function)
    if adapter is not None:
        return adapter(*args, **kwargs)
    cdef str name = function.__name__
    cdef str who = None if name in FLAT_FUNCTIONS else f"{function.__module__}.{name}"
    return function(*without_tensors(args, who), **without_tensors(kwargs, who))


# Functions through which no derivative flows in any case: questions, indices, files, texts.
cdef frozenset FLAT_FUNCTIONS = frozenset("""
    array2string array_repr array_str can_cast common_type may_share_memory min_scalar_type save
    savetxt savez savez_compressed shares_memory
""".split())


cpdef object without_tensors(object x, str who=None):
    """Arguments of a function of NumPy with arrays for tensors; an error for those that are
    tracked, unless `who` is None."""
    if isinstance(x, (Tensor, Variable)):
        if who is not None and would_lose(tensor_from(x)):
            raise no_derivative(who, who.rpartition(".")[2])
        return array_of(x)
    if isinstance(x, tuple):
        return tuple([without_tensors(each, who) for each in x])
    if isinstance(x, dict):
        return {key: without_tensors(each, who) for key, each in (<dict>x).items()}
    return [without_tensors(each, who) for each in x] if isinstance(x, list) else x


def no_derivative(str function, str name):
    """The error for a function of NumPy or SciPy that has no rule, given a tensor that is recorded."""
    from autograd_c.advice import lookup
    advice = lookup.of_function(name)
    return TypeError(
        f"{function} has no derivative here: the gradient would be lost; "
        + ("compute with functions of tf, or " if advice is None else f"use {advice}, or ")
        + "apply it to x.numpy() or tf.stop_gradient(x) if that is meant"
    )


def is_recorded(x):
    """Whether a tape or accumulator knows a tensor or Variable."""
    return isinstance(x, (Tensor, Variable)) and is_tracked(tensor_from(x))


def would_lose_derivative(x):
    """Whether a tape or accumulator of the user's knows a tensor or Variable, that is to be a constant."""
    return isinstance(x, (Tensor, Variable)) and would_lose(tensor_from(x))


cdef bint is_tracked(Tensor t) except -1:
    return active_node(t.data) != no_node


cdef bint would_lose(Tensor t) except -1:
    """Whether a derivative is lost where a tensor becomes a constant.

    For a function that is recorded, by tapes beside that: then its record is for calls that no tape
    knows of.
    """
    cdef FunctionRecording recording = current_recording()
    if recording is None:
        return is_tracked(t)
    if tapes_know(active_node(t.data)):
        return True
    recording.makes_constants = True
    return False


cdef bint tapes_know(uint32_t node) except -1:
    """Whether one does that is none of a program's."""
    cdef Tape* tape
    for tape in thread_state().open:
        if tape.owner != NULL and tape.knows(node):
            return True
    return False
