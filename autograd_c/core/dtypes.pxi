# Dtypes and shapes as the engine has them.

cdef enum:
    BOOL = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT16 = 9
    BFLOAT16 = 10
    FLOAT32 = 11
    FLOAT64 = 12
    COMPLEX64 = 13
    COMPLEX128 = 14
    NO_DTYPE = -1

cdef tuple DTYPES = dtypes.ALL
cdef dict DTYPES_BY_NAME = dtypes.BY_NAME
cdef object make_shape = TensorShape._make
cdef object DTypeClass = dtypes.DType
cdef int[DTYPE_COUNT][DTYPE_COUNT] PROMOTION  # NO_DTYPE: two that do not mix
cdef int[DTYPE_COUNT][DTYPE_COUNT] MIXED      # what NumPy makes of them
cdef int[DTYPE_COUNT] NUMPY_TYPES
# Whether tensors of different kinds (bools, integers, floats) meet as in NumPy, or are an error as in
# TensorFlow.
cdef bint kinds_mix = False


cdef int fill_promotion() except -1:
    for a in range(DTYPE_COUNT):
        for b in range(DTYPE_COUNT):
            PROMOTION[a][b] = dtypes.PROMOTION[DTYPE_COUNT * a + b]
            MIXED[a][b] = dtypes.MIXED[DTYPE_COUNT * a + b]
    return 0


fill_promotion()
NUMPY_TYPES[:] = [
    cnp.NPY_BOOL, cnp.NPY_INT8, cnp.NPY_INT16, cnp.NPY_INT32, cnp.NPY_INT64, cnp.NPY_UINT8,
    cnp.NPY_UINT16, cnp.NPY_UINT32, cnp.NPY_UINT64, cnp.NPY_FLOAT16, -1, cnp.NPY_FLOAT32,
    cnp.NPY_FLOAT64, cnp.NPY_COMPLEX64, cnp.NPY_COMPLEX128,
]

cdef tuple INTEGER_LIMITS = tuple(
    [(-2 ** (n - 1), 2 ** (n - 1) - 1) for n in (8, 16, 32, 64)]
    + [(0, 2**n - 1) for n in (8, 16, 32, 64)]
)

# The dtype of Python floats and complex numbers.
cdef int default_float = FLOAT32


def mix_kinds(bint on):
    """Set whether tensors of different kinds (bools, integers, floats) meet as in NumPy."""
    global kinds_mix
    kinds_mix = on


cdef int common_code(str operation, int a, int b) except -2:
    """The dtype in which operands of two dtypes meet; NO_DTYPE if they do not mix."""
    cdef int code = PROMOTION[a][b]
    if code < 0 and kinds_mix:
        code = MIXED[a][b]
    if code >= 0:
        note_mixing(operation, a, b)
    return code


def set_default_float(dtype):
    """Set the dtype that Python floats become: "float32" (as TensorFlow's) or "float64".

    It holds for the whole process: for `constant`, `convert_to_tensor`, `Variable`, `zeros`,
    `ones`, `eye` and every function that takes a Python float where no tensor gives the dtype.
    NumPy arrays and scalars keep their own dtype either way.

    Raises:
        ValueError: for any other dtype.

    >>> import autograd_c as tf
    >>> tf.set_default_float("float64")
    >>> tf.constant(1.5).dtype
    tf.float64
    >>> tf.set_default_float("float32")
    >>> tf.constant(1.5).dtype
    tf.float32
    """
    global default_float
    cdef int code = dtype_code(dtype)
    if code != FLOAT32 and code != FLOAT64:
        raise ValueError(f"the default float is float32 or float64, not {DTYPES[code].name}")
    default_float = code
    dtypes.set_python_float(DTYPES[code])


def get_default_float():
    """The dtype that Python floats become; see `set_default_float`.

    >>> import autograd_c as tf
    >>> tf.get_default_float()
    tf.float32
    """
    return DTYPES[default_float]


cdef int dtype_code(object dtype) except -2:
    if type(dtype) is DTypeClass:
        return dtype.code
    if type(dtype) is str:
        found = DTYPES_BY_NAME.get(dtype)
        if found is not None:
            return found.code
    return dtypes.as_dtype(dtype).code


cdef inline object dtype_name(int code):
    return DTYPES[code].name


# ---------------------------------------------------------------- shapes

cdef Shape shape_of(object given) except *:
    """A shape given as an int, a tensor, an array or a sequence of ints."""
    cdef Shape shape
    cdef object item
    if isinstance(given, (Tensor, Variable, np.ndarray)):
        given = argument_array(given).tolist()
    if type(given) is not tuple and type(given) is not list:
        try:
            given = (index_of(given),)
        except TypeError:
            if isinstance(given, float):
                raise TypeError(f"a shape is made of integers, not {given!r}") from None
            given = tuple(given)
    for item in given:
        shape.push(dimension(item))
    return shape


cdef object index_of(object given):
    """What stands for an integer among arguments, as one."""
    return (<Tensor>given).as_index() if type(given) is Tensor else operator.index(given)


cdef int64_t dimension(object item) except? -9:
    cdef object index
    try:
        index = index_of(item)
    except TypeError:
        raise TypeError(f"a shape is made of integers, not {item!r}") from None
    if not -2**62 < index < 2**62:
        raise errors.InvalidArgumentError(f"a dimension of {index} does not fit")
    return index


cdef object check_dimensions(Shape shape):
    cdef int k
    for k in range(shape.rank):
        if shape.dims[k] < 0:
            raise errors.InvalidArgumentError(
                f"Dimension {shape.dims[k]} must be >= 0, in shape {shape_tuple(shape)}"
            )


cdef tuple shape_tuple(Shape shape):
    cdef int k
    return tuple([shape.dims[k] for k in range(shape.rank)])


cdef tuple extents_of(Tensor t):
    """The shape, as this package sees it: a function that is recorded may see less of it."""
    return shape_tuple(t.data.value.shape())


cdef int axis_of(object axis, int rank, str operation) except -1:
    """One axis, negative ones from the end."""
    cdef object k = as_index(axis, operation)
    if not -rank <= k < rank:
        raise errors.InvalidArgumentError(
            f"[{operation}] axis {k} is out of range for a tensor of rank {rank}"
        )
    return k + rank if k < 0 else k


cdef object as_index(object axis, str operation):
    try:
        return index_of(axis)
    except TypeError:
        joined = f"; tensors are given as one list: tf.{operation}([x, y], axis)"
        raise TypeError(
            f"[{operation}] axis must be an integer, not {axis!r}"
            + (joined if operation in ("concat", "stack") else "")
        ) from None


cdef int64_t axes_of(object axis, int rank, str operation) except -1:
    """Bit mask of the axes to reduce: all of them for None."""
    cdef int64_t axes = 0
    cdef int k
    if axis is None:
        return (<int64_t>1 << rank) - 1
    if isinstance(axis, (Tensor, Variable, np.ndarray)):
        axis = argument_array(axis).tolist()
    if isinstance(axis, (list, tuple, range)):
        for item in axis:
            k = axis_of(item, rank, operation)
            if axes >> k & 1:
                raise errors.InvalidArgumentError(
                    f"[{operation}] axis {k} appears more than once in {axis}"
                )
            axes |= <int64_t>1 << k
        return axes
    return <int64_t>1 << axis_of(axis, rank, operation)
