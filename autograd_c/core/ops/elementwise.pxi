# Elementwise functions: those made of rows of the table, and those with arguments of their own.

cdef extern from *:
    """
    typedef PyObject* (*WithKeywords)(PyObject*, PyObject**, Py_ssize_t, PyObject*);
    typedef PyObject* (*VectorBody)(PyObject*, PyObject**, size_t, PyObject*);
    static PyObject* make_method(PyMethodDef* method, const char* name, const char* doc,
                                 PyObject* self, PyObject* module, WithKeywords body) {
        method->ml_name = name;
        method->ml_meth = (PyCFunction)(void (*)(void))body;
        method->ml_flags = METH_FASTCALL | METH_KEYWORDS;
        method->ml_doc = doc;
        return PyCFunction_NewEx(method, self, module);
    }
    // Cython's classes are called with a tuple, unless told otherwise.
    static void call_by_vector(PyObject* type, char* object, char* place) {
        PyTypeObject* const t = (PyTypeObject*)type;
        t->tp_vectorcall_offset = place - object;
        t->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
        PyType_Modified(t);
    }
    """
    ctypedef struct PyMethodDef:
        pass
    ctypedef object (*WithKeywords)(object, PyObject**, Py_ssize_t, PyObject*)
    object make_method(PyMethodDef*, const char*, const char*, object, object, WithKeywords)
    object vectorcall "PyObject_Vectorcall"(object, PyObject**, size_t, PyObject*)
    void call_by_vector(object, char*, char*)
    Py_ssize_t vector_length "PyVectorcall_NARGS"(size_t)
    ctypedef object (*VectorBody)(object, PyObject**, size_t, PyObject*)

from cpython.bytes cimport PyBytes_AS_STRING
from cpython.mem cimport PyMem_Malloc
from cpython.slice cimport PySlice_GetIndicesEx


@cython.final
cdef class Bound:
    """What the body of a function made here knows of it."""

    cdef uint16_t code      # of its operation
    cdef object general     # what is called for anything but tensors of floats; None
    cdef object module      # by which users know it

    def __reduce__(self):
        """Its functions are pickled as attributes of it: those of that name in the module."""
        return importlib.import_module, (self.module,)


cdef object elementwise_call "elementwise_call"(object self, PyObject** args, Py_ssize_t count,
                                                PyObject* keywords):
    """The body of every elementwise function."""
    cdef uint16_t code = (<Bound>self).code
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
    cdef list names = [s.strip() for s in op_text[code].arguments.decode().split(",")]
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


cdef object make_builtin(int code, str name, str doc, object module, object general,
                         WithKeywords body):
    cdef bytes c_name = name.encode(), c_doc = doc.encode()
    cdef PyMethodDef* method = <PyMethodDef*>PyMem_Malloc(64)
    cdef Bound bound = Bound.__new__(Bound)
    bound.code = <uint16_t>code
    bound.general = general
    bound.module = module
    keep_alive.append((c_name, c_doc))
    return make_method(method, PyBytes_AS_STRING(c_name), PyBytes_AS_STRING(c_doc), bound, module,
                       body)


def make_function(int code, str name, str doc, module):
    """The Python function of an elementwise operation, as a built-in function."""
    return make_builtin(code, name, doc, module, None, elementwise_call)


cdef object ufunc_call "ufunc_call"(object self, PyObject** args, Py_ssize_t count,
                                    PyObject* keywords):
    """The body of a universal function of one argument."""
    if keywords == NULL and count == 1 and is_floats(<object>args[0]):
        return unary_operator((<Bound>self).code, <object>args[0])
    return vectorcall((<Bound>self).general, args, count, keywords)


cdef inline bint is_floats(object x):
    return type(x) is Tensor and is_floating((<Tensor>x).data.value.dtype)


cdef object universal_call(object self, PyObject** args, size_t flagged, PyObject* keywords):
    """The body of a universal function of two arguments."""
    cdef UniversalFunction function = <UniversalFunction>self
    cdef Py_ssize_t count = vector_length(flagged)
    if keywords == NULL and count == 2 and function.has_code and is_floats(<object>args[0]):
        if type(<object>args[1]) is float or (
            is_floats(<object>args[1]) and (<Tensor>(<object>args[0])).data.value.dtype
            == (<Tensor>(<object>args[1])).data.value.dtype
        ):
            return binary_operator(function.code, <object>args[0], <object>args[1])
    return vectorcall(function.general, args, count, keywords)


@cython.final
cdef class UniversalFunction:
    # Of two arguments. Its docstring is that of each object.

    cdef VectorBody body
    cdef uint16_t code   # of its operation, if floats have one
    cdef bint has_code
    cdef object general  # what is called for anything but tensors of floats of one dtype
    cdef object ufunc    # NumPy's
    cdef object module   # by which users know it

    def __cinit__(self):
        self.body = universal_call

    def __call__(self, *args, **kwargs):
        return self.general(*args, **kwargs)

    @property
    def __doc__(self):
        return None if self.general is None else self.general.__doc__

    @property
    def __module__(self):
        return self.module

    @property
    def __name__(self):
        return self.ufunc.__name__

    @property
    def __qualname__(self):
        return self.ufunc.__name__

    @property
    def __signature__(self):
        import inspect
        return inspect.signature(self.general)

    @property
    def nin(self):
        return self.ufunc.nin

    @property
    def nout(self):
        return self.ufunc.nout

    @property
    def nargs(self):
        return self.ufunc.nargs

    @property
    def identity(self):
        return self.ufunc.identity

    def reduce(self, *args, **kwargs):
        """Along axes, one element after the other: as NumPy's method of that name."""
        return self.general.method("reduce", args, kwargs)

    def accumulate(self, *args, **kwargs):
        """What `reduce` makes of the first elements, the first two, ...: as NumPy's method."""
        return self.general.method("accumulate", args, kwargs)

    def outer(self, *args, **kwargs):
        """Of each element of one with each of the other: as NumPy's method of that name."""
        return self.general.method("outer", args, kwargs)

    def reduceat(self, *args, **kwargs):
        """`reduce` of slices: as NumPy's method of that name."""
        return self.general.method("reduceat", args, kwargs)

    def at(self, *args, **kwargs):
        """In the place of picked elements, also of those picked twice: as NumPy's method."""
        return self.general.method("at", args, kwargs)

    def __repr__(self):
        return f"<ufunc {self.ufunc.__name__!r}>"

    def __reduce__(self):
        return self.ufunc.__name__


cdef UniversalFunction none_yet = UniversalFunction.__new__(UniversalFunction)
call_by_vector(UniversalFunction, <char*><PyObject*>none_yet, <char*>&none_yet.body)


def make_ufunc(ufunc, str doc not None, module, general):
    """A universal function of NumPy: its operation for tensors of floats of one dtype, and `general`
    for all else. `general` itself if it has one argument and no operation takes floats."""
    cdef UniversalFunction function
    code = UFUNCS.get(ufunc)
    if code is not None and not op_table[<int>code].kinds & KIND_FLOATING:
        code = None
    if ufunc.nin == 2 and ufunc.nout == 1:
        function = UniversalFunction.__new__(UniversalFunction)
        function.has_code = code is not None
        function.code = code or 0
        function.general, function.ufunc, function.module = general, ufunc, module
        return function
    if code is None:
        return general
    return make_builtin(code, ufunc.__name__, doc, module, general, ufunc_call)


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
        promoted = common_code("where", <int>a.data.value.dtype, <int>b.data.value.dtype)
        if promoted < 0:
            raise errors.InvalidDTypeError(f"[where] {dtypes.promotion_error(a.dtype, b.dtype)}")
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
