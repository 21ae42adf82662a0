# Tensors that become plain numbers and arrays, by which a derivative can be lost.

# Warn where a tensor that a tape knows does so (tf.debugging.enable_detached_warnings).
cdef bint warn_of_leaving = False
# Warn where float32 meets float64 (tf.debugging.enable_mixed_float_warnings).
cdef bint warn_of_mixing = False

cdef dict WAYS_OUT = {
    "float": "a Python number is made of it, by float(x), a function of math, or array[i] = x",
    "complex": "a Python number is made of it, by complex(x), a function of cmath, or array[i] = x",
    "array": "an array is made of it, by numpy.asarray(x), numpy.array([x, y]), memoryview(x), or a "
             "function that takes arrays",
    "pickle": "it is pickled, by pickle or for another process",
}
cdef str ADVICE = (
    "Compute with functions of tf (tf.exp for math.exp, tf.stack for numpy.array, tf.norm for "
    "scipy.linalg.norm); if a constant is meant, write x.numpy(), x.item() or tf.stop_gradient(x)"
)


cdef inline int check_leaving(Tensor t, str how) except -1:
    """For each way in which the elements of a tensor leave without being asked for by name."""
    if active_log != NULL or strict_tapes != 0:
        check_tracked(t, how)
    return 0


cdef int check_tracked(Tensor t, str how) except -1:
    cdef Tape* tape
    cdef uint32_t node
    if not is_differentiable(t.data.value.dtype):
        return 0
    node = active_node(t.data)  # an error if another thread's function tracks it
    if node == no_node:
        return 0
    if how == "array" and "pandas" in sys.modules:
        check_pandas(t)
    if how == "array" and "scipy.sparse" in sys.modules:
        check_sparse(t)
    # A function that is recorded goes on with what has been read, and compares it at each call.
    if current_recording() is not None and not tapes_know(node):
        return 0
    for tape in thread_state().open:
        # Not in a function inside whose derivative the user gives.
        if tape.strict > given_derivatives() and tape.knows(node):
            if how == "float" and is_percent_format():
                return 0
            instead = scipys_substitute() if how == "array" else None
            advice = ADVICE if instead is None else f"Write {instead}. {ADVICE}"
            error = TypeError(
                f"the derivative of a tensor of shape {tuple(t.shape)} is being taken by a function "
                f"of tf.func, and would be lost: {WAYS_OUT[how]}. {advice}"
            )
            error.of_leaving = True
            raise error
    if warn_of_leaving:
        warn_once_each_place(
            "leaving",
            f"a tensor of shape {tuple(t.shape)} that a tape records is no tensor any more, and the "
            f"tape sees a constant: {WAYS_OUT[how]}. {ADVICE}"
        )
    elif how == "array" and given_derivatives() == 0:
        instead = scipys_substitute()
        if instead is not None:
            warn_once_each_place(
                "scipy",
                f"SciPy makes an array of a tensor of shape {tuple(t.shape)} that a tape records, and "
                f"the tape sees a constant: write {instead}, which has derivatives; or x.numpy() if "
                "a constant is meant"
            )
    return 0


cdef object scipys_substitute():
    """What `autograd_c.scipy` has for the function of SciPy's that makes an array of a tensor.

    None if the program makes it itself, or hands the tensor to a function that is not there.
    """
    caller = calling_module()
    if type(caller) is not str or not (<str>caller).startswith(("scipy.", "numpy.")):
        return None
    frame = sys._getframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith("numpy."):
        frame = frame.f_back  # asarray_chkfinite
    calls = []
    while frame is not None and is_scipys(frame.f_globals.get("__name__")):
        calls.append(frame)
        frame = frame.f_back
    if not calls:
        return None
    from autograd_c.advice import of_scipy
    return of_scipy.instead(calls)


cdef int uncover_leaving(error) except -1:
    """Raises that TypeError where NumPy has put an error of its own in front of it.

    It does so for `array[i] = x` where x is a sequence, and only then takes x for a shape: tensors
    stay sequences, and what runs a function with a strict tape asks this at its end.
    """
    if type(error) is ValueError:
        cause = error.__cause__
        if type(cause) is TypeError and getattr(cause, "of_leaving", False):
            raise cause.with_traceback(error.__traceback__) from None
    return 0


cdef bint is_percent_format():
    """Whether what runs now is the % of a format and a number: `text % x`, which prints."""
    import dis
    frame = sys._getframe()
    code, at = frame.f_code.co_code, frame.f_lasti
    name, argument = dis.opname[code[at]], code[at + 1]
    if name == "BINARY_OP":  # from Python 3.11 on
        return dis._nb_ops[argument][1] in ("%", "%=")
    return name in ("BINARY_MODULO", "INPLACE_MODULO")


# Methods of pandas that compute with an array of what they get.
cdef frozenset PANDAS_ARITHMETIC = frozenset("""
    add clip combine div divide dot eq floordiv ge gt le lt mask mod mul multiply ne pow radd rdiv
    rfloordiv rmod rmul rpow rsub rtruediv sub subtract truediv where __array_ufunc__ __matmul__
    __rmatmul__
""".split())


cdef int check_pandas(Tensor t) except -1:
    """A TypeError if pandas wants to compute with the elements; to store them is as in TensorFlow."""
    frame = sys._getframe()
    name = None
    while frame is not None and frame.f_globals.get("__name__", "").startswith("pandas."):
        name = frame.f_code.co_name
        frame = frame.f_back
    if name in PANDAS_ARITHMETIC and would_lose(t):
        raise TypeError(
            f"pandas computes `{name}` with arrays, so that the derivative of a tensor of shape "
            f"{tuple(t.shape)} would be lost: write tf.tensordot(frame, x, 1) or frame.to_numpy() @ "
            "x for frame @ x, operators or functions of tf for other methods; or x.numpy() if a "
            "constant is meant"
        )
    return 0


# Where operators of scipy.sparse make an array of their other operand, and leave the operation to it
# if they get none: then ours are asked.
cdef frozenset SPARSE_OPERATORS = frozenset(
    ["_divide", "_matmul_dispatch", "_multiply_2d_with_broadcasting", "multiply"]
)
cdef frozenset SPARSE_METHODS = frozenset(["multiply", "maximum", "minimum"])
cdef object NO_ARRAY = np.array(None, dtype=object)
cdef object UNUSED_ARRAY = np.zeros(())


cpdef bint is_sparse(object x) except -1:
    """Whether it is an array or a matrix of scipy.sparse."""
    sparse = sys.modules.get("scipy.sparse")
    # It may be half imported, by another thread.
    return sparse is not None and getattr(sparse, "issparse", bool)(x)


cdef object answer_to_sparse(object x):
    """What an operator of scipy.sparse gets that wants an array of x; None if none is asking."""
    if "scipy.sparse" not in sys.modules:
        return None
    frame = sys._getframe()
    name = frame.f_code.co_name
    if name != "dot" and name not in SPARSE_OPERATORS or not of_sparse(frame):
        return None
    if frame.f_locals.get("other") is not x:  # but a list, of which x is an element
        return None
    if name == "dot":  # it goes on to the operator, and uses the array of what has no shape
        return UNUSED_ARRAY if frame.f_globals["__name__"].endswith("._coo") else None
    while of_sparse(frame.f_back):
        frame = frame.f_back
    # A method that the user has called would return NotImplemented.
    return None if frame.f_code.co_name in SPARSE_METHODS else NO_ARRAY


cdef bint of_sparse(object frame, str package="scipy.sparse.") except -1:
    if frame is None:
        return False
    name = frame.f_globals.get("__name__")
    return isinstance(name, str) and name.startswith(package)


cdef int check_sparse(Tensor t) except -1:
    """A TypeError if scipy.sparse wants to compute with the elements."""
    frame = sys._getframe()
    name = None
    while of_sparse(frame, "scipy."):  # SciPy 1.18 makes arrays in a module of its own
        if of_sparse(frame):
            name = frame.f_code.co_name
        frame = frame.f_back
    if name is None or not would_lose(t):
        return 0
    raise TypeError(
        f"scipy.sparse computes `{name}` with arrays, so that the derivative of a tensor of shape "
        f"{tuple(t.shape)} would be lost: A @ x, x @ A, A * x and A + x are recorded, and functions of "
        "tf.sparse and autograd_c.scipy.sparse.linalg; tf.SparseTensor(indices, x, shape) is a matrix "
        "with these elements; write x.numpy() if a constant is meant"
    )


cdef int pandas_priority() except -1:
    """Above that of a DataFrame (4000): pandas' operators leave the operation to the tensor.

    A TypeError for `series += x`, where pandas does not reckon with that.
    """
    frame = sys._getframe().f_back
    if frame is not None and frame.f_code.co_name == "_inplace_method":
        raise TypeError(
            "pandas cannot put a tensor in the place of a Series or DataFrame: write "
            "series = series + x, which is a tensor, or series += x.numpy()"
        )
    return 5000


be_no_sequence(Variable)

cdef object array_view(Tensor t):
    """The elements as an array that cannot be written to, where no derivative can be lost by it.

    Those of bfloat16 are in float32.
    """
    note_read_by_name(t)
    return argument_view(t)


cdef object number_view(Tensor t):
    """The same of what becomes a Python integer, as this package makes them of arguments."""
    if open_recordings != 0 and not is_own_frame(sys._getframe()):
        note_read_by_name(t)
    return argument_view(t)


cdef object argument_view(Tensor t):
    """The same of an argument that stands for integers, such as a shape."""
    cdef Value v = t.data.value.detached()
    note_values_read(t.data)
    if v.dtype == <DType>BFLOAT16:  # which NumPy does not have
        v = op_converted(v, <DType>FLOAT32)
    if open_recordings != 0:
        return np.asarray(numpy_copy(v))  # nobody has asked for it by name
    return np.asarray(memoryview(wrap(v)))


cdef inline int note_read_by_name(Tensor t) except -1:
    """Where somebody asks for the elements of a tensor."""
    note_values_read(t.data)
    if open_recordings != 0:
        note_seen(t)
    return 0


def argument_array(x):
    """What NumPy makes an array of, where that is an argument that stands for integers, as a shape: the
    program depends on it as it does on any attribute."""
    if type(x) is Tensor:
        return argument_view(<Tensor>x)
    return plain_array(x)


def array_of(x):
    """The same for a tensor, a Variable, or whatever `numpy.asarray` takes; of bfloat16 in float32."""
    if type(x) is Tensor:
        return array_view(<Tensor>x)
    return array_view(tensor_of(<Variable>x)) if isinstance(x, Variable) else np.asarray(x)


def be_strict(owner):
    """Let nothing that a tape or accumulator knows leave the tensors without being asked to.

    Tensors that it knows raise TypeError where they would become plain numbers or arrays without a
    word, and an operation with one on another thread raises RuntimeError. To be called before it is
    entered.
    """
    recorder(owner).strict = 1 + given_derivatives()


def strict_are(owners):
    """Whether one of several tapes and accumulators is strict."""
    for owner in owners:
        if recorder(owner).strict != 0:
            return True
    return False


def switch_leaving_warnings(bint on):
    """Whether to warn where a tensor that a tape records becomes a plain number or array."""
    global warn_of_leaving
    warn_of_leaving = on


def switch_mixing_warnings(bint on):
    """Whether to warn where float32 meets float64."""
    global warn_of_mixing
    warn_of_mixing = on


cdef int note_mixing(str operation, int a, int b) except -1:
    """For operands of two dtypes."""
    cdef DType x = real_dtype(<DType>a), y = real_dtype(<DType>b)
    if warn_of_mixing and x != y and is_floating(x) and is_floating(y):
        warn_once_each_place(
            "mixing",
            f"[{operation}] {dtype_name(a)} meets {dtype_name(b)}: the result has the wider dtype, but "
            "no more digits than the narrower operand; give that one the dtype, or call "
            'tf.set_default_float("float64") to make Python floats float64'
        )
    return 0
