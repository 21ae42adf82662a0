# The operations as functions for Python. The public ones get their names, documentation and argument
# forms in the modules of the package; here they are converted, checked and run.

cdef extern from *:
    """
    static PyObject* elementwise_call(PyObject*, PyObject**, Py_ssize_t, PyObject*);
    static PyObject* make_elementwise(PyMethodDef* method, const char* name, const char* doc,
                                      PyObject* code, PyObject* module) {
        method->ml_name = name;
        method->ml_meth = (PyCFunction)(void (*)(void))elementwise_call;
        method->ml_flags = METH_FASTCALL | METH_KEYWORDS;
        method->ml_doc = doc;
        return PyCFunction_NewEx(method, code, module);
    }
    """
    ctypedef struct PyMethodDef:
        pass
    object make_elementwise(PyMethodDef*, const char*, const char*, object, object)

from cpython.bytes cimport PyBytes_AS_STRING
from cpython.long cimport PyLong_AsLong
from cpython.mem cimport PyMem_Malloc
from cpython.slice cimport PySlice_GetIndicesEx


cdef object elementwise_call "elementwise_call"(object self, PyObject** args, Py_ssize_t count,
                                                PyObject* keywords):
    """The body of every elementwise function; `self` is the code of its operation."""
    cdef uint16_t code = <uint16_t>PyLong_AsLong(self)
    cdef int arity = op_table[code].arity
    if keywords == NULL and count == arity:
        if arity == 1:
            return unary_operator(code, <object>args[0])
        return function_of_two(code, <object>args[0], <object>args[1])
    return elementwise_keywords(code, args, count, keywords)


cdef object function_of_two(uint16_t code, object a, object b):
    result = binary_operator(code, a, b)
    # What an operator leaves to the other operand, a function converts or refuses.
    return binary_general(code, a, b) if result is NotImplemented else result


cdef object elementwise_keywords(uint16_t code, PyObject** args, Py_ssize_t count,
                                 PyObject* keywords):
    cdef str function = op_name(code)
    cdef list names = [s.strip() for s in op_table[code].arguments.decode().split(",")]
    cdef list values = [None] * len(names)
    cdef list given = [False] * len(names)
    cdef Py_ssize_t k
    if count > len(names) + 1:  # the last one is TensorFlow's `name`
        raise TypeError(f"{function}() takes {len(names)} arguments, but {count} were given")
    if count == len(names) + 1:
        check_name(<object>args[count - 1], function)
    for k in range(min(count, len(names))):
        values[k] = <object>args[k]
        given[k] = True
    if keywords != NULL:
        for k, keyword in enumerate(<tuple><object>keywords):
            if keyword == "name":
                continue
            if keyword not in names:
                raise TypeError(
                    f"{function}() got an unexpected keyword argument {keyword!r}: it takes "
                    f"{', '.join(names)} and name"
                )
            place = names.index(keyword)
            if given[place]:
                raise TypeError(f"{function}() got multiple values for argument {keyword!r}")
            values[place] = <object>args[count + k]
            given[place] = True
    for k in range(len(names)):
        if not given[k]:
            raise TypeError(f"{function}() missing required argument {names[k]!r}")
    if len(names) == 1:
        return unary_operator(code, values[0])
    return function_of_two(code, values[0], values[1])


cdef int check_name(object name, str function) except -1:
    """The last argument is a label, if anything: not one more tensor, or extent."""
    if name is not None and not isinstance(name, str):
        raise TypeError(
            f"{function}() got {name!r} as its last argument, `name`, which is a str: give several "
            "extents as one shape, as in tf.reshape(x, [2, 3]), and several tensors one by one, as in "
            "tf.maximum(tf.maximum(x, y), z)"
        )
    return 0


cdef list keep_alive = []  # the texts that the functions' C structures point to


def make_function(int code, str name, str doc, module):
    """The Python function of an elementwise operation, as a built-in function."""
    cdef bytes c_name = name.encode(), c_doc = doc.encode()
    cdef PyMethodDef* method = <PyMethodDef*>PyMem_Malloc(64)
    keep_alive.append((c_name, c_doc))
    return make_elementwise(method, PyBytes_AS_STRING(c_name), PyBytes_AS_STRING(c_doc), code, module)


def operation_table():
    """What the engine knows of its operations, one dict each.

    Elementwise ones have all keys; structural ones only "code", "name" and "elementwise".
    """
    table = []
    for code in range(1, op_count):
        op = &op_table[code]
        row = {"code": code, "name": op.name.decode(), "elementwise": op.elementwise}
        if op.elementwise:
            row.update(
                arity=op.arity,
                kinds="".join(k for bit, k in enumerate("bifc") if op.kinds >> bit & 1),
                boolean=op.to_boolean,
                differentiable=op.differentiable,
                names=op.names.decode().split(),
                numpy=op.numpy.decode(),
                arguments=[s.strip() for s in op.arguments.decode().split(",")],
                low=op.low,
                high=op.high,
                summary=op.summary.decode(),
            )
        table.append(row)
    return table


def recorded_operations(GradientTape tape not None):
    """How many records of each operation a tape holds, by the names of `operation_table`.

    A tape that shares its log with others counts what they recorded meanwhile.
    """
    cdef int64_t[256] counts
    cdef Claim claim
    for code in range(256):
        counts[code] = 0
    if claim.take(tape.tape, False):
        tape.tape.count_operations(counts)
    return {op_table[code].name.decode(): counts[code] for code in range(1, op_count) if counts[code]}


cdef int fill_ufuncs() except -1:
    for row in operation_table():
        if row["elementwise"] and row["numpy"]:
            UFUNCS[row["numpy"]] = row["code"]
    UFUNCS.update({
        "absolute": OP_abs, "fabs": OP_abs, "remainder": OP_mod, "rint": OP_round,
        "true_divide": OP_divide,
    })
    return 0


fill_ufuncs()


# ---------------------------------------------------------------- making tensors

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
    return wrap((<Tensor>tensor_from(input)).data.value.detached())


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


# ---------------------------------------------------------------- elementwise

def divide(x, y, name=None):
    """Quotient x / y, elementwise with broadcasting.

    Integers are divided in float64, those of up to 16 bits in float32.

    Args:
        x, y: tensors of one dtype or of dtypes that promote, or what `convert_to_tensor` takes.
        name: ignored.

    Raises:
        TypeError: for bool, or dtypes that do not mix.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> tf.divide(tf.constant([1.0, 2.0]), 4)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.25, 0.5 ], dtype=float32)>
    """
    return function_of_two(OP_divide, x, y)


def round(x, name=None):
    """Nearest integers, halves to even; integers as they are. Not differentiable.

    >>> import autograd_c as tf
    >>> tf.round(tf.constant([0.5, 1.5, -2.7]))
    <tf.Tensor: shape=(3,), dtype=float32, numpy=array([ 0.,  2., -3.], dtype=float32)>
    """
    return round_tensor(tensor_from(x))


def select(condition, x, y):
    """Elements of x where the condition holds, of y elsewhere; broadcast."""
    cdef Tensor c = tensor_from(condition)
    cdef Tensor a, b
    a, b = operands(OP_equal, x, y)
    if a.data.value.dtype != b.data.value.dtype:
        promoted = PROMOTION[14 * <int>a.data.value.dtype + <int>b.data.value.dtype]
        if promoted < 0:
            raise errors.InvalidDTypeError(f"[where] {dtypes.promotion_error(a.dtype, b.dtype)}")
        note_mixing("where", <int>a.data.value.dtype, <int>b.data.value.dtype)
        a = as_dtype_tensor(a, promoted)
        b = as_dtype_tensor(b, promoted)
    return wrap(op_select(traced(c.data), traced(a.data), traced(b.data)))


def conj(x, name=None):
    """Complex conjugate; real tensors as they are.

    >>> import autograd_c as tf
    >>> tf.math.conj(tf.constant(1 + 2j))
    <tf.Tensor: shape=(), dtype=complex128, numpy=(1-2j)>
    """
    return wrap(op_conj(traced((<Tensor>tensor_from(x)).data)))


def real(input, name=None):
    """Real part, in the real dtype of the same precision; real tensors as they are.

    >>> import autograd_c as tf
    >>> tf.math.real(tf.constant(1 + 2j))
    <tf.Tensor: shape=(), dtype=float64, numpy=1.0>
    """
    return wrap(op_real_part(traced((<Tensor>tensor_from(input)).data)))


def imag(input, name=None):
    """Imaginary part, in the real dtype of the same precision; zeros for real tensors.

    >>> import autograd_c as tf
    >>> tf.math.imag(tf.constant(1 + 2j))
    <tf.Tensor: shape=(), dtype=float64, numpy=2.0>
    """
    return wrap(op_imaginary_part(traced((<Tensor>tensor_from(input)).data)))


# ---------------------------------------------------------------- shape

def reshape(tensor, shape, name=None):
    """The same elements, in C order, in another shape.

    Args:
        tensor: any tensor.
        shape: the new extents; at most one is -1, which is computed.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if the number of elements differs.

    >>> import autograd_c as tf
    >>> tf.reshape(tf.range(6), [2, -1]).shape
    TensorShape([2, 3])
    """
    if name is not None:
        check_name(name, "reshape")
    cdef Tensor t = tensor_from(tensor)
    cdef Shape target = shape_of(shape)
    cdef int k, unknown = -1
    cdef int64_t known = 1
    for k in range(target.rank):
        if target.dims[k] == -1:
            if unknown >= 0:
                raise errors.InvalidArgumentError(
                    f"[reshape] Only one input size may be -1, not both {unknown} and {k}"
                )
            unknown = k
        elif target.dims[k] < 0:
            raise errors.InvalidArgumentError(
                f"[reshape] Size {k} must be non-negative, not {target.dims[k]}"
            )
    if unknown >= 0:
        target.dims[unknown] = 1
        known = target.size()
        if known == 0:
            target.dims[unknown] = 0 if t.data.value.size() else 1
        elif t.data.value.size() % known:
            raise errors.InvalidArgumentError(
                f"[reshape] Input to reshape is a tensor with {t.data.value.size()} values, but "
                f"the requested shape requires a multiple of {known}"
            )
        else:
            target.dims[unknown] = t.data.value.size() // known
    return wrap(op_reshape(traced(t.data), target))


def transpose(a, perm=None, conjugate=False, name="transpose"):
    """Axes in another order.

    Args:
        a: any tensor.
        perm: output axis k is axis perm[k] of `a`; all reversed by default.
        conjugate: whether to take complex conjugates as well.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if `perm` is no permutation of the axes.

    >>> import autograd_c as tf
    >>> tf.transpose(tf.zeros([2, 3, 4]), [1, 0, 2]).shape
    TensorShape([3, 2, 4])
    """
    cdef Tensor t = tensor_from(a)
    cdef int rank = t.data.value.rank()
    cdef int[32] order
    cdef int k
    cdef uint32_t seen = 0
    if perm is None:
        axes = [rank - 1 - k for k in range(rank)]
    else:
        if isinstance(perm, (Tensor, Variable, np.ndarray)):
            perm = plain_array(perm).tolist()
        if isinstance(perm, int):
            raise TypeError(
                f"[transpose] perm is a list of all axes, not {perm}: for a tensor of rank {rank} such "
                f"as tf.transpose(x, {list(range(rank))[::-1]})"
            )
        axes = list(perm)
        if len(axes) != rank:
            raise errors.InvalidArgumentError(
                f"[transpose] expects {rank} axes for shape {tuple(t.shape)}, got {axes}"
            )
    for k in range(rank):
        order[k] = axis_of(axes[k], rank, "transpose")
        if seen >> order[k] & 1:
            raise errors.InvalidArgumentError(f"[transpose] {axes} is no permutation of the axes")
        seen |= <uint32_t>1 << order[k]
    v = wrap(op_transpose(traced(t.data), order))
    return conj(v) if conjugate else v


def broadcast_to(input, shape, name=None):
    """`input` repeated along axes of extent 1, and new leading ones, to `shape`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if it does not broadcast to it.

    >>> import autograd_c as tf
    >>> tf.broadcast_to(tf.constant([1, 2]), [2, 2])
    <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
    array([[1, 2],
           [1, 2]], dtype=int32)>
    """
    if name is not None:
        check_name(name, "broadcast_to")
    cdef Shape target = shape_of(shape)
    check_dimensions(target)
    return wrap(op_broadcast_to(traced((<Tensor>tensor_from(input)).data), target))


cdef list joined_tensors(object values, str operation):
    """Tensors of one dtype, as two operands have it, of several: Python numbers and lists among them
    take that of the others, and arrays of integers and bools that of a higher kind."""
    cdef Tensor t
    cdef int code = NO_DTYPE, kind = 0, own, k
    cdef list tensors = [None if is_weak(x) else tensor_from(x) for x in values]
    for t in tensors:
        if t is not None:
            kind = max(kind, kind_of(<int>t.data.value.dtype))
    for k in range(len(tensors)):
        if tensors[k] is None:
            continue
        own = <int>(<Tensor>tensors[k]).data.value.dtype
        if kind_of(own) < kind and not has_own_dtype(values[k]):
            continue
        if code == NO_DTYPE:
            code = own
        elif code != own:
            promoted = PROMOTION[14 * code + own]
            if promoted < 0:
                raise errors.InvalidDTypeError(
                    f"[{operation}] " + str(dtypes.promotion_error(DTYPES[code], DTYPES[own]))
                )
            note_mixing(operation, code, own)
            code = promoted
    if code == NO_DTYPE:
        return list_tensors(values)
    for k in range(len(tensors)):
        t = tensor_from(values[k], code) if tensors[k] is None else <Tensor>tensors[k]
        tensors[k] = as_dtype_tensor(t, code)
    return tensors


def operands_of(str operation, *values):
    """The operands of an operation of Python as tensors of one dtype.

    Raises:
        TypeError: for dtypes that do not mix.
    """
    return joined_tensors(values, operation)


cdef vector[Value] joined_values(object values, str operation) except *:
    """The same as values for the engine."""
    cdef vector[Value] out
    cdef Tensor t
    for t in joined_tensors(values, operation):
        out.push_back(traced(t.data))
    return out


def concat(values, axis, name="concat"):
    """Tensors one after the other along an axis that they have.

    Args:
        values: a list of tensors whose shapes agree but for `axis`.
        axis: an int, negative ones from the end.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not agree or a bad axis.

    >>> import autograd_c as tf
    >>> tf.concat([[1, 2], [3]], 0)
    <tf.Tensor: shape=(3,), dtype=int32, numpy=array([1, 2, 3], dtype=int32)>
    """
    as_index(axis, "concat")
    if isinstance(values, (Tensor, Variable, np.ndarray)):
        values = [values] if np.ndim(values) == 0 else list(values)
    if len(values) == 0:
        raise errors.InvalidArgumentError("[concat] needs at least one tensor")
    cdef vector[Value] parts = joined_values(values, "concat")
    cdef int rank = parts[0].rank()
    cdef int k, d
    if rank == 0:
        raise errors.InvalidArgumentError(
            "[concat] Can't concatenate scalars (use tf.stack instead)"
        )
    cdef int place = axis_of(axis, rank, "concat")
    for k in range(1, <int>parts.size()):
        if parts[k].rank() != rank:
            raise errors.InvalidArgumentError(
                f"[concat] Ranks of all input tensors should match: shape[0] = "
                f"{shape_tuple(parts[0].shape())} vs. shape[{k}] = {shape_tuple(parts[k].shape())}"
            )
        for d in range(rank):
            if d != place and parts[k].extent(d) != parts[0].extent(d):
                raise errors.InvalidArgumentError(
                    f"[concat] Dimension {d} in both shapes must be equal: shape[0] = "
                    f"{shape_tuple(parts[0].shape())} vs. shape[{k}] = "
                    f"{shape_tuple(parts[k].shape())}"
                )
    return wrap(op_concat(parts, place))


cdef list list_tensors(object values):
    """Lists of Python numbers as tensors of the dtype that all of them together have."""
    code = NO_DTYPE
    tensors = [tensor_from(x) for x in values]
    for t in tensors:
        code = max(code, <int>(<Tensor>t).data.value.dtype)
    return [as_dtype_tensor(tensor_from(x, code), code) for x in values]


def stack(values, axis=0, name="stack"):
    """Tensors of one shape along a new axis.

    Args:
        values: a list of tensors of one shape.
        axis: where the new axis goes, negative ones from the end.
        name: ignored.

    Raises:
        ValueError: for shapes that differ, or an axis out of range.

    >>> import autograd_c as tf
    >>> tf.stack([tf.constant([1, 2]), tf.constant([3, 4])], axis=1)
    <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
    array([[1, 3],
           [2, 4]], dtype=int32)>
    """
    if isinstance(values, (Tensor, Variable, np.ndarray)):
        values = list(values)
    if len(values) == 0:
        return full((0,), 0)
    cdef vector[Value] parts = joined_values(values, "stack")
    cdef int rank = parts[0].rank()
    cdef int k
    place = as_index(axis, "stack")
    if not -rank - 1 <= place <= rank:
        raise errors.InvalidArgumentError(
            f"[stack] Argument `axis` = {axis} not in range [{-rank - 1}, {rank + 1})"
        )
    for k in range(1, <int>parts.size()):
        if not parts[k].same_shape(parts[0]):
            raise errors.InvalidArgumentError(
                f"[stack] Shapes of all inputs must match: values[0].shape = "
                f"{shape_tuple(parts[0].shape())} != values[{k}].shape = "
                f"{shape_tuple(parts[k].shape())}"
            )
    return wrap(op_stack(parts, place + rank + 1 if place < 0 else place))


def unstack(value, num=None, axis=0, name="unstack"):
    """The slices along an axis, as a list.

    Args:
        value: a tensor of rank 1 or more.
        num: the number of slices, checked if given.
        axis: an int, negative ones from the end.
        name: ignored.

    Raises:
        ValueError: for an axis out of range or another number of slices.

    >>> import autograd_c as tf
    >>> [int(x) for x in tf.unstack(tf.constant([5, 6]))]
    [5, 6]
    """
    cdef Tensor t = tensor_from(value)
    cdef int rank = t.data.value.rank()
    if rank == 0:
        raise errors.InvalidArgumentError("[unstack] needs a tensor of rank 1 or more")
    cdef int place = axis_of(axis, rank, "unstack")
    cdef int64_t count = t.data.value.extent(place)
    if num is not None and num != count and num != 0:
        raise errors.InvalidArgumentError(
            f"[unstack] Input shape axis {place} must equal {num}, got shape {tuple(t.shape)}"
        )
    return [slice_of(t, place, k, 1, True) for k in range(count)]


@cython.nonecheck(False)
cdef Tensor slice_of(Tensor t, int axis, int64_t start, int64_t count, bint drop):
    cdef Value v = traced(t.data)
    return wrap(op_slice_axis(v, axis, start, count, drop))


def slice_axis(value, int axis, start, count):
    """`count` slices along an axis from `start` on, unchecked."""
    return slice_of(tensor_from(value), axis, start, count, False)


def diagonal_view(value, labels, out_labels):
    """The view on which axes of one label move together, in the order of `out_labels`."""
    cdef Tensor t = tensor_from(value)
    cdef ViewSpec spec
    cdef int d
    spec.in_rank = t.data.value.rank()
    for label in out_labels:
        spec.out.push(t.data.value.extent(labels.index(label)))
    for d in range(spec.in_rank):
        spec.start[d] = 0
        spec.step[d] = 1
        spec.to[d] = out_labels.index(labels[d])
    return wrap(op_view(traced(t.data), spec))


def reverse_axes(value, axes):
    """The elements in the opposite order along the given axes."""
    cdef Tensor t = tensor_from(value)
    cdef ViewSpec spec
    cdef int d
    cdef int64_t mask = axes_of(axes, t.data.value.rank(), "reverse")
    spec.in_rank = t.data.value.rank()
    for d in range(spec.in_rank):
        spec.out.push(t.data.value.extent(d))
        spec.to[d] = d
        spec.step[d] = -1 if mask >> d & 1 else 1
        spec.start[d] = t.data.value.extent(d) - 1 if mask >> d & 1 else 0
    return wrap(op_view(traced(t.data), spec))


# ---------------------------------------------------------------- reductions and products

def reduce(str kind, input_tensor, axis, bint keepdims):
    """A reduction over axes, by the name of its TensorFlow function."""
    cdef Tensor t = tensor_from(input_tensor)
    cdef uint32_t axes = <uint32_t>axes_of(axis, t.data.value.rank(), kind)
    cdef Value v = traced(t.data)
    if kind == "reduce_sum":
        return wrap(op_sum(v, axes, keepdims))
    if kind == "reduce_mean":
        return wrap(op_mean(v, axes, keepdims))
    if kind == "reduce_prod":
        return wrap(op_prod(v, axes, keepdims))
    if kind == "reduce_max":
        return wrap(op_extremum(v, axes, keepdims, True))
    if kind == "reduce_min":
        return wrap(op_extremum(v, axes, keepdims, False))
    if kind == "norm":
        return wrap(op_norm(v, axes, keepdims))
    if kind == "reduce_all":
        return wrap(op_any_all(v, axes, keepdims, True))
    if kind == "reduce_any":
        return wrap(op_any_all(v, axes, keepdims, False))
    return wrap(op_logsumexp(v, axes, keepdims))


def arg_extremum(input, axis, dtype, bint largest):
    """Index of the largest or smallest element along one axis, the first of equals."""
    cdef Tensor t = tensor_from(input)
    cdef int code = dtype_code(dtype)
    name = "argmax" if largest else "argmin"
    if not is_integer(<DType>code):
        raise errors.InvalidDTypeError(f"[{name}] output_type must be an integer, not {dtype}")
    cdef int place = axis_of(0 if axis is None else axis, t.data.value.rank(), name)
    return wrap(op_arg_extremum(t.data.value.detached(), place, largest, <DType>code))


def matmul(a, b, bint transpose_a=False, bint transpose_b=False, bint adjoint_a=False,
           bint adjoint_b=False, a_is_sparse=False, b_is_sparse=False, output_type=None,
           grad_a=False, grad_b=False, name=None):
    """Matrix products of the last two axes; leading axes broadcast.

    Args:
        a: a tensor of shape [..., m, k], or [..., k, m] to be transposed.
        b: a tensor of shape [..., k, n], or [..., n, k] to be transposed.
        transpose_a, transpose_b: whether to transpose the last two axes first.
        adjoint_a, adjoint_b: whether to transpose them and take complex conjugates.
        output_type: the dtype of the result; the operands' by default. If it is wider, products are
            computed in it.
        a_is_sparse, b_is_sparse, grad_a, grad_b, name: ignored.

    Returns:
        A tensor of shape [..., m, n].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not match, or both
            `transpose_` and `adjoint_` of one operand.
        TypeError: for dtypes that do not mix, and bool.

    Products of up to 32 x 32 x 32 run in the package's own kernel, larger ones in the BLAS that
    NumPy or SciPy has loaded (docs/blas.md).

    >>> import autograd_c as tf
    >>> tf.matmul([[1.0, 2.0]], [[3.0], [4.0]])
    <tf.Tensor: shape=(1, 1), dtype=float32, numpy=array([[11.]], dtype=float32)>
    """
    cdef Tensor x, y
    if transpose_a and adjoint_a or transpose_b and adjoint_b:
        which = "a" if transpose_a and adjoint_a else "b"
        raise ValueError(f"Only one of `transpose_{which}` and `adjoint_{which}` can be True.")
    if type(a) is Tensor and type(b) is Tensor:
        x = <Tensor>a
        y = <Tensor>b
        if x.data.value.dtype != y.data.value.dtype:
            promoted = promotion(OP_multiply, x, y)
            x = as_dtype_tensor(x, promoted)
            y = as_dtype_tensor(y, promoted)
    else:
        x, y = joined_tensors((a, b), "matmul")
    if output_type is not None:
        # What is added up is of the wider type: products of int8 fit int32.
        wanted = dtype_code(output_type)
        if itemsize(<DType><int>wanted) > itemsize(x.data.value.dtype):
            x = cast(x, output_type)
            y = cast(y, output_type)
    if adjoint_a:
        x = conj(x)
    if adjoint_b:
        y = conj(y)
    result = wrap(op_matmul(traced(x.data), traced(y.data), transpose_a or adjoint_a,
                            transpose_b or adjoint_b))
    return result if output_type is None else cast(result, output_type)


cdef object matmul_operator(object a, object b):
    """The @ operator; rank 1 counts as a row on the left and as a column on the right, as in NumPy."""
    if not (is_operand(a) and is_operand(b)):
        return NotImplemented
    cdef Tensor x, y
    x, y = operands(OP_multiply, a, b)
    cdef int m = x.data.value.rank(), n = y.data.value.rank()
    if m == 0 or n == 0:
        raise errors.InvalidArgumentError("[matmul] needs tensors of rank 1 or more")
    left = reshape(x, (1, -1)) if m == 1 else x
    right = reshape(y, (-1, 1)) if n == 1 else y
    result = matmul(left, right)
    shape = list(result.shape)
    if m == 1:
        del shape[len(shape) - 2]
    if n == 1:
        shape.pop()
    return reshape(result, shape) if m == 1 or n == 1 else result


def gather_rows(params, indices, bint sparse=False, axes=(0,)):
    """Rows by integer indices into axis 0, or into other axes, flattened together; IndexError out
    of range.

    The axes of the indices come first, then those of `params` that are not among `axes`. With
    `sparse`, the gradient for `params` is `IndexedSlices` where that is a source; for axis 0.
    """
    cdef Tensor t = tensor_from(params)
    cdef Tensor i = tensor_from(indices)
    cdef uint32_t bits = 0
    for k in axes:
        bits |= <uint32_t>1 << <int>k
    return wrap(op_gather(traced(t.data), i.data.value.detached(), sparse, bits))


def scatter_rows(values, indices, rows):
    """Zeros of [rows, ...] with values[i] added to row indices[i]; recorded."""
    cdef Tensor t = tensor_from(values)
    cdef Tensor i = tensor_from(indices)
    return wrap(op_scatter_add(traced(t.data), i.data.value.detached(), rows))


# ---------------------------------------------------------------- indexing

cdef object advanced_index = None  # set by functions/indexing.py


def set_advanced_index(function):
    """Install the function that indexes with integer and boolean arrays."""
    global advanced_index
    advanced_index = function


cdef object INDEX_TYPES = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and integer or boolean "
    "tensors, arrays and lists are valid indices, got {!r}"
)


cdef object plain_index(object item):
    """An int for what stands for one integer, else None."""
    cdef type t = type(item)
    if t is int:
        return item
    if t is bool or t is np.bool_ or isinstance(item, (list, tuple, str)):
        return None
    if t is Tensor and (
        (<Tensor>item).data.value.rank() != 0 or not is_integer((<Tensor>item).data.value.dtype)
    ):
        return None
    if isinstance(item, np.ndarray) and (item.ndim != 0 or item.dtype.kind not in "iu"):
        return None
    try:
        return operator.index(item)
    except TypeError:
        return None


@cython.nonecheck(False)  # of a tensor
cdef object index(Tensor t, object key):
    """t[key]: a view for integers, slices, `...` and None; a copy for arrays of indices."""
    cdef ViewSpec spec
    cdef int rank = t.data.value.rank()
    cdef int used = 0, d = 0, k
    cdef int64_t extent
    cdef Py_ssize_t start, stop, step, count
    cdef tuple items = <tuple>key if type(key) is tuple else (key,)
    cdef bint ellipsis = False
    if rank == 1 and len(items) == 1 and type(key) is int:  # v[i] in a loop
        return element(t, key)
    for item in items:
        if item is Ellipsis:
            if ellipsis:
                raise errors.InvalidIndexError("Multiple ellipses in slice spec not allowed")
            ellipsis = True
        elif item is not None and type(item) is not slice:
            if plain_index(item) is None:
                return advanced_index(t, items)
            used += 1
        elif item is not None:
            used += 1
    if used > rank:
        raise errors.InvalidIndexError(
            f"too many indices: {used} for a tensor of shape {tuple(t.shape)}"
        )
    spec.in_rank = rank
    if not ellipsis:
        items = items + (Ellipsis,)
    for item in items:
        if item is None:
            spec.out.push(1)
        elif item is Ellipsis:
            for k in range(rank - used):
                extent = t.data.value.extent(d)
                spec.start[d] = 0
                spec.step[d] = 1
                spec.to[d] = spec.out.rank
                spec.out.push(extent)
                d += 1
        elif type(item) is slice:
            extent = t.data.value.extent(d)
            try:
                PySlice_GetIndicesEx(item, extent, &start, &stop, &step, &count)
            except TypeError:
                raise bad_index(item) from None
            except ValueError as error:  # a step of 0
                raise errors.InvalidArgumentError(str(error)) from None
            spec.start[d] = start
            spec.step[d] = step
            spec.to[d] = spec.out.rank
            spec.out.push(count)
            d += 1
        else:
            spec.start[d] = checked_index(plain_index(item), t, d)
            spec.step[d] = 0
            spec.to[d] = -1
            d += 1
    return wrap(op_view(traced(t.data), spec))


@cython.nonecheck(False)
cdef int64_t checked_index(object i, Tensor t, int d) except -1:
    cdef int64_t extent = t.data.value.extent(d)
    if not -extent <= i < extent:
        raise errors.InvalidIndexError(
            f"slice index {i} of dimension {d} out of bounds for shape {tuple(t.shape)}"
        )
    return i + extent if i < 0 else i


cdef Tensor element(Tensor t, object i):
    return slice_of(t, 0, checked_index(i, t, 0), 1, True)


def bad_index(item):
    """The error for what is no index."""
    return errors.InvalidDTypeError(INDEX_TYPES.format(item))
