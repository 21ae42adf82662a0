# Tensors of values and of other tensors' values.

def constant(value, dtype=None, shape=None, name="Const"):
    """A tensor of the given value.

    Args:
        value: a number, a nested list or tuple of numbers, a NumPy array, a tensor, or an object
            with `__array__`, a buffer or `__dlpack__`.
        dtype: of the result. By default Python floats become float32 (see `set_default_float`), ints
            int32 or, where they do not fit, int64; complex numbers complex128; NumPy arrays and
            scalars keep their own.
        shape: of the result; a single value fills it, other values are laid out in it.
        name: ignored.

    Raises:
        TypeError: for values that are no numbers, masked arrays, and numbers that `dtype` cannot
            hold (1.5 as int32); also if the number of values does not fit `shape`.
        ValueError: for ragged lists.
        OverflowError: for Python ints out of the dtype's range.

    An array is copied, unless nobody can ever write to its memory (it belongs to a bytes object or to
    another tensor): a later change of the array does not change the tensor.

    >>> import autograd_c as tf
    >>> tf.constant([[1, 2], [3, 4]], tf.float64)
    <tf.Tensor: shape=(2, 2), dtype=float64, numpy=
    array([[1., 2.],
           [3., 4.]])>
    >>> tf.constant(0.5, shape=(3,))
    <tf.Tensor: shape=(3,), dtype=float32, numpy=array([0.5, 0.5, 0.5], dtype=float32)>
    """
    cdef int code = NO_DTYPE if dtype is None else dtype_code(dtype)
    cdef Tensor t = tensor_from(value, code)
    cdef Shape target
    if code != NO_DTYPE and <int>t.data.value.dtype != code:
        if isinstance(value, (Tensor, Variable)):
            raise errors.InvalidDTypeError(
                f"Expected tensor {value} with dtype {DTYPES[code]!r}, but got dtype {t.dtype!r}."
            )
        t = wrap(op_converted(t.data.value, <DType>code))
    elif isinstance(value, (Tensor, Variable)):
        t = identity(value)
    if shape is None:
        return t
    target = shape_of(shape)
    for k in range(target.rank):
        if target.dims[k] < 0:
            raise ValueError(f"Dimension {target.dims[k]} must be >= 0")
    if t.data.value.size() == target.size():
        return wrap(op_reshape(traced(t.data), target))
    if t.data.value.size() == 1:
        return wrap(op_broadcast_to(op_reshape(traced(t.data), Shape()), target))
    raise TypeError(
        f"Eager execution of tf.constant with unsupported shape. Tensor {value} has "
        f"{t.data.value.size()} elements, but got `shape` {shape_tuple(target)} with "
        f"{target.size()} elements."
    )


def convert_to_tensor(value, dtype=None, dtype_hint=None, name=None):
    """`value` as a tensor: a tensor as it is, a Variable's value, anything else as by `constant`.

    Args:
        value: as for `constant`; lists may also hold tensors, which are stacked and recorded.
        dtype: of the result; a tensor must have it already.
        dtype_hint: the dtype to prefer if `value` can be converted to it.
        name: ignored.

    Raises:
        ValueError: for a tensor of another dtype than `dtype`.
        TypeError: for values that are no numbers, and numbers that `dtype` cannot hold.

    >>> import autograd_c as tf
    >>> tf.convert_to_tensor(2.0)
    <tf.Tensor: shape=(), dtype=float32, numpy=2.0>
    """
    cdef int code = NO_DTYPE if dtype is None else dtype_code(dtype)
    cdef Tensor t
    if type(value) is Tensor and code == NO_DTYPE:
        return value
    if code == NO_DTYPE and dtype_hint is not None:
        try:
            return convert_to_tensor(value, dtype_hint)
        except (TypeError, ValueError):
            pass
    t = tensor_from(value, code)
    if code != NO_DTYPE and <int>t.data.value.dtype != code:
        if isinstance(value, (Tensor, Variable)):
            raise ValueError(
                f"Tensor conversion requested dtype {dtype_name(code)} for Tensor with dtype "
                f"{t.dtype.name}: {value!r}"
            )
        return wrap(op_converted(traced(t.data), <DType>code))
    return identity(value) if isinstance(value, Variable) else t


def full(shape, value, dtype=None):
    """A tensor of one number; the dtype is the default float's unless given."""
    cdef int code = default_float
    cdef Shape target
    if dtype is not None:
        if isinstance(dtype, int):
            function = "tf.ones" if value == 1 else "tf.zeros"
            raise TypeError(
                f"{function} takes one shape, and then a dtype, not {dtype!r}: "
                f"{function}([{shape}, {dtype}])"
            )
        code = dtype_code(dtype)
    target = shape_of(shape)
    check_dimensions(target)
    return wrap(op_full(<DType>code, target, value))


def identity(input, name=None):
    """The same value as a new tensor; recorded.

    >>> import autograd_c as tf
    >>> tf.identity(tf.constant(1.0))
    <tf.Tensor: shape=(), dtype=float32, numpy=1.0>
    """
    cdef Tensor t = tensor_from(input)
    return wrap(op_identity(traced(t.data)))


def same_values(list tensors not None):
    """Each tensor as another object, with the same place on the tapes that are open here: what is
    assigned to one of both does not change the other. Variables as they are."""
    return [wrap(traced((<Tensor>t).data)) if type(t) is Tensor else t for t in tensors]


def stop_gradient(input, name=None):
    """The same value without a record: gradients do not flow through it.

    >>> import autograd_c as tf
    >>> x = tf.constant(2.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * tf.stop_gradient(x)
    >>> print(tape.gradient(y, x).numpy())
    2.0
    """
    return wrap(op_stop((<Tensor>tensor_from(input)).data))


def is_tensor(x):
    """Whether `x` is a tensor or a Variable.

    >>> import autograd_c as tf
    >>> tf.is_tensor(tf.constant(1)), tf.is_tensor(1)
    (True, False)
    """
    return isinstance(x, (Tensor, Variable))


def cast(x, dtype, name=None):
    """`x` in another dtype; recorded between floating and complex dtypes.

    Floats become integers towards zero; numbers become bool by comparing with 0; of complex
    numbers, real dtypes take the real part.

    Raises:
        TypeError: if `x` is no array of numbers or `dtype` no dtype.

    >>> import autograd_c as tf
    >>> tf.cast(tf.constant([1.7, -1.7]), tf.int32)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 1, -1], dtype=int32)>
    """
    cdef int code = dtype_code(dtype)
    cdef Tensor t = tensor_from(x)
    return t if <int>t.data.value.dtype == code else wrap(op_cast(traced(t.data), <DType>code))
