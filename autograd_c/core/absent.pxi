# Attributes that arrays of other libraries have and ours do not. Who asks for one is told what to
# write instead. A `__getattr__` would do that too, but it makes each call of a method that exists
# five times slower: Python's interpreter takes its short cuts only for types without one.

from cpython.type cimport PyType_Modified

cdef extern from "Python.h":
    int set_in_dict "PyDict_SetItem"(PyObject*, object, object) except -1
    ctypedef struct TypeObject "PyTypeObject":
        const char* tp_name
        PyObject* tp_dict
    const unsigned long Py_TPFLAGS_HEAPTYPE

# Those that a class has are passed over below. What is said of them is in advice/table.py, which is
# imported when it is needed.
cdef list ABSENT_OF_TENSORS = """
    abs absolute acos acosh add add_ adjoint amax amin angle arccos arccosh arcsin arcsinh
    arctan arctan2 arctanh argpartition argwhere asin asinh assign assign_add assign_sub atan
    atan2 atanh backward base batch_scatter_update bitwise_and bitwise_not bitwise_or
    bitwise_xor block_until_ready bmm bool broadcast_to byte byteswap cdouble ceil cfloat char
    choose chunk clamp clamp_ clamp_max clamp_min clone contiguous copy_ cos cosh count_nonzero
    cpu ctypes cuda data deg2rad det detach detach_ diag diff digamma dim div div_ divide double
    dump dumps element_size eq equal erf erfc erfinv eval exp exp2 exp_ expand expand_as expm1
    fill fill_ flags flat flip fliplr flipud float float_power floor floor_ floor_divide gather
    ge getfield gpu grad grad_fn graph greater greater_equal gt half hypot index_select
    initialized_value initializer inner int inverse is_contiguous is_cuda is_leaf isfinite isinf
    isnan item itemset itemsize kron le lerp less less_equal lgamma load log log10 log1p log2
    log_softmax logaddexp logdet logical_and logical_not logical_or logical_xor logit logsumexp
    long lt masked_fill masked_fill_ masked_select matmul maximum median minimum mm moveaxis
    movedim mul mul_ multiply mv narrow nbytes ndimension ne neg neg_ negative nelement new_full
    new_ones new_tensor new_zeros newbyteorder norm not_equal numel op outer partition permute
    pin_memory pow pow_ ptp put quantile rad2deg reciprocal register_hook relu relu_ remainder
    requires_grad requires_grad_ reshape_as resize retain_grad roll round_ rsqrt scatter
    scatter_ scatter_add scatter_nd_add scatter_nd_sub scatter_nd_update scatter_sub
    scatter_update select set_shape setfield setflags sgn short sigmoid sigmoid_ sign sin sinh
    size softmax sparse_read split sqrt sqrt_ square square_ stride strides sub sub_ subtract
    svd swapdims t tan tanh tensor_split tile to to_numpy tobytes tofile tolist topk
    tostring tril triu true_divide type type_as unbind unique unsqueeze values vdot view view_as
    where zero_ zero_grad
""".split()


cdef class Absent:
    """In the place of an attribute that is not there: AttributeError, with advice."""

    cdef str owner
    cdef readonly str name

    def __cinit__(self, str owner, str name):
        self.owner = owner
        self.name = name

    cdef object error(self, object instance, object cls):
        from autograd_c.advice import lookup
        whose = f"type object {cls.__name__!r}" if instance is None else f"{cls.__name__!r} object"
        return AttributeError(
            f"{whose} has no attribute {self.name!r}: {lookup.of_attribute(self.owner, self.name)}"
        )

    def __get__(self, instance, owner):
        raise self.error(instance, owner)


cdef class AbsentAlways(Absent):
    """The same of a class whose objects have no attributes of their own: nor can it be set."""

    def __set__(self, instance, value):
        raise self.error(instance, type(instance))


def add_methods(dict methods not None):
    """Give tensors and Variables methods and properties that are written in Python."""
    for cls in (Tensor, Variable):
        for name, method in methods.items():
            if name not in cls.__dict__:
                set_in_dict((<TypeObject*><PyObject*>cls).tp_dict, name, method)
        PyType_Modified(cls)


cdef int set_absent(object cls, object kind, list names) except -1:
    for name in names:
        if name not in cls.__dict__:
            set_in_dict((<TypeObject*><PyObject*>cls).tp_dict, name, kind(cls.__name__, name))
    PyType_Modified(cls)
    return 0


cdef list present(object instance):
    """What `dir` shows: the attributes that are there."""
    own = getattr(instance, "__dict__", ())
    part = type(instance) is Tensor and (<Tensor>instance).origin is not None
    return [name for name in object.__dir__(instance)
            if name in own or not is_absent(type(instance), name)
            or part and name in ("assign", "assign_add", "assign_sub")]


cdef bint is_absent(type cls, str name):
    for base in cls.__mro__:
        if name in base.__dict__:
            return isinstance(base.__dict__[name], Absent)
    return False


cdef class OfParts(AbsentAlways):
    """`assign` and its like, which of all tensors parts of Variables alone have."""

    def __get__(self, instance, owner):
        if instance is None or (<Tensor?>instance).origin is None:
            raise self.error(instance, owner)
        variable, key = (<Tensor>instance).origin
        return functools.partial(assign_part, variable, key, self.name)


for _name in ("assign", "assign_add", "assign_sub"):
    set_in_dict((<TypeObject*><PyObject*>Tensor).tp_dict, _name, OfParts("Tensor", _name))
set_absent(Tensor, AbsentAlways, ABSENT_OF_TENSORS)
set_absent(Variable, Absent, ABSENT_OF_TENSORS)
set_absent(GradientTape, Absent, "backward grad gradients hessian jvp vjp".split())
