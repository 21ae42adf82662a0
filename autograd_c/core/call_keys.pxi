# Keys of calls of recorded functions: what all calls have in common that one record is for.

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_ITEM
from cpython.method cimport PyMethod_Check

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object, Py_ssize_t*)
    long long PyLong_AsLongLongAndOverflow(object, int*)
    void PyErr_Clear()

cdef extern from "core_keys.h" namespace "ag::core":
    cppclass KeyText:
        const char* data()
        size_t size()
    void add_mark(KeyText&, char) except +raise_error
    void add_word(KeyText&, char, long long) except +raise_error
    void add_real(KeyText&, char, double) except +raise_error
    void add_text(KeyText&, char, const char*, size_t) except +raise_error
    void add_type(KeyText&, char, const Value&) except +raise_error

cdef enum:
    DEEPEST = 500   # of structures in structures
    COMPARED_ONE_BY_ONE = 32

# Objects that are the same if they are equal; of all else each is another one.
cdef tuple compared_by_value = (str, bytes, int, type, range, dtypes.DType, TensorShape, np.dtype)

# Of these, those whose derived classes are users'.
cdef tuple BASES = (str, bytes, int)


cdef object base_of(object x):
    return str if isinstance(x, str) else bytes if isinstance(x, bytes) else int


cdef bint is_value_alone(object x, object base) except -1:
    """Whether an object of a class, or of a derived one, is told by what the class itself compares.

    A derived one may compare otherwise, or have attributes of its own.
    """
    cdef object cls = type(x)
    if cls is base:
        return True
    if cls.__eq__ is not base.__eq__ or cls.__hash__ is not base.__hash__:
        return False
    if getattr(x, "__dict__", None):
        return False
    for each in cls.__mro__:
        if each is base:
            return True
        if each.__dict__.get("__slots__"):
            return False
    return True


def compare_by_value(cls):
    """Let records of functions take objects of a class for the same if they are equal.

    They are to be immutable.
    """
    global compared_by_value
    compared_by_value = (*compared_by_value, cls)


cdef dict composites = {}  # of classes that are made of tensors: the names of their parts


def register_composite(cls, names):
    """Let tf.function see the tensors that objects of a class are made of: `cls(*parts)`."""
    composites[cls] = tuple(names)


cdef int require_shallow(int depth) except -1:
    if depth >= DEEPEST:
        raise RecursionError("an argument contains itself, or hundreds of levels of structures")
    return 0


cdef object tensor_of_numbers(object x):
    """What a function gets for an array of NumPy's; None for one of texts, dates or objects, which it gets
    as it is."""
    if x.dtype.kind in "USMmT":
        return None
    if x.dtype.kind in "OV":
        try:
            return constant(x)
        except (TypeError, ValueError):
            return None
    return constant(x)


@cython.final
@cython.freelist(8)
cdef class CallKey:
    """What calls have in common that one record is for; `value` can be the key of a dict.

    That is all but the elements of tensors: structures, dtypes and shapes, which tensors are given
    twice, values of Python's, and of other objects which ones they are.

    Args:
        args, kwargs: of a call; arrays among them count as the tensors that they become.
    """

    cdef KeyText text
    cdef list tensors           # in the order in which they were met
    cdef dict places            # of these, by their identities, where they are many
    cdef list parts             # what the text cannot hold
    cdef readonly list kept
    """Objects that must live as long as the key is used: it holds their addresses."""
    cdef bint has_arrays
    cdef bint is_beside         # what comes is no argument of the record, but what it was made with
    cdef list around            # the objects in which that is

    def __init__(self, tuple args not None, dict kwargs not None):
        self.read(args, kwargs)

    cdef int read(self, tuple args, dict kwargs) except -1:
        self.tensors = []
        add_mark(self.text, <char>default_float)
        for x in args:
            self.add(x, 0)
        add_mark(self.text, b"|")
        for name, x in kwargs.items():
            self.add_string(<str>name)
            self.add(x, 0)
        return 0

    def value(self):
        return self.found()

    cdef object found(self):
        cdef object text = PyBytes_FromStringAndSize(self.text.data(), <Py_ssize_t>self.text.size())
        return text if self.parts is None else (text, *self.parts)

    cdef bint is_found(self, object value):
        """Whether it is this value, where that can be told at once."""
        return (self.parts is None and type(value) is bytes
                and PyBytes_GET_SIZE(value) == <Py_ssize_t>self.text.size()
                and memcmp(PyBytes_AS_STRING(value), self.text.data(), self.text.size()) == 0)

    cdef int add(self, object x, int depth) except -1:
        cdef int overflow = 0
        cdef long long word
        cdef object cls = type(x)
        if cls is Tensor:
            self.add_tensor(<Tensor>x)
        elif x is None:
            add_mark(self.text, b"N")
        elif cls is bool:
            add_mark(self.text, b"T" if x else b"F")
        elif cls is str:
            self.add_string(<str>x)
        elif cls is int:
            word = PyLong_AsLongLongAndOverflow(x, &overflow)
            if overflow:
                self.add_part((int, x))
            else:
                add_word(self.text, b"i", word)
        elif cls is float:
            add_real(self.text, b"f", x)
        elif cls is list or cls is tuple:
            self.add_children(b"[" if cls is list else b"(", x, depth)
        elif cls is dict:
            require_shallow(depth)
            add_mark(self.text, b"{")
            for name, child in (<dict>x).items():
                self.add(name, depth + 1)
                self.add(child, depth + 1)
            add_mark(self.text, b")")
        else:
            self.add_object(x, depth)
        return 0

    cdef int add_children(self, char mark, object children, int depth) except -1:
        require_shallow(depth)
        add_mark(self.text, mark)
        for child in children:
            self.add(child, depth + 1)
        add_mark(self.text, b")")
        return 0

    cdef int add_beside(self, object owner, object x, int depth) except -1:
        """What an object is besides its parts: the function gets the tensors in that as they are."""
        cdef bint before = self.is_beside
        if self.around is None:
            self.around = []
        self.is_beside = True
        self.around.append(owner)
        try:
            return self.add(x, depth)
        finally:
            self.around.pop()
            self.is_beside = before

    cdef bint add_again(self, object x) except -1:
        """Whether an object is in what it is besides its parts, where it is only named then."""
        cdef Py_ssize_t k
        if self.is_beside:
            for k in range(len(self.around)):
                if self.around[k] is x:
                    add_word(self.text, b"c", k)
                    return True
        return False

    cdef int add_tensor(self, Tensor t) except -1:
        if self.is_beside:
            return self.add_identity(t)
        cdef Py_ssize_t place = self.place_of(t)
        if place < len(self.tensors):
            add_word(self.text, b"=", place)
        else:
            add_type(self.text, b"t", t.data.value)
        self.tensors.append(t)
        return 0

    cdef Py_ssize_t place_of(self, Tensor t) except -1:
        """Where it was met first: here, if it was not."""
        cdef Py_ssize_t k, count = len(self.tensors)
        if count < COMPARED_ONE_BY_ONE:
            for k in range(count):
                if PyList_GET_ITEM(self.tensors, k) == <PyObject*>t:
                    return k
            return count
        if self.places is None:
            self.places = {}
            for k in range(count):
                self.places.setdefault(id(self.tensors[k]), k)
        return self.places.setdefault(id(t), count)

    cdef int add_string(self, str x) except -1:
        cdef Py_ssize_t length = 0
        cdef const char* text = PyUnicode_AsUTF8AndSize(x, &length)
        if text == NULL:  # it has surrogates
            PyErr_Clear()
            self.add_part((str, x))
        else:
            add_text(self.text, b"s", text, length)
        return 0

    cdef int add_part(self, object part) except -1:
        if self.parts is None:
            self.parts = []
        self.parts.append(part)
        add_mark(self.text, b"p")
        return 0

    cdef int keep(self, object x) except -1:
        if self.kept is None:
            self.kept = []
        self.kept.append(x)
        return 0

    cdef int add_array(self, object x) except -1:
        t = tensor_of_numbers(x)
        if t is not None:
            self.has_arrays = True
            self.add_tensor(<Tensor>t)
        elif x.dtype.hasobject:
            self.add_identity(x)
        else:
            self.add_part((type(x), x.dtype, x.shape, x.tobytes()))
        return 0

    cdef int add_identity(self, object x) except -1:
        self.keep(x)
        add_word(self.text, b"v", <Py_ssize_t><PyObject*>x)
        return 0

    cdef int add_object(self, object x, int depth) except -1:
        if isinstance(x, Variable) or (self.is_beside and isinstance(x, np.ndarray)):
            self.add_identity(x)
        elif self.add_again(x):
            pass
        elif self.is_beside and isinstance(x, np.generic):
            self.add_part((type(x), x.dtype, x.tobytes()))
        elif isinstance(x, (np.ndarray, np.generic)):
            self.add_array(x)
        elif type(x) in composites:
            self.add_part(type(x))
            self.add_children(b"(", [getattr(x, name) for name in composites[type(x)]], depth)
        else:
            form = nest.form(x)
            if form is None:
                self.add_leaf(x)
            else:
                self.add_part(type(x))
                self.add_beside(x, form[0], depth + 1)
                self.add_children(b"(", form[1], depth)
        return 0

    cdef int add_leaf(self, object x) except -1:
        if isinstance(x, float) and is_value_alone(x, float):
            self.add_part((type(x), float.hex(x)))
        elif isinstance(x, complex) and is_value_alone(x, complex):
            self.add_part((type(x), x.real.hex(), x.imag.hex()))
        elif isinstance(x, compared_by_value) and (
                not isinstance(x, BASES) or is_value_alone(x, base_of(x))):
            self.add_part((type(x), x))
        elif PyMethod_Check(x):  # made anew each time that it is asked for
            self.keep(x)
            self.add_part((type(x), id(x.__self__), id(x.__func__)))
        else:
            self.keep(x)
            self.add_part((type(x), id(x)))
        return 0
