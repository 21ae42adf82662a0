# Operations given as C functions: the Python functions that call them.

cdef extern from *:
    """
    static PyObject* external_call(PyObject*, PyObject**, Py_ssize_t, PyObject*);
    static PyObject* make_external(PyMethodDef* method, const char* name, const char* doc,
                                   PyObject* self) {
        method->ml_name = name;
        method->ml_meth = (PyCFunction)(void (*)(void))external_call;
        method->ml_flags = METH_FASTCALL | METH_KEYWORDS;
        method->ml_doc = doc;
        return PyCFunction_New(method, self);
    }
    """
    object make_external(PyMethodDef*, const char*, const char*, object)
    ctypedef struct MethodDef "PyMethodDef":
        const char* ml_name


cdef class ExternalFunction:
    """What the Python function of a C operation is bound to."""

    cdef External* external
    cdef MethodDef method  # the function points here
    cdef bytes doc

    def __dealloc__(self):
        if self.external != NULL:
            self.external.drop()


cdef object external_call "external_call"(object self, PyObject** args, Py_ssize_t count,
                                          PyObject* keywords):
    """The body of every such function."""
    cdef External* external = (<ExternalFunction>self).external
    cdef Value[4] few
    cdef vector[Value] many
    cdef Value* values = few
    cdef Value y
    cdef Py_ssize_t k
    if keywords != NULL or count != <Py_ssize_t>external.input_count():
        raise TypeError(
            f"{external.name().decode()}() takes {external.input_count()} positional arguments"
            + (", and no keywords" if keywords != NULL else f", but {count} were given")
        )
    if count > 4:
        many.resize(count)
        values = many.data()
    for k in range(count):
        values[k] = external_operand(external, <object>args[k], k)
    y = external.call(values)
    return wrap(y)


cdef Value external_operand(External* external, object x, Py_ssize_t k) except *:
    cdef int code = <int>external.dtype()
    cdef Tensor t = <Tensor>x if type(x) is Tensor else yielding(x, code)
    if <int>t.data.value.dtype == code:
        return traced(t.data)
    if not np.can_cast(t.dtype.as_numpy_dtype, DTYPES[code].as_numpy_dtype, "safe"):
        raise errors.InvalidDTypeError(
            f"[{external.name().decode()}] input {k} has dtype {t.dtype.name}, which cannot be "
            f"cast safely to the operation's {dtype_name(code)}; use tf.cast"
        )
    return op_cast(traced(t.data), <DType>code)


def make_c_operation(address, keep):
    """The function of the C operation whose structure is at `address`; `keep` lives as long."""
    cdef ExternalFunction function = ExternalFunction()
    cdef const ExternalOperation* operation = <const ExternalOperation*><size_t>address
    function.external = External.create(operation[0], <void*>keep, release_owner)
    Py_INCREF(keep)
    signature = function.external.signature().decode()
    function.doc = f"An operation in C of signature {signature}.".encode()
    return make_external(<PyMethodDef*>&function.method, function.external.name(),
                         PyBytes_AS_STRING(function.doc), function)
