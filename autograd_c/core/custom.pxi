# Custom gradients: hosts whose rule is a Python function, one for each call.

cdef HostFunctions CUSTOM
CUSTOM.pull = custom_pull
CUSTOM.push = custom_push
CUSTOM.release = release_owner
cdef HostSpec CUSTOM_SPEC
CUSTOM_SPEC.name = b"custom_gradient"

# (thread, Variables, values): what the custom gradients being run have read.
cdef list watchers = []


cdef class PlainRule


cdef int custom_pull(void* rule, HostPull& call) except -1 with gil:
    enter_given_derivative()
    try:
        return pull_by_rule(rule, call)
    finally:
        leave_given_derivative()


cdef int pull_by_rule(void* rule, HostPull& call) except -1:
    cdef list cotangents = wrapped(call.cotangents), answers
    cdef size_t k
    if type(<object>rule) is PlainRule and call.wanted.size() == (<PlainRule>rule).dtypes.size():
        answer = (<PlainRule>rule).grad_fn(cotangents[0])
        # One tensor for one argument needs no more questions.
        if type(answer) is Tensor and call.wanted.size() == 1:
            give_cotangent(call, 0, answer)
            return 0
        answers = (<PlainRule>rule).checked(answer)
    else:
        answers = ask_rule(<object>rule, cotangents, flags(call.wanted))
    for k in range(call.wanted.size()):
        if answers[k] is not None:
            give_cotangent(call, k, answers[k])
    return 0


cdef list ask_rule(object rule, list cotangents, list wanted):
    """The cotangents of all inputs, in a list that nobody else can change."""
    cdef list answers = list(rule(cotangents, wanted))
    if len(answers) != len(wanted):
        raise ValueError(
            f"the rule of an operation returned {len(answers)} cotangents for {len(wanted)} inputs"
        )
    return answers


cdef class PlainRule:
    """The rule of a custom gradient of tensors to one tensor that reads no Variables."""

    cdef object grad_fn
    cdef vector[int] dtypes  # of the arguments
    cdef object check        # makes a list of what grad_fn returned

    cdef list checked(self, object gradients):
        return self.check(gradients, [DTYPES[code] for code in self.dtypes])

    def __call__(self, list cotangents, list wanted):
        cdef Py_ssize_t count = <Py_ssize_t>self.dtypes.size()
        if any(wanted[count:]):
            raise closed_over()
        return self.checked(self.grad_fn(*cotangents)) + [None] * (len(wanted) - count)


def closed_over():
    """The error of a gradient by a tensor that a custom gradient has none by."""
    return NotImplementedError((<bytes>closed_over_message).decode())


def call_custom(f, tuple args, dict kwargs, finish, check):
    """Run a function that returns a pair, its result and grad_fn, and make it one record.

    `finish` does that where anything is out of the ordinary: more than tensors among the arguments,
    Variables read, a structure as result. `check` is for `PlainRule`; None: always `finish`.
    """
    cdef list reads = []
    cdef vector[Value] ins, outs
    cdef PlainRule rule
    cdef Tensor t
    cdef bint plain = not kwargs and check is not None
    cdef bint tracked = False
    since = log_position()
    watch_reads(reads)
    enter_given_derivative()
    try:
        pair = f(*args, **kwargs) if kwargs else f(*args)
    finally:
        leave_given_derivative()
        unwatch_reads(reads)
    for x in args:
        plain = plain and type(x) is Tensor
    plain = plain and not reads and type(pair) is tuple and len(<tuple>pair) == 2
    if (not (plain and type(pair[0]) is Tensor and callable(pair[1])) or checks_numerics()
            or current_recording() is not None):
        return finish(pair, args, kwargs, reads, since)
    result = <Tensor>pair[0]
    rule = PlainRule()
    rule.grad_fn = pair[1]
    rule.check = check
    for t in args:
        ins.push_back(traced(t.data))
        rule.dtypes.push_back(<int>t.data.value.dtype)
        tracked = tracked or ins.back().node != no_node
    if not tracked:
        return identity(result)
    outs.push_back((<Tensor>result).data.value.detached())
    add_others(ins, (<Tensor>result).data, since)
    recorded = record(ins, outs, rule, <size_t>len(args))
    return identity(result) if recorded is None else recorded[0]


cdef int add_others(vector[Value]& inputs, const TensorData& result, object since) except -1:
    """Add to the inputs what else the result was computed from, after `since`."""
    cdef vector[Value] results
    cdef vector[uint32_t] others
    cdef size_t k
    if since is None or active_log == NULL or active_log.epoch != since[0]:
        return 0
    results.push_back(traced(result))
    others = origins(results, inputs, since[1])
    for k in range(others.size()):
        add_node(inputs, others[k])
    return 0


cdef int add_node(vector[Value]& values, uint32_t node) except -1:
    """A value of which only the node is known: enough for an input of a record."""
    cdef Value v
    v.dtype = <DType>FLOAT64
    v.node = node
    values.push_back(v)
    return 0


cdef int custom_push(void* rule, HostPush& push) except -1 with gil:
    enter_given_derivative()
    try:
        return push_by_rule(rule, push)
    finally:
        leave_given_derivative()


cdef int push_by_rule(void* rule, HostPush& push) except -1:
    """The tangent of an output: what the rule's own `push` says, else from the reverse rule."""
    own = getattr(<object>rule, "push", None)
    if own is not None:
        tangent = own(wrapped_where(push.tangents, push.reached), push.output)
        if tangent is not NotImplemented:
            if tangent is not None:
                give_tangent(push, a_tensor(tangent))
            return 0
    wanted = flags(push.reached)
    asked = <object>rule
    return push_transposed(push, lambda cotangents: ask_rule(asked, cotangents, wanted))


def log_position():
    """Where the log that records ends, for `record_custom`; None while nothing records."""
    return None if active_log == NULL else (active_log.epoch, active_log.size())


def record_custom(list inputs, list outputs, rule, since=None, str name="custom_gradient"):
    """New tensors with the values of `outputs`, recorded as computed from `inputs` by `rule`.

    `rule(cotangents, wanted)` gets a tensor for each output and whether each input's cotangent is
    needed. It returns a list: for each input None, a tensor, or a NumPy array of its dtype, which
    cannot be differentiated again. Where no input is tracked, the outputs keep the records that
    they have.

    With `since`, a `log_position()`, what else the outputs were computed from after it are inputs
    too, without derivatives. If a derivative is asked for by what only they depend on, the rule
    finds them at the end of `wanted`, and must raise. `name` is what messages call the operation.
    """
    cdef vector[Value] ins, outs, results
    cdef vector[uint32_t] others
    cdef Tensor t
    cdef size_t k
    cdef bint tracked = False
    cdef FunctionRecording r = current_recording()
    if r is not None and name == "custom_gradient":
        outputs = [tensor_from(x) for x in outputs]
        found = custom_in_program(r, inputs, outputs, rule, since, name)
        if found is not None:
            return found
    for x in inputs:
        t = source_or_read(x)
        ins.push_back(traced(t.data))
        tracked = tracked or ins.back().node != no_node
    for x in outputs:
        t = tensor_from(x)
        outs.push_back(t.data.value.detached())
        results.push_back(traced(t.data))
    if checks_numerics():
        for k in range(outs.size()):
            check_result(name.encode(), ins, outs[k])
    if since is not None and tracked and active_log != NULL and active_log.epoch == since[0]:
        others = origins(results, ins, since[1])
        for k in range(others.size()):
            add_node(ins, others[k])
    recorded = record(ins, outs, rule, len(inputs), name)
    return [identity(x) for x in outputs] if recorded is None else recorded


cdef list record(const vector[Value]& inputs, vector[Value]& outputs, object rule, size_t own,
                 str name=None):
    """The outputs as tensors that have a record, or None where no input is tracked."""
    cdef HostSpec named
    cdef bint recorded
    if name is not None:
        named.name = name.encode()
    cdef Host* host = host_of(rule, CUSTOM_SPEC if name is None else named, CUSTOM)
    try:
        recorded = engine_record_custom(host[0], inputs, outputs, own)
    finally:
        host.drop()
    return wrapped(outputs) if recorded else None


def is_watched(x):
    """Whether a tape or accumulator that is recording knows a tensor or Variable."""
    return isinstance(x, (Tensor, Variable)) and is_tracked(source_or_read(x))


cdef Tensor source_or_read(object x):
    return variable_tensor(<Variable>x) if isinstance(x, Variable) else tensor_from(x)


def watch_reads(list seen, list values=None):
    """Collect in `seen` the Variables that this thread reads from now on, until `unwatch_reads`.

    Their values at the first reading go to `values`, if that is given.
    """
    watchers.append((PyThread_get_thread_ident(), seen, values))


def unwatch_reads(list seen):
    """Stop the collecting in `seen`."""
    if watchers and watchers[len(watchers) - 1][1] is seen:
        watchers.pop()
        return
    watchers[:] = [entry for entry in watchers if entry[1] is not seen]


cdef list watchers_aside():
    """Take away those of this thread, which are to be put back."""
    cdef list own = [entry for entry in watchers if entry[0] == PyThread_get_thread_ident()]
    watchers[:] = [entry for entry in watchers if entry[0] != PyThread_get_thread_ident()]
    return own


cdef class TensorReads:
    """A context, for tapes that were set aside: nothing in it is recorded, but what it reads is noted.

    `tensors` is the list of those that the tapes know. (Variables are noted by `watch_reads`.) What
    is read in a context inside of this one is noted in both.
    """

    cdef list found
    cdef GradientTape tape      # without anything to watch; its log tells what is read
    cdef ReadObserver observer
    cdef const ReadObserver* before  # of a log that a program is recorded in
    cdef Log* outer             # of the tapes that were set aside
    cdef uint64_t epoch
    cdef TensorReads around

    def __init__(self, list owners):
        self.found = []
        self.tape = GradientTape(False, False)
        self.outer = recorder(owners[0]).log()
        self.outer.keep()
        self.epoch = self.outer.epoch
        if self.outer.observer() != NULL and self.outer.observer().read == note_tensor:
            self.around = <TensorReads>self.outer.observer().object
        self.observer.object = <void*>self
        self.observer.read = note_tensor

    def __dealloc__(self):
        if self.outer != NULL:
            self.outer.let_go()

    def __enter__(self):
        self.tape.__enter__()
        self.before = self.tape.tape.log().observer()
        self.tape.tape.log().observe(&self.observer)
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.tape.tape.log().observe(self.before)
        self.tape.tape.discard()

    def note(self, list leaves):
        """Note those that were read without an operation, as a result that is returned is."""
        cdef Tensor t
        for x in leaves:
            if type(x) is Tensor:
                t = <Tensor>x
                note_tensor(<void*>self, t.data)

    def tensors(self, list variables):
        """The tensors noted, without those in which these Variables keep their values."""
        private = [tensor_of(<Variable?>v) for v in variables]
        return [t for t in self.found if all(t is not x for x in private)]


cdef Tensor some_tensor = new_tensor()
cdef Py_ssize_t data_offset = <char*>&some_tensor.data - <char*><void*>some_tensor


cdef void note_tensor(void* reads, const TensorData& data) noexcept with gil:
    cdef TensorReads each = <TensorReads>reads
    # Data of this kind are members of Tensors and of nothing else.
    cdef Tensor t = <Tensor><void*>(<char*>&data - data_offset)
    while each is not None:
        if each.outer.epoch == each.epoch and known_node(data, each.outer) != no_node:
            if all(t is not x for x in each.found):
                each.found.append(t)
        each = each.around


def set_tapes_aside():
    """Pause all tapes and accumulators that are open on this thread; for `take_tapes_up`."""
    cdef Tape* tape
    cdef list owners = []
    for tape in thread_state().open:
        if tape.owner != NULL:
            owners.append(<object>tape.owner)
    if owners:
        advance_from(thread_state().open[0])
    for owner in reversed(owners):
        recorder(owner).set_aside()
    return owners


def take_tapes_up(list owners):
    """Let the tapes and accumulators that were set aside record again."""
    for owner in owners:
        # What ran meanwhile may have entered it, or used it up.
        if recorder(owner).entered() and not recorder(owner).recording:
            recorder(owner).enter()
    for owner in owners:
        recorder(owner).stay_aside()


cdef Tape* recorder(object owner):
    if isinstance(owner, ForwardAccumulator):
        return &(<ForwardAccumulator>owner).tape
    return &(<GradientTape?>owner).tape
