# Custom gradients in functions that are recorded for tf.function.
#
# What the function of a custom gradient computes is recorded as any code is. Its gradient function
# is called once, as a part, with cotangents that nobody knows the values of: the program of that is
# the derivative of each run. While the function is being recorded, sweeps ask the gradient function
# itself: what they do is recorded.

cdef enum:
    RULES_WITHIN = 4  # each other: a gradient function may compute with the function itself

# In the place of an argument that no tape can know.
no_argument = constant(0.0)


cdef class RecordedRule:
    """The rule of one call, while its function is being recorded; behind that, what it reads anew."""

    cdef object rule            # None: it is not asked any more
    cdef list variables         # those that the rule reads itself
    cdef vector[size_t] places  # of their values, among what the program of the gradient captures
    cdef HostRef custom

    cdef int forget(self) except -1:
        """The program stands for the rule from here on."""
        self.rule = None
        forget_above(self.custom, len(self.variables) > 0)
        self.custom = HostRef()
        return 0


cdef int recorded_refresh(void* thing, const Call& given, vector[Value]& values) except -1 with gil:
    """What a gradient reads of Variables is what they are when it is taken."""
    cdef RecordedRule rule = <RecordedRule>thing
    cdef size_t k
    cdef Variable v
    for k in range(given.size()):
        values.push_back(given[k])
    for k in range(rule.places.size()):
        v = <Variable>rule.variables[k]
        values[rule.places[k]] = traced(variable_tensor(v).data)
    return 0


cdef int recorded_pull(void* thing, HostPull& call) except -1 with gil:
    return custom_pull(<void*>(<RecordedRule>thing).rule, call)


cdef int recorded_push(void* thing, HostPush& push) except -1 with gil:
    return custom_push(<void*>(<RecordedRule>thing).rule, push)


cdef HostFunctions RECORDED_RULE
RECORDED_RULE.run = recorded_refresh
RECORDED_RULE.pull = recorded_pull
RECORDED_RULE.push = recorded_push
RECORDED_RULE.release = release_owner


cdef class RecordedCustom:
    """A call of a function with a custom gradient in a function that is recorded."""

    cdef FunctionRecording recording
    cdef RecordedRule rule
    cdef vector[Value] arguments, results, captured
    cdef CustomSpec spec
    cdef list wanted            # by argument: whether it may have a derivative

    cdef bint begin(self, list inputs, list outputs, object rule) except -1:
        """Whether anything may have a derivative by an argument."""
        cdef Tensor t
        cdef bint any_wanted = False
        self.wanted = []
        for x in inputs:
            if x is no_argument:
                self.arguments.push_back((<Tensor>x).data.value.detached())
            else:
                t = source_or_read(x)
                self.arguments.push_back(traced(t.data))
            self.wanted.append(self.arguments.back().node != no_node
                               and is_differentiable(self.arguments.back().dtype))
            self.spec.answers.push_back(no_node)
            any_wanted = any_wanted or self.wanted[len(self.wanted) - 1]
        for t in outputs:
            self.results.push_back(traced(t.data))
        self.rule = RecordedRule.__new__(RecordedRule)
        self.rule.rule = rule
        self.rule.variables = []
        return any_wanted

    cdef bint is_known_within(self):
        """Whether a tape that began in the function knows an argument."""
        cdef Tape* tape
        cdef size_t k
        for tape in thread_state().open:
            if tape.owner == NULL or self.recording.is_from_outside(tape.begin()):
                continue
            for k in range(self.arguments.size()):
                if self.wanted[k] and tape.knows(self.arguments[k].node):
                    return True
        return False

    cdef bint is_too_deep(self):
        cdef RecordedPart part = self.recording.part
        cdef int count = 0
        while part is not None:
            count += part.is_rule
            part = part.around
        return count >= RULES_WITHIN

    cdef bint derive(self) except -1:
        """Call the rule as a part. Whether a program could be made of it."""
        cdef list reads = []
        cdef bint is_made = False
        cdef PauseChecks* pause = new PauseChecks()
        cdef RecordedPart part = None
        cdef bint is_within = self.recording.part is not None
        owners = set_tapes_aside()  # none of them is to know of the trial
        enter_given_derivative()
        outer = watchers_aside()  # a function around it does not read what this reads later
        watch_reads(reads)
        try:
            part = begin_any_part(self.recording, [], False)
            if part is not None:
                part.is_rule = True
                is_made = self.make_program(part)
        except Exception as error:
            raise_if_of_handler(error)
            is_made = False  # whatever it is, it happens again where the rule is asked
        finally:
            unwatch_reads(reads)
            watchers.extend(outer)
            leave_given_derivative()
            if part is not None:
                part.give_up()
            take_tapes_up(owners)
            del pause
        if is_made and not is_within:
            self.note_variables(reads)
        return is_made

    cdef bint make_program(self, RecordedPart part) except -1:
        cdef list answers, outputs = []
        cdef vector[Value] values
        cdef Tensor own
        cdef size_t k
        for k in range(self.results.size()):
            own = self.recording.outside(wrap(self.ones(k)))
            part.inputs.append(own)
            part.nodes.push_back(active_node(own.data))
        answers = ask_rule(self.rule.rule, list(part.inputs), self.wanted)
        for k in range(self.arguments.size()):
            if answers[k] is None or not self.wanted[k]:
                continue
            if type(answers[k]) is not Tensor:
                return False  # an array: nobody knows what it depends on
            own = <Tensor>answers[k]
            if (own.data.value.dtype != self.arguments[k].dtype
                    or not own.data.value.same_shape(self.arguments[k])):
                return False
            self.spec.answers[k] = <uint32_t>len(outputs)
            outputs.append(own)
        if not part.is_sound() or part.is_leaky(outputs):
            return False
        self.spec.gradient = part.program(self.results.size(), outputs, self.captured)
        part.accept()
        return True

    cdef Value ones(self, size_t k) except *:
        return op_full(self.results[k].dtype, self.results[k].shape(), 1.0)

    cdef int note_variables(self, list reads) except -1:
        """Of Variables that the rule has read itself, and not kept: it would read them later."""
        cdef Variable v
        cdef uint32_t node
        cdef size_t k
        for v in reads:
            if id(v) in self.recording.assigned:
                continue
            node = known_node(tensor_of(v).data, active_log)
            for k in range(self.captured.size()):
                if self.captured[k].node == node:
                    self.rule.variables.append(v)
                    self.rule.places.push_back(k)
        return 0

    cdef list finish(self, str name, object since):
        cdef vector[Value] inputs
        self.spec.name = name.encode()
        self.spec.closes_over = since is not None
        self.spec.passes = not self.is_known_within()
        self.rule.custom = make_custom(
            self.spec, self.arguments, self.results, self.captured,
            take_host(host_of(self.rule, CUSTOM_SPEC, RECORDED_RULE))
        )
        self.recording.rules.append(self.rule)
        inputs = self.arguments
        inputs.insert(inputs.end(), self.results.begin(), self.results.end())
        inputs.insert(inputs.end(), self.captured.begin(), self.captured.end())
        return wrapped(call_composite(self.rule.custom, inputs))


cdef list custom_in_program(FunctionRecording r, list inputs, list outputs, object rule,
                            object since, str name):
    """What `record_custom` returns, as an instruction of the program that is being recorded; None if
    it cannot be one."""
    cdef RecordedCustom call = RecordedCustom.__new__(RecordedCustom)
    call.recording = r
    if not call.begin(inputs, outputs, rule):
        return [identity(x) for x in outputs]
    if not call.is_too_deep() and not call.derive():
        return None
    return call.finish(name, since)
