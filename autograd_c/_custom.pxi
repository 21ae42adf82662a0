# Rules written in Python: what custom gradients stand on.

# (thread, Variables, values): what the custom gradients being run have read.
cdef list watchers = []


cdef int custom_reverse(void* rule, ForeignCall& call) except -1 with gil:
    cdef list cotangents = []
    cdef size_t k
    for k in range(call.outputs.size()):
        cotangents.append(wrap(call.outputs[k]))
    answers = (<object>rule)(cotangents, [call.wanted[k] != 0 for k in range(call.wanted.size())])
    for k in range(call.wanted.size()):
        if answers[k] is not None:
            call.inputs[k] = traced((<Tensor>answers[k]).data)
            call.given[k] = 1
    return 0


cdef int custom_forward(void* rule, ForeignPush& push) except -1 with gil:
    """The tangent of an output: what the rule's own `push` says, else from the reverse rule alone.

    That rule is linear in the cotangents u: with inputs' tangents t, the derivative of
    <rule(u), t> in u is the tangent. (Complex: tangents are conjugated on the way in and out, since
    gradients are those of the conjugate.)
    """
    cdef size_t k
    own = getattr(<object>rule, "push", None)
    if own is not None:
        tangents = [wrap(push.inputs[k]) if push.given[k] else None
                    for k in range(push.inputs.size())]
        tangent = own(tangents, push.output)
        if tangent is not NotImplemented:
            if tangent is not None:
                push.result = traced((<Tensor>tangent).data)
                push.has_result = True
            return 0
    cdef list cotangents = [wrap(push.outputs[k]) for k in range(push.outputs.size())]
    cdef list wanted = [push.given[k] != 0 for k in range(push.given.size())]
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(cotangents[push.output])
        answers = (<object>rule)(cotangents, wanted)
        total = None
        for k in range(push.given.size()):
            if push.given[k] and answers[k] is not None:
                term = reduce("reduce_sum", answers[k] * conj(wrap(push.inputs[k])), None, False)
                term = real(term)
                total = term if total is None else total + term
    if total is None:
        return 0
    result = tape.gradient(total, cotangents[push.output])
    if result is not None:
        push.result = traced((<Tensor>result).data)
        push.has_result = True
        return 0
    # Not connected: the rule is constantly zero, or it is not made of recorded operations.
    answers = (<object>rule)([full(g.shape, 1, g.dtype) for g in cotangents], wanted)
    for x in answers:
        if x is not None and np.any(np.asarray(x) != 0):
            raise errors.UnimplementedError(
                "[custom_gradient] forward mode needs a gradient function that is made of "
                "operations on tensors; this one computes with something else"
            )
    return 0


def record_custom(list inputs, list outputs, rule, str name="custom_gradient"):
    """New tensors with the values of `outputs`, recorded as computed from `inputs` by `rule`.

    `rule(cotangents, wanted)` gets a tensor for each output and whether each input's cotangent is
    needed; it returns a list of tensors, or None where there is none. Where no input is tracked, the
    outputs keep the records that they have. `name` is what messages call the operation.
    """
    cdef vector[Value] ins, outs
    cdef Tensor t
    for x in inputs:
        t = source_or_read(x)
        ins.push_back(traced(t.data))
    for x in outputs:
        t = tensor_from(x)
        outs.push_back(t.data.value.detached())
    if checks_numerics():
        for k in range(<int>outs.size()):
            check_result(name.encode(), ins, outs[k])
    Py_INCREF(rule)
    try:
        recorded = record_foreign(ins, outs, <void*>rule, custom_reverse, custom_forward,
                                  release_owner)
    except BaseException:
        Py_DECREF(rule)
        raise
    if not recorded:
        Py_DECREF(rule)
        return [identity(x) for x in outputs]
    return [wrap(outs[k]) for k in range(len(outputs))]


cdef Tensor source_or_read(object x):
    return variable_tensor(<Variable>x) if isinstance(x, Variable) else tensor_from(x)


def watch_reads(list seen, list values=None):
    """Collect in `seen` the Variables that this thread reads from now on, until `unwatch_reads`.

    Their values at the first reading go to `values`, if that is given.
    """
    watchers.append((PyThread_get_thread_ident(), seen, values))


def unwatch_reads(list seen):
    """Stop the collecting in `seen`."""
    watchers[:] = [entry for entry in watchers if entry[1] is not seen]


def set_tapes_aside():
    """Pause all tapes and accumulators that are open on this thread; for `take_tapes_up`."""
    cdef Tape* tape
    cdef list owners = []
    for tape in thread_state().open:
        owners.append(<object>tape.owner)
    if owners:
        advance_from(thread_state().open[0])
    for owner in reversed(owners):
        recorder(owner).leave()
    return owners


def take_tapes_up(list owners):
    """Let the tapes and accumulators that were set aside record again."""
    for owner in owners:
        # What ran meanwhile may have entered it, or used it up.
        if recorder(owner).entered() and not recorder(owner).recording:
            recorder(owner).enter()


cdef Tape* recorder(object owner):
    if isinstance(owner, ForwardAccumulator):
        return &(<ForwardAccumulator>owner).tape
    return &(<GradientTape?>owner).tape
