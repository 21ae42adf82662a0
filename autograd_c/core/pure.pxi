# Functions of Python's whose results depend on their arguments alone, in what is recorded for
# tf.function: one instruction each.

cdef int pure_run(void* thing, const Call& given, vector[Value]& outputs) except -1 with gil:
    cdef size_t k
    cdef Tensor t
    cdef list tensors = []
    for k in range(given.size()):
        tensors.append(wrap(given[k].detached()))
    for t in (<object>thing)(*tensors):
        outputs.push_back(untraced(t.data).detached())
    return 0


cdef HostFunctions PURE
PURE.run = pure_run
PURE.release = release_owner


def pure(str name not None, function, list tensors not None, list examples not None):
    """What `function(*tensors)` returns: a list of tensors of the dtypes and shapes of `examples`.

    Nothing that it does is recorded, and no derivative flows through it. The function that is being
    recorded on this thread calls it again for other values, as often as it likes.

    Args:
        function: what it returns depends on its arguments alone.
    """
    cdef HostSpec spec
    cdef HostRef host
    cdef vector[Value] inputs
    cdef vector[TypeEntry] input_types, types
    cdef Tensor t
    if current_recording() is None:
        return function(*tensors)
    spec.name = name.encode()
    for t in tensors:
        inputs.push_back(traced(t.data))
        input_types.push_back(type_of(inputs.back()))
    for t in examples:
        types.push_back(type_of(t.data.value))
    host = make_pure(take_host(host_of(function, spec, PURE)), input_types, types)
    return wrapped(call_composite(host, inputs))


cdef TypeEntry type_of(const Value& v) except *:
    cdef TypeEntry entry
    entry.dtype, entry.shape = v.dtype, v.shape()
    return entry
