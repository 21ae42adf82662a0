# Tensor: a value, its place in a log, and the protocols of Python.

cdef inline Tensor new_tensor():
    return <Tensor>Tensor.__new__(Tensor)


@cython.nonecheck(False)  # what was just made
cdef inline Tensor wrap(Value v):
    """A tensor around a result of the engine."""
    cdef Tensor t = new_tensor()
    bind_result(t.data, v)
    return t


cdef char* buffer_format(DType dtype) noexcept:
    cdef int code = <int>dtype
    if code == BOOL: return b"?"
    if code == INT8: return b"b"
    if code == INT16: return b"h"
    if code == INT32: return b"i"
    # The letter that NumPy reads as its own int64, which differs between platforms.
    if code == INT64: return b"l" if sizeof(long) == 8 else b"q"
    if code == UINT8: return b"B"
    if code == UINT16: return b"H"
    if code == UINT32: return b"I"
    if code == UINT64: return b"L" if sizeof(long) == 8 else b"Q"
    if code == FLOAT16: return b"e"
    if code == FLOAT32: return b"f"
    if code == FLOAT64: return b"d"
    if code == COMPLEX64: return b"Zf"
    return b"Zd"


cdef inline bint has_flags(int flags, int wanted) noexcept:
    return flags & wanted == wanted


cdef bint has_layout(Array* a, int flags) noexcept:
    """The elements lie as a request for a buffer asks; without strides they must be in C order."""
    if has_flags(flags, PyBUF_F_CONTIGUOUS):
        return a.fortran_contiguous()
    if has_flags(flags, PyBUF_ANY_CONTIGUOUS):
        return a.contiguous or a.fortran_contiguous()
    return a.contiguous or (
        has_flags(flags, PyBUF_STRIDES) and not has_flags(flags, PyBUF_C_CONTIGUOUS)
    )


@cython.final
@cython.no_gc
@cython.freelist(256)
cdef class Tensor:
    """An array of numbers whose operations a `GradientTape` can record.

    Made by `constant`, `convert_to_tensor`, `zeros`, … and by operations; not by calling the class.
    It has any shape of up to 32 dimensions and one of the dtypes bool, int8 to int64, uint8 to
    uint64, float16, bfloat16, float32, float64, complex64 and complex128. Arithmetic, comparisons, indexing
    and `@` work as on NumPy arrays; operands broadcast, and their dtypes promote by the rules of the
    Python array API standard.

    `numpy()` gives a writable copy; `np.asarray(t)` and `memoryview(t)` are read-only views.

    `x[key] = value` takes every index that `x[key]` does. It gives the object `x` another value, which
    is recorded: what was computed from the old one, parts of it, and arrays that share its memory
    keep what they had. Nothing is copied where nobody else holds the elements.

    Raises:
        TypeError: when called.

    >>> import autograd_c as tf
    >>> x = tf.constant([1.0, 2.0])
    >>> x * x + 1
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([2., 5.], dtype=float32)>
    >>> x.shape, x.dtype
    (TensorShape([2]), tf.float32)
    """

    cdef TensorData data
    cdef tuple origin           # (variable, key), of a part of a Variable that can be assigned
    cdef object __weakref__

    def __init__(self, *args, **kwargs):
        raise TypeError("use tf.constant or tf.convert_to_tensor to make a Tensor")

    # ------------------------------------------------------------ what it is

    @property
    def shape(self):
        """Its extents: a `TensorShape`, which is a tuple."""
        if open_recordings != 0:
            return make_shape(seen_shape(self))
        return make_shape(extents_of(self))

    def get_shape(self):
        """Its extents, as `shape`."""
        return self.shape

    def set_shape(self, shape):
        """Check that `shape`, which may have None for unknown extents, fits.

        Raises:
            ValueError: if it does not.
        """
        if not make_shape(extents_of(self)).is_compatible_with(shape):
            raise ValueError(
                f"Tensor's shape {self.shape} is not compatible with supplied shape {shape}."
            )

    @property
    def dtype(self):
        """Its element type, a `DType`."""
        return DTYPES[<int>self.data.value.dtype]

    @property
    def ndim(self):
        """Number of dimensions."""
        return self.data.value.rank()

    @property
    def size(self):
        """Number of elements."""
        if open_recordings != 0:
            require_known(self, 0, self.data.value.rank(), "tf.size(x)")
        return self.data.value.size()

    @property
    def itemsize(self):
        """Bytes an element."""
        return itemsize(self.data.value.dtype)

    @property
    def nbytes(self):
        """Bytes of all elements."""
        if open_recordings != 0:
            require_known(self, 0, self.data.value.rank(), "tf.size(x)")
        return self.data.value.size() * itemsize(self.data.value.dtype)

    @property
    def device(self):
        """The processor, in TensorFlow's spelling."""
        return "/job:localhost/replica:0/task:0/device:CPU:0"

    @property
    def name(self):
        """Always None: eager tensors have no names."""
        return None

    @property
    def T(self):
        """The transpose, all axes reversed; recorded."""
        return transpose(self)

    @property
    def mT(self):
        """The last two axes exchanged; recorded."""
        rank = self.data.value.rank()
        if rank < 2:
            raise errors.InvalidArgumentError("[mT] needs a tensor of rank 2 or more")
        return transpose(self, [*range(rank - 2), rank - 1, rank - 2])

    def numpy(self):
        """The elements as a NumPy array of their own, writable; a NumPy scalar for a 0-d tensor."""
        note_read_by_name(self)
        return numpy_copy(self.data.value)

    def item(self, *args):
        """The only element, as a Python number; or the one at a place in C order, or at indices.

        Raises:
            ValueError: if there is not exactly one, and no place is given.
            IndexError: for a place out of range.
        """
        return array_view(self).item(*args)

    def tolist(self):
        """The elements as nested lists of Python numbers."""
        return array_view(self).tolist()

    def ref(self):
        """A hashable reference that compares by identity; `deref()` gives the tensor back."""
        return Reference(self)

    def experimental_ref(self):
        """The old name of `ref`."""
        return Reference(self)

    def cpu(self):
        """Itself: tensors live in the processor's memory."""
        return self

    def eval(self, feed_dict=None, session=None):
        """The value as `numpy()` gives it. The arguments of graph mode are ignored."""
        return self.numpy()

    # ------------------------------------------------------------ protocols

    def __getbuffer__(self, Py_buffer* view, int flags):
        cdef Array* a
        if answer_to_sparse(self) is not None:
            raise BufferError("scipy.sparse is to leave this operation to the tensor")
        check_leaving(self, "array")
        note_read_by_name(self)
        if self.data.value.dtype == <DType>BFLOAT16:
            raise BufferError("there are no buffers of bfloat16")
        if flags & PyBUF_WRITABLE:
            raise BufferError("a Tensor is immutable; use numpy() for a writable copy")
        # The buffer holds the array and not only the tensor, which a Variable can give another one,
        # or an optimizer could overwrite as its own.
        a = as_array(self.data.value)
        if not has_layout(a, flags):
            a.drop()
            raise BufferError(
                f"the memory of a tensor of shape {tuple(self.shape)} is not in the order that the "
                "buffer is asked for; use numpy() for a copy in C order"
            )
        view.obj = self
        view.buf = a.data
        view.len = a.size * itemsize(a.dtype)
        view.itemsize = itemsize(a.dtype)
        view.readonly = 1
        view.ndim = a.rank
        view.format = buffer_format(a.dtype) if flags & PyBUF_FORMAT else NULL
        view.shape = <Py_ssize_t*>a.shape() if flags & PyBUF_ND and a.rank > 0 else NULL
        view.strides = (
            <Py_ssize_t*>a.strides() if has_flags(flags, PyBUF_STRIDES) and a.rank > 0 else NULL
        )
        view.suboffsets = NULL
        view.internal = a

    def __releasebuffer__(self, Py_buffer* view):
        (<Array*>view.internal).drop()

    def __array__(self, dtype=None, copy=None):
        answer = answer_to_sparse(self)
        if answer is not None:
            return answer
        check_leaving(self, "array")
        note_read_by_name(self)
        if self.data.value.dtype == <DType>BFLOAT16 and dtype is None:
            return np.asarray(self.numpy())
        a = array_view(self)
        if dtype is not None and a.dtype != dtype:
            if copy is False:
                raise ValueError(f"a {self.dtype.name} tensor as {dtype} needs a copy")
            return a.astype(dtype)
        return a.copy() if copy else a

    @property
    def __pandas_priority__(self):
        return pandas_priority()

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return array_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        return array_function(function, args, kwargs)

    def __repr__(self):
        a = array_view(self)
        text = repr(a.item()) if a.ndim == 0 else repr(a)
        if self.data.value.dtype == <DType>BFLOAT16:
            text = text.replace("dtype=float32", "dtype=bfloat16")
        line = "\n" if "\n" in text else ""
        return f"<tf.Tensor: shape={tuple(self.shape)}, dtype={self.dtype.name}, numpy={line}{text}>"

    def __str__(self):
        a = array_view(self)
        text = str(a[()]) if a.ndim == 0 else str(a)
        line = "\n" if "\n" in text else ""
        return f"tf.Tensor({line}{text}, shape={tuple(self.shape)}, dtype={self.dtype.name})"

    def __format__(self, spec):
        if self.data.value.rank() == 0:
            return format(self.item(), spec)
        return format(array_view(self), spec)

    def __hash__(self):
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")

    def __bool__(self):
        cdef Value* v = &self.data.value
        if v.size() != 1:
            raise ambiguous(tuple(self.shape))
        note_truth_read(self.data, True)
        if open_recordings != 0:
            require_guard()
        return as_double(v) != 0 if plain_float(self.data) else is_true(v[0])

    def __float__(self):
        cdef Value* v = &self.data.value
        check_leaving(self, "float")
        note_read_by_name(self)
        if plain_float(self.data):
            return as_double(v)
        if v.rank() != 0:
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        return float(array_view(self))

    def __int__(self):
        if self.data.value.rank() != 0:
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        return int(number_view(self))

    def __complex__(self):
        if self.data.value.rank() != 0:
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        check_leaving(self, "complex")
        return complex(array_view(self).item())

    cdef int require_index(self) except -1:
        if self.data.value.rank() != 0 or not is_integer(self.data.value.dtype):
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return 0

    def __index__(self):
        self.require_index()
        return number_view(self).item()

    cdef object as_index(self):
        """The same of an argument of this package's."""
        self.require_index()
        return argument_view(self).item()

    def __round__(self, digits=None):
        if digits is None:
            return round_tensor(self)
        scale = 10.0 ** operator.index(digits)
        return round_tensor(self * scale) / scale

    def __len__(self):
        if self.data.value.rank() == 0:
            raise TypeError("Scalar tensor has no `len()`")
        if open_recordings != 0:
            require_known(self, 0, 1, "tf.shape(x)[0]")
        return self.data.value.extent(0)

    def __iter__(self):
        if self.data.value.rank() == 0:
            raise TypeError("Cannot iterate over a scalar tensor.")
        if open_recordings != 0:
            require_known(self, 0, 1, "tf.map_fn or tf.scan")
        return iter(unstack(self, 0))

    def __contains__(self, x):
        return bool(np.any(array_of(self == x)))

    def __getitem__(self, key):
        return index(self, key)

    def __reversed__(self):
        return reversed(unstack(self, 0))

    def __setitem__(self, key, value):
        if is_temporary(self):
            raise TypeError(
                "nobody would see what is assigned to a part of this expression: parts of tensors are "
                "tensors of their own; write x[i, j] = value for x[i][j] = value"
            )
        assign_item(self, key, value)

    def __delitem__(self, key):
        raise TypeError("'Tensor' object doesn't support item deletion")

    def __dir__(self):
        return present(self)

    def __copy__(self):
        return wrap(traced(self.data))

    def __deepcopy__(self, memo):
        return identity(self)

    def __reduce_ex__(self, protocol):
        check_leaving(self, "pickle")
        note_read_by_name(self)
        if protocol >= 5 and self.data.value.dtype != <DType>BFLOAT16:
            import pickle
            value = contiguous(self.data.value)
            elements = pickle.PickleBuffer(wrap(value))
        else:
            elements = bytes_of(self)
        return _rebuild_tensor, (elements, self.dtype.name, extents_of(self))

    # ------------------------------------------------------------ arithmetic

    def __add__(a, b): return binary_operator(OP_add, a, b)
    def __sub__(a, b): return binary_operator(OP_subtract, a, b)
    def __mul__(a, b): return binary_operator(OP_multiply, a, b)
    def __truediv__(a, b): return binary_operator(OP_divide, a, b)
    def __floordiv__(a, b): return binary_operator(OP_floordiv, a, b)
    def __mod__(a, b): return binary_operator(OP_mod, a, b)

    def __divmod__(a, b):
        quotient = binary_operator(OP_floordiv, a, b)
        if quotient is NotImplemented:
            return NotImplemented
        return quotient, binary_operator(OP_mod, a, b)

    def __pow__(a, b, modulus):
        if modulus is not None:
            raise TypeError("pow() of tensors takes no modulus")
        # The square is the power that people write; it is cheaper, and the same.
        if type(b) is int and b == 2 and type(a) is Tensor:
            if (<Tensor>a).data.value.dtype != <DType>BOOL:
                return unary_operator(OP_second_power, a)
        return binary_operator(OP_pow, a, b)

    def __matmul__(a, b): return matmul_operator(a, b)
    def __neg__(self): return unary_operator(OP_negative, self)
    def __pos__(self): return wrap(traced((<Tensor>self).data))
    def __abs__(self): return unary_operator(OP_abs, self)

    def __invert__(self):
        return unary_operator(
            OP_logical_not if <int>self.data.value.dtype == BOOL else OP_invert, self
        )

    def __and__(a, b): return bit_operator(OP_logical_and, OP_bitwise_and, a, b)
    def __or__(a, b): return bit_operator(OP_logical_or, OP_bitwise_or, a, b)
    def __xor__(a, b): return bit_operator(OP_logical_xor, OP_bitwise_xor, a, b)
    def __lshift__(a, b): return binary_operator(OP_left_shift, a, b)
    def __rshift__(a, b): return binary_operator(OP_right_shift, a, b)

    def __richcmp__(a, b, int op):
        return compare(a, b, op)


cdef object ambiguous(tuple shape):
    if 0 in shape:
        return ValueError(
            f"The truth value of an empty array is ambiguous, of shape {shape}: use x.size > 0"
        )
    return ValueError(
        f"The truth value of an array with more than one element is ambiguous, of shape {shape}: "
        "use tf.reduce_any(x) or tf.reduce_all(x); for each element, tf.where(x, a, b), and "
        "(x > 0) & (x < 1) in the place of `and`, `or`, `not` and 0 < x < 1"
    )


cdef object no_item_assignment():
    return TypeError(
        "'Variable' object does not support item assignment: v[i].assign(x) writes to a part of it, "
        "v.assign(x) to all; x = tf.identity(v) is a tensor that x[i] = value gives another value, "
        "recorded"
    )


class Reference:
    """A hashable reference to a tensor or Variable, equal to another one of the same object."""

    __slots__ = ("_referent",)

    def __init__(self, referent):
        self._referent = referent

    def deref(self):
        """The tensor or Variable."""
        return self._referent

    def __eq__(self, other):
        return isinstance(other, Reference) and self._referent is other._referent

    # Dicts with references for keys are structures, whose keys are sorted.
    def __lt__(self, other):
        return id(self._referent) < id(other._referent) if type(other) is Reference else NotImplemented

    def __hash__(self):
        return id(self._referent)

    def __repr__(self):
        return f"<Reference wrapping {self._referent!r}>"


def bytes_of(Tensor t not None):
    """The bytes of the elements, in C order."""
    note_read_by_name(t)
    if t.data.value.dtype == <DType>BFLOAT16:
        return array_of_bits(t.data.value).tobytes()
    return array_view(t).tobytes()


def _rebuild_tensor(buffer, dtype, shape):
    """A tensor from its pickled elements."""
    if dtype == "bfloat16":
        return wrap(value_of_bits(np.frombuffer(buffer, dtype=np.uint16).reshape(shape)))
    a = np.frombuffer(buffer, dtype=dtype).reshape(shape)
    return wrap(array_value(a))


cdef inline double as_double(Value* v):
    cdef float f
    cdef double d
    if v.dtype == <DType>FLOAT32:
        memcpy(&f, &v.bits, 4)
        return f
    memcpy(&d, &v.bits, 8)
    return d
