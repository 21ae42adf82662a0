# Python objects to values and back.

# ---------------------------------------------------------------- numbers

cdef Value number_value(object x, int code) except *:
    """The Python number x, 0-d, in the given dtype. Raises if an int does not fit."""
    cdef Value v
    cdef double re, im
    cdef float* f
    cdef double* d
    cdef cnp.ndarray a
    if code == FLOAT32 or code == FLOAT64:
        return value_from_bits(<DType>code, float_bits(<DType>code, float(x)))
    if code == FLOAT16 or code == BFLOAT16:
        return value_constant(<DType>code, float(x))
    v = make_value(<DType>code, Shape())
    if code == BOOL:
        (<uint8_t*>v.mutable_data())[0] = 1 if x else 0
    elif code == COMPLEX64:
        z = complex(x)
        f = <float*>v.mutable_data()
        f[0] = z.real
        f[1] = z.imag
    elif code == COMPLEX128:
        z = complex(x)
        d = <double*>v.mutable_data()
        d[0] = z.real
        d[1] = z.imag
    else:
        low, high = INTEGER_LIMITS[code - INT8]
        i = operator.index(x)
        if not low <= i <= high:
            raise errors.IntegerOverflowError(f"{i} does not fit {dtype_name(code)}")
        if code == UINT64:
            (<uint64_t*>v.mutable_data())[0] = i
        else:
            set_integer(v, code, i)
    return v


cdef void set_integer(Value& v, int code, int64_t i):
    if code == INT8 or code == UINT8:
        (<uint8_t*>v.mutable_data())[0] = <uint8_t>i
    elif code == INT16 or code == UINT16:
        (<uint16_t*>v.mutable_data())[0] = <uint16_t>i
    elif code == INT32 or code == UINT32:
        (<uint32_t*>v.mutable_data())[0] = <uint32_t>i
    else:
        (<int64_t*>v.mutable_data())[0] = i


cdef int number_code(object x) except -2:
    """The dtype that a Python number has by itself; NO_DTYPE for anything else."""
    cdef type t = type(x)
    if t is float:
        return default_float
    if t is bool:
        return BOOL
    if t is int:
        if -2**31 <= x < 2**31:
            return INT32
        if -2**63 <= x < 2**63:
            return INT64
        raise errors.IntegerOverflowError(f"{x} does not fit int64: give a dtype")
    if t is complex:
        return COMPLEX128
    if isinstance(x, np.generic):
        return NO_DTYPE
    if isinstance(x, (float, int, complex)):  # subclasses, as of enum.IntEnum
        return number_code(complex(x) if isinstance(x, complex) else
                           float(x) if isinstance(x, float) else int(x))
    return NO_DTYPE


cdef int weak_code(object x, int code, str operation) except -2:
    """The dtype in which a Python number takes part in an operation with a tensor of dtype `code`.

    The tensor's, wherever its kind holds the number: bool in any, int in numbers, float in floats and
    complex, complex in complex (and a float tensor becomes complex). Where kinds mix, it is NumPy's of
    such numbers otherwise, which the tensor takes as well.
    """
    cdef DType t = <DType>code
    if isinstance(x, bool):
        return code
    if code == BOOL and not kinds_mix:
        raise mixed_number(x, code, operation)
    if is_complex(t):
        return code
    if isinstance(x, int):
        return code if code != BOOL else INT64
    if is_floating(t):
        return code if isinstance(x, float) else COMPLEX128 if code == FLOAT64 else COMPLEX64
    if not kinds_mix:
        raise mixed_number(x, code, operation)
    return FLOAT64 if isinstance(x, float) else COMPLEX128


cdef object mixed_number(object x, int code, str operation):
    return errors.InvalidDTypeError(
        f"[{operation}] Cannot convert {x!r} to a tensor of dtype {dtype_name(code)}: "
        f"a Python {type(x).__name__} does not mix with it; use tf.cast"
    )


# ---------------------------------------------------------------- NumPy arrays

cdef object UNSUPPORTED = (
    "Failed to convert to a tensor: dtype {} is not supported (bool, integers, float16 to "
    "float64, bfloat16, complex64 and complex128 are)"
)


cdef int numpy_code(cnp.ndarray a) except -2:
    cdef int t = cnp.PyArray_TYPE(a)
    cdef int code
    for code in range(DTYPE_COUNT):
        if NUMPY_TYPES[code] == t:
            return code
    # long and long long are two types with one meaning.
    kind = a.dtype.kind
    if kind in "iu":
        size = a.dtype.itemsize
        return {1: INT8, 2: INT16, 4: INT32, 8: INT64}[size] + (4 if kind == "u" else 0)
    if a.dtype.name == "bfloat16":
        return BFLOAT16
    raise errors.InvalidDTypeError(UNSUPPORTED.format(a.dtype) + advice_for(a))


def plain_array(given):
    """What NumPy makes an array of, as one of no derived class, in which a bool is the byte 0 or 1.

    Raises:
        TypeError: for a masked array: what it hides must not come back to light.
    """
    if isinstance(given, (list, tuple)):
        refuse_masked(given)
    a = unmasked_array(given)
    return a if a.dtype != bool else np.asarray(a.view(np.uint8) != 0)


cdef cnp.ndarray unmasked_array(object given):
    """An array, or what NumPy makes one of, as an array of no derived class."""
    cdef object a = given
    if isinstance(a, (Tensor, Variable)):
        return array_of(a)
    if not isinstance(a, np.ndarray):
        a = np.asanyarray(a)
    if type(a) is np.ndarray:
        return a
    if is_masked(a):
        raise errors.InvalidDTypeError(MASKED)
    return np.asarray(a)


cdef str MASKED = (
    "a masked array is no tensor, and its mask would be lost: pass a.filled(value), or a.data and "
    "tf.where with the mask"
)


cdef bint is_masked(object x):
    # numpy.ma takes a while to import, and without it there are no masked arrays.
    ma = sys.modules.get("numpy.ma")
    return ma is not None and isinstance(x, ma.MaskedArray)


cdef bint memory_is_immutable(cnp.ndarray a):
    """Nobody can write to the array's memory: it is a bytes object's, or another tensor's."""
    cdef object base = a
    # Asked for in C: attributes of derived classes can say anything, and `writeable` warns about
    # arrays that broadcast.
    while isinstance(base, cnp.ndarray):
        if cnp.PyArray_ISWRITEABLE(<cnp.ndarray>base):
            return False
        base = cnp.get_array_base(<cnp.ndarray>base)
    if type(base) is memoryview:
        base = base.obj
    return type(base) is bytes or type(base) is Tensor


cdef bint can_be_shared(cnp.ndarray a, int code):
    """The array's memory can serve a tensor as it is, if nobody writes to it."""
    cdef int k
    # Any byte may be in an array of bools.
    if code == BOOL or a.ndim == 0 or cnp.PyArray_SIZE(a) == 0 or not cnp.PyArray_ISALIGNED(a):
        return False
    # In fields of records a stride can be any number of bytes.
    for k in range(a.ndim):
        if cnp.PyArray_STRIDE(a, k) % itemsize(<DType>code) != 0:
            return False
    return True


cdef Value array_value(object given, bint shared=False) except *:
    """The elements of what is an array for NumPy: without a copy where its memory can never change,
    or is to be shared."""
    cdef cnp.ndarray a = unmasked_array(given)
    cdef Value v
    cdef Shape shape
    cdef int64_t[32] strides
    cdef int code, k
    if not a.dtype.isnative:
        a = a.astype(a.dtype.newbyteorder("="))
    code = numpy_code(a)
    if a.ndim > 32:
        raise errors.InvalidArgumentError("a tensor has at most 32 dimensions")
    for k in range(a.ndim):
        shape.push(cnp.PyArray_DIM(a, k))
    if can_be_shared(a, code) and (shared or memory_is_immutable(a)):
        for k in range(a.ndim):
            strides[k] = cnp.PyArray_STRIDE(a, k)
        v = Value.take(Array.foreign(<DType>code, cnp.PyArray_BYTES(a), shape, strides,
                                     <void*>a, release_owner))
        Py_INCREF(a)
        return v
    v = make_value(<DType>code, shape)
    if not cnp.PyArray_IS_C_CONTIGUOUS(a):
        a = np.ascontiguousarray(a)
    memcpy(v.mutable_data(), cnp.PyArray_BYTES(a), cnp.PyArray_NBYTES(a))
    if code == BOOL:
        normalise_booleans(v.mutable_data(), cnp.PyArray_NBYTES(a))
    return v


def share_array(a):
    """A tensor in the memory of an array, where that can be; what is written to it, changes it."""
    return wrap(array_value(a, True))


cdef object numpy_copy(Value v):
    """A writable copy; for 0-d, a NumPy scalar."""
    cdef cnp.npy_intp[32] dims
    cdef int k
    cdef Shape shape = v.shape()
    if v.dtype == <DType>BFLOAT16:
        return array_of_bits(v).view(dtypes.bfloat16.as_numpy_dtype)[()]
    for k in range(shape.rank):
        dims[k] = shape.dims[k]
    cdef cnp.ndarray a = cnp.PyArray_SimpleNew(shape.rank, dims, NUMPY_TYPES[<int>v.dtype])
    convert_into(v, shape, v.dtype, cnp.PyArray_BYTES(a))
    return cnp.PyArray_ToScalar(cnp.PyArray_DATA(a), a) if shape.rank == 0 else a


cdef object array_of_bits(Value v):
    """The elements of a bfloat16 tensor as unsigned integers of the same bits."""
    a = np.empty(shape_tuple(v.shape()), np.uint16)
    convert_into(v, v.shape(), v.dtype, cnp.PyArray_BYTES(a))
    return a


cdef Value value_of_bits(object given) except *:
    """And back."""
    cdef cnp.ndarray a = np.ascontiguousarray(given, np.uint16)
    cdef Value v
    cdef Shape shape
    for n in given.shape:
        shape.push(n)
    v = make_value(<DType>BFLOAT16, shape)
    memcpy(v.mutable_data(), cnp.PyArray_BYTES(a), cnp.PyArray_NBYTES(a))
    return v


# ---------------------------------------------------------------- anything

cdef object unconvertible(object x):
    return errors.InvalidDTypeError(
        f"Attempt to convert a value ({x!r}) with an unsupported type ({type(x)}) to a Tensor"
        + (advice_for(x) or ".")
    )


cdef str advice_for(object x):
    from autograd_c.advice import lookup
    advice = lookup.of_value(x)
    return f": {advice}" if advice else ""


cdef bint holds_tensor(object x, int depth=0):
    """A tensor or Variable is somewhere in the nested lists and tuples of x."""
    for item in x:
        if isinstance(item, (Tensor, Variable)):
            return True
        if depth < 32 and isinstance(item, (list, tuple)) and holds_tensor(item, depth + 1):
            return True
    return False


def same_bytes(const uint8_t[::1] a, const uint8_t[::1] b):
    """Whether two arrays of bytes hold the same."""
    cdef Py_ssize_t n = a.shape[0]
    return n == b.shape[0] and (n == 0 or memcmp(&a[0], &b[0], n) == 0)


def has_tensors(x):
    """Whether a tensor or Variable is somewhere in a list or tuple."""
    return holds_tensor(x)


cdef bint holds_numpy(object x, int depth=0):
    """The first leaf of nested lists and tuples is NumPy's, so that its dtype counts."""
    for item in x:
        if isinstance(item, (list, tuple)) and depth < 32:
            if len(item) > 0:
                return holds_numpy(item, depth + 1)
        else:
            return isinstance(item, (np.ndarray, np.generic))
    return False


cdef int refuse_masked(object x, int depth=0) except -1:
    """NumPy drops the masks of arrays in nested lists."""
    for item in x:
        if type(item) is float or type(item) is int:
            continue
        if isinstance(item, (list, tuple)):
            if depth < 32:
                refuse_masked(item, depth + 1)
        elif isinstance(item, cnp.ndarray) and is_masked(item):
            raise errors.InvalidDTypeError(MASKED)
    return 0


cdef object array_of_list(object x, int code):
    """A list or tuple of numbers as an array, in the dtype that Python numbers become."""
    refuse_masked(x)
    try:
        a = np.array(x)
    except ValueError as error:
        if "inhomogeneous" in str(error):
            raise errors.InvalidArgumentError(
                "Can't convert non-rectangular Python sequence to Tensor."
            ) from None
        raise
    if a.dtype == object:
        if code != NO_DTYPE or a.size == 0:
            raise unconvertible(x)
        for item in a.flat:
            if not isinstance(item, (int, float, complex)):
                raise unconvertible(item)
        raise errors.IntegerOverflowError(
            "Can't convert Python sequence with out-of-range integer to Tensor."
        )
    if code != NO_DTYPE:
        return a
    if a.size == 0 and a.dtype == np.float64:
        return a.astype(DTYPES[default_float].as_numpy_dtype)
    if holds_numpy(x):
        return a
    if a.dtype.kind == "f":
        return a.astype(DTYPES[default_float].as_numpy_dtype)
    if a.dtype == np.int64 and (a.size == 0 or (a.min() >= -2**31 and a.max() < 2**31)):
        return a.astype(np.int32)
    return a


cdef object checked_cast(object x, object a, int code):
    """The array `a`, made from Python numbers, in a dtype that must hold them."""
    dtype = np.dtype(DTYPES[code].as_numpy_dtype)
    kind, to = a.dtype.kind, dtype.kind
    if kind not in "biufc":
        raise unconvertible(x)
    order = "biufc"
    if a.size and ((to == "b") != (kind == "b") and to in "b" or
                   (to in "iu" and kind in "fc") or (to == "f" and kind == "c")):
        raise errors.InvalidDTypeError(f"Cannot convert {x!r} to a tensor of dtype {dtype.name}")
    if a.size and to in "iu" and kind in "iu":
        low, high = INTEGER_LIMITS[code - INT8]
        if int(a.min()) < low or int(a.max()) > high:
            raise errors.IntegerOverflowError(f"{x!r} does not fit {dtype.name}")
    return a.astype(dtype)


cdef Tensor tensor_from(object x, int code=NO_DTYPE):
    """Any object as a tensor; `code` is the dtype that Python numbers become, if given.

    Tensors, Variables and arrays keep their own dtype whatever `code` says.
    """
    cdef int own
    cdef Tensor t
    if type(x) is Tensor:
        return <Tensor>x
    if isinstance(x, Variable):
        return variable_tensor(<Variable>x)
    own = number_code(x) if code == NO_DTYPE else NO_DTYPE
    if own != NO_DTYPE:
        return wrap(number_value(x, own))
    if code != NO_DTYPE and isinstance(x, (float, int, complex)) and not isinstance(x, np.generic):
        return wrap(python_number(x, code))
    if isinstance(x, np.ndarray):
        return wrap(array_value(x))
    if isinstance(x, np.generic):
        return wrap(array_value(x))
    if converters:
        t = converted_by_user(x, code)
        if t is not None:
            return t
    if isinstance(x, (list, tuple)):
        if holds_tensor(x):
            return stack_nested(x, code)
        a = array_of_list(x, code)
        if code == BFLOAT16 and not holds_numpy(x):
            return wrap(op_converted(array_value(checked_cast(x, a, FLOAT64)), <DType>code))
        if code != NO_DTYPE and not holds_numpy(x):
            a = checked_cast(x, a, code)
        return wrap(array_value(a))
    if isinstance(x, range):
        return tensor_from(list(x), code)
    if x is None or isinstance(x, (str, bytes, dict, set)):
        raise unconvertible(x)
    if hasattr(x, "_dense"):  # IndexedSlices, with what was recorded of it
        return a_tensor(x._dense())
    if is_sparse(x):
        raise unconvertible(x)
    if has_array(x) or is_buffer(x):
        return wrap(array_value(x))
    if hasattr(x, "__dlpack__"):
        return wrap(array_value(np.from_dlpack(x)))
    if hasattr(x, "__len__") and hasattr(x, "__getitem__"):
        return tensor_from(list(x), code)
    raise unconvertible(x)


cdef list converters = []  # (priority, classes, function), in the order in which they are asked


def register_tensor_conversion_function(base_type, conversion_func, priority=100):
    """Let objects of a class be taken wherever a tensor is.

    Args:
        base_type: a class, or a tuple of classes.
        conversion_func: `conversion_func(value, dtype=None, name=None, as_ref=False)` returns a
            tensor, of that dtype if it is not None, or NotImplemented, for the next function to be
            asked.
        priority: functions with smaller ones are asked first, and among equal ones those
            registered first.

    Raises:
        TypeError: for Python's and NumPy's numbers, for NumPy's arrays, and for what is no class or
            no function.

    >>> import autograd_c as tf
    >>> class Celsius:
    ...     def __init__(self, degrees):
    ...         self.degrees = degrees
    >>> tf.register_tensor_conversion_function(
    ...     Celsius, lambda x, dtype=None, name=None, as_ref=False: tf.constant(x.degrees, dtype))
    >>> print((tf.constant(1.0) + Celsius(20.0)).numpy())
    21.0
    """
    classes = base_type if isinstance(base_type, tuple) else (base_type,)
    for cls in classes:
        if not isinstance(cls, type):
            raise TypeError(
                f"Argument `base_type` must be a class or a tuple of classes, not {base_type!r}"
            )
        if issubclass(cls, (int, float, complex, np.generic, np.ndarray)):
            raise TypeError(
                "Cannot register conversions for Python numeric types and NumPy scalars and arrays."
            )
    if not callable(conversion_func):
        raise TypeError(f"Argument `conversion_func` must be callable, not {conversion_func!r}")
    global converters
    # A new list: whoever goes through the old one is not disturbed.
    converters = sorted([*converters, (priority, classes, conversion_func)],
                        key=operator.itemgetter(0))


cdef bint is_registered(object x):
    for _, classes, _ in converters:
        if isinstance(x, classes):
            return True
    return False


cdef Tensor converted_by_user(object x, int code):
    """What a registered function makes of `x`, or None. A dtype that it refuses was only a wish."""
    for _, classes, function in converters:
        if not isinstance(x, classes):
            continue
        if code == NO_DTYPE:
            answer = function(x, dtype=None, name=None, as_ref=False)
        else:
            try:
                answer = function(x, dtype=DTYPES[code], name=None, as_ref=False)
            except (TypeError, ValueError):
                answer = function(x, dtype=None, name=None, as_ref=False)
        if answer is NotImplemented:
            continue
        if not isinstance(answer, (Tensor, Variable)):
            raise RuntimeError(
                f"the conversion function {function!r} for {type(x).__name__!r} returned {answer!r}, "
                "which is no tensor"
            )
        return tensor_from(answer)
    return None


cdef Tensor a_tensor(object x):
    """`x`, which must be a tensor; not even None can stand for it."""
    if type(x) is not Tensor:
        raise unconvertible(x)
    return <Tensor>x


cdef bint has_array(object x):
    """NumPy makes an array of its memory."""
    return (hasattr(x, "__array__") or hasattr(x, "__array_interface__")
            or hasattr(x, "__array_struct__"))


cdef bint is_buffer(object x):
    try:
        memoryview(x)
    except TypeError:
        return False
    return True


cdef Value python_number(object x, int code) except *:
    """A Python number in a dtype that was asked for; TypeError where its kind does not fit."""
    cdef DType t = <DType>code
    if code == BOOL and not isinstance(x, bool):
        raise errors.InvalidDTypeError(f"Cannot convert {x!r} to a tensor of dtype bool")
    if (is_integer(t) and isinstance(x, (float, complex))) or (
        is_floating(t) and isinstance(x, complex)
    ):
        raise errors.InvalidDTypeError(
            f"Cannot convert {x!r} to a tensor of dtype {dtype_name(code)}"
        )
    return number_value(x, code)


cdef Tensor stack_nested(object x, int code):
    """Nested lists that hold tensors: stacked, and recorded."""
    cdef int own = code
    if own == NO_DTYPE:
        for leaf in nest.flatten(list(x)):
            if isinstance(leaf, (Tensor, Variable)):
                own = <int>(<Tensor>tensor_from(leaf)).data.value.dtype
                break
    return stack([yielding(item, own) for item in x], 0)


cdef Tensor yielding(object x, int code):
    """A tensor in `code`, if x is an array of integers or bools, and that a higher kind."""
    cdef Tensor t = tensor_from(x, code)
    lower = kind_of(<int>t.data.value.dtype) < kind_of(code) and not has_own_dtype(x)
    return as_dtype_tensor(t, code) if lower else t


cdef Tensor as_dtype_tensor(Tensor t, int code):
    """The tensor in another dtype, recorded; itself if it has that dtype.

    What is made of it is checked for being finite; this is not an operation of the user's.
    """
    if code == NO_DTYPE or <int>t.data.value.dtype == code:
        return t
    return wrap(op_converted(traced(t.data), <DType>code))
