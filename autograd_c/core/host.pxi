# Hosts of the engine that are written in Python: what they are asked, and rows of the operation
# table that are Python functions.

cdef Host* host_of(object thing, HostSpec& spec, HostFunctions& functions) except NULL:
    """A host that calls `functions` with `thing`, which it keeps."""
    Py_INCREF(thing)
    try:
        return make_host(spec, <void*>thing, functions)
    except BaseException:
        Py_DECREF(thing)
        raise


cdef list wrapped(const vector[Value]& values):
    cdef size_t k
    cdef list tensors = []
    for k in range(values.size()):
        tensors.append(wrap(values[k]))
    return tensors


cdef list wrapped_where(const vector[Value]& values, const Flags& there):
    """Tensors, and None where there is no value."""
    cdef size_t k
    cdef list tensors = []
    for k in range(values.size()):
        tensors.append(wrap(values[k]) if there[k] else None)
    return tensors


cdef list flags(const Flags& bits):
    cdef size_t k
    return [bits[k] != 0 for k in range(bits.size())]


cdef int give_cotangent(HostPull& call, size_t k, object answer) except -1:
    """What was said for an input: a tensor, or a NumPy array, whose derivative nobody knows."""
    cdef Tensor t = tensor_from(answer)
    call.answers[k] = traced(t.data)
    call.given[k] = RECORDED if type(answer) is Tensor else UNRECORDED
    return 0


cdef int give_tangent(HostPush& push, object answer) except -1:
    cdef Tensor t = tensor_from(answer)
    push.answer = traced(t.data)
    push.given = RECORDED if type(answer) is Tensor else UNRECORDED
    return 0


cdef int push_transposed(HostPush& push, object pull) except -1:
    """The tangent of an output from the reverse rule, `pull(cotangents)`, alone.

    That is linear in the cotangents u: with inputs' tangents t, the derivative of <pull(u), t> in u is
    the tangent. (Complex: tangents are conjugated on the way in and out, since gradients are those of
    the conjugate.)
    """
    cdef size_t k
    cdef list cotangents = wrapped(push.zeros)
    cdef list answers
    tape = GradientTape(watch_accessed_variables=False)
    tape.__enter__()
    try:
        tape.watch(cotangents[push.output])
        answers = pull(cotangents)
        total = None
        for k in range(push.reached.size()):
            if push.reached[k] and answers[k] is not None:
                term = reduce("reduce_sum", answers[k] * conj(wrap(push.tangents[k])), None, False)
                term = real(term)
                total = term if total is None else total + term
    finally:
        tape.__exit__(None, None, None)
    if total is None:
        return 0
    result = tape.gradient(total, cotangents[push.output])
    if result is not None:
        # Rows, if the rule gathers some of the cotangent.
        return give_tangent(push, convert_to_tensor(result))
    # Not connected: the rule does not depend on this cotangent, or is not made of recorded operations.
    ones = [full(extents_of(g), k == push.output, g.dtype) for k, g in enumerate(cotangents)]
    for k, x in enumerate(pull(ones)):
        if push.reached[k] and x is not None and np.any(array_of(x) != 0):
            raise errors.UnimplementedError(
                "[custom_gradient] forward mode needs a gradient function that is made of "
                "operations on tensors; this one computes with something else"
            )
    return 0


# ---------------------------------------------------------------- rows

cdef class RowCall:
    """A call of a host row, as its rules see it. A batch of cotangents has one axis more in front."""

    cdef readonly list inputs
    """The inputs as tensors; None for those that the row does not keep."""
    cdef readonly list outputs
    """The outputs, in the same way."""
    cdef readonly list shapes
    """The shapes of the inputs that derivatives are taken by, as tuples; None of constants."""
    cdef readonly list wanted
    """In a reverse rule: whether the cotangent of each of these is needed."""
    cdef readonly object attributes
    """The attributes, by their names."""


cdef RowCall row_call(HostRow row, HostCall& call):
    cdef RowCall made = RowCall.__new__(RowCall)
    cdef size_t k
    cdef int d
    made.attributes = row.named(call.attributes)
    made.inputs = [wrap(call.inputs[k]) if row.keeps >> k & 1 else None for k in range(row.inputs)]
    made.outputs = [wrap(call.outputs[k]) if row.keeps >> (row.inputs + k) & 1 else None
                    for k in range(row.outputs)]
    made.shapes = []
    for k in range(call.of_inputs.size()):
        made.shapes.append(
            None if call.of_inputs[k] == NULL
            else tuple([call.of_inputs[k].shape.dims[d] for d in range(call.of_inputs[k].shape.rank)])
        )
    return made


cdef int row_run(void* thing, const Call& given, vector[Value]& outputs) except -1 with gil:
    cdef HostRow row = <HostRow>thing
    cdef vector[int64_t] attributes
    cdef size_t k
    cdef list arrays = []
    for k in range(given.size()):
        arrays.append(array_view(wrap(given[k].detached())))
    for k in range(len(row.attributes)):
        attributes.push_back(given.attribute(k))
    result = row.value(*arrays, **row.named(attributes))
    if type(result) is not tuple:
        result = (result,)
    if len(result) != row.outputs:
        raise ValueError(f"[{row.name}] returned {len(result)} arrays, not {row.outputs}")
    for y in result:
        outputs.push_back(array_value(y))
    return 0


cdef int row_pull(void* thing, HostPull& call) except -1 with gil:
    cdef HostRow row = <HostRow>thing
    cdef size_t k
    cdef RowCall made = row_call(row, call)
    made.wanted = flags(call.wanted)
    call.reached[0] = 1  # vjps are promised a tensor there
    answers = row.pull(made, wrapped_where(call.cotangents, call.reached))
    for k in range(call.wanted.size()):
        if answers[k] is not None:
            give_cotangent(call, k, answers[k])
    return 0


cdef int row_push(void* thing, HostPush& push) except -1 with gil:
    cdef HostRow row = <HostRow>thing
    cdef RowCall made = row_call(row, push)
    if row.jvp is None:
        made.wanted = flags(push.reached)
        return push_transposed(push, lambda cotangents: row.pull(made, cotangents))
    tangents = row.jvp(made, *wrapped_where(push.tangents, push.reached))
    if row.outputs > 1:
        tangents = tangents[push.output]
    if tangents is not None:
        give_tangent(push, tangents)
    return 0


cdef HostFunctions ROW
ROW.run = row_run
ROW.pull = row_pull
ROW.push = row_push
ROW.release = release_owner


cdef class HostRow:
    """A row of the operation table that is made of Python functions: see `functions.host`."""

    cdef readonly str name
    cdef uint16_t code
    cdef object value, vjp, jvp
    cdef tuple attributes  # their names
    cdef int inputs, outputs
    cdef uint32_t keeps

    def __init__(self, str name, value, vjp, jvp, int inputs, int arity, int outputs,
                 tuple attributes, keeps, dtypes, bint leading):
        cdef HostSpec spec
        self.name = name
        self.value = value
        self.vjp = vjp
        self.jvp = jvp
        self.attributes = attributes
        self.inputs = inputs
        self.outputs = outputs
        spec.name = name.encode()
        spec.inputs = inputs
        spec.arity = arity
        spec.outputs = outputs
        spec.attributes = len(attributes)
        for k in keeps:
            self.keeps |= <uint32_t>1 << <int>k
        for dtype in dtypes:
            spec.dtypes |= <uint32_t>1 << dtype_code(dtype)
        spec.keeps = self.keeps
        spec.leading = leading
        cdef Host* host = host_of(self, spec, ROW)
        try:
            self.code = define_host(host[0])
        finally:
            host.drop()
        CODES[spec.name] = self.code

    def __call__(self, *tensors, **attributes):
        """The output for tensors and what becomes one, or a list of the outputs if there are several."""
        if set(attributes) != set(self.attributes):
            raise TypeError(f"[{self.name}] takes the attributes {self.attributes}")
        return apply(self.name, tensors, [attributes[name] for name in self.attributes])

    cdef dict named(self, const vector[int64_t]& attributes):
        return {name: attributes[k] for k, name in enumerate(self.attributes)}

    cdef list pull(self, RowCall call, list cotangents):
        """The cotangents of the inputs."""
        if self.vjp is None:
            raise errors.UnimplementedError(f"[{self.name}] has no gradient")
        answers = self.vjp(call, *cotangents)
        return list(answers) if isinstance(answers, (list, tuple)) else [answers]
