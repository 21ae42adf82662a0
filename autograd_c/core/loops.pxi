# Parts of functions that are recorded as programs of their own: bodies of loops, and branches.
#
# A part runs once, with tensors of its own for what it takes, and its records stay where they are,
# for nobody. Programs are made of them; what they read of values that were there before are further
# inputs. Where that cannot be, as where Python reads a value in it, the function goes on without.

cdef enum:
    PARTS_WITHIN = 8  # each other: deeper, a function calls itself


cdef enum MadeOf:
    CONSTANT
    OUTSIDE
    WITHIN


cdef uint64_t parts_begun = 0


class PartRefused(Exception):
    """What a part of a function does cannot be done by a program."""


cdef class CompositeCall:
    """A call of a composite that is yet to be made."""

    cdef HostRef composite
    cdef vector[Value] inputs

    @staticmethod
    cdef CompositeCall of(HostRef composite, vector[Value] inputs):
        cdef CompositeCall call = CompositeCall.__new__(CompositeCall)
        call.composite, call.inputs = composite, inputs
        return call

    def __call__(self):
        if self.composite.get() == NULL:
            raise RuntimeError("a call of nothing")
        return wrapped(call_composite(self.composite, self.inputs))


cdef class RecordedPart:
    """What is recorded from here on, until `loop`, `branch`, `batch`, `checkpoint` or
    `give_up`; made by `begin_part`."""

    cdef FunctionRecording recording
    cdef RecordedPart around
    cdef Py_ssize_t depth
    cdef uint64_t number        # which one it is of all that have begun
    cdef uint32_t since
    cdef CallPart before        # the part that it is in, if any
    cdef size_t reads, captured_before
    cdef size_t parts_before    # closed ones
    cdef Py_ssize_t rules_before
    cdef bint refused, is_open
    cdef bint is_rule           # of a custom gradient
    cdef bint has_tapes         # some that began in it are asked for something
    cdef bint pushes            # it pushes tangents along the records of a tape that was there before
    cdef vector[Value] values   # of the inputs, as they were given
    cdef vector[uint32_t] nodes
    cdef uint32_t inside        # the first record that can be its own
    cdef vector[CallRead] kept_reads  # of values that do not depend on it
    cdef dict assigned_before   # to Variables
    cdef list variables         # those that it may assign; None: any
    cdef readonly list wanted
    """What else it has assigned."""
    cdef readonly bint reads_values
    """Of one that has ended: whether Python has read a value in it that depends on what it is given."""
    cdef readonly list inputs
    """Tensors with the values that were given, known to the part alone."""
    cdef public object draws
    """What draws the random numbers of its rounds, before them; None where it cannot have any."""

    cdef int close(self) except -1:
        cdef size_t k
        if self.is_open:
            self.leave_out()
            self.is_open = False
            self.recording.part = self.around
            self.recording.assigned = self.assigned_before
            self.recording.mode.inputs().set_part(self.before)
            # What else it read decided about its records, which nobody needs.
            self.recording.mode.inputs().forget_reads(self.reads)
            for k in range(self.kept_reads.size()):
                self.recording.mode.inputs().note_read(
                    self.kept_reads[k].node, self.kept_reads[k].value, self.kept_reads[k].truth,
                    self.kept_reads[k].before
                )
        return 0

    def add(self, Tensor t not None):
        """A further input, behind the others, with the value of a tensor; the tensor for it."""
        cdef Tensor own
        self.values.push_back(traced(t.data))
        if self.values.back().node == no_node:
            own = self.recording.outside(t)
        else:
            own = wrap(op_identity(traced(t.data)))
        self.inputs.append(own)
        self.nodes.push_back(active_node(own.data))
        return own

    cdef int require_open(self) except -1:
        if not self.is_open:
            raise RuntimeError("this part of a function is not being recorded")
        return 0

    def carry_variables(self, variables, Py_ssize_t first):
        """Let its inputs from `first` on stand for the values of Variables, which it may assign."""
        cdef Variable v
        self.require_open()
        self.variables = list(variables)
        for k, v in enumerate(variables):
            self.recording.assigned[id(v)] = [v, self.inputs[first + k], False, None]
        return None

    def refuse(self):
        """What it has done can be no program."""
        self.refused = True

    def allow_assignments(self):
        """Let it assign to any Variable: `take_assignments` says which."""
        self.require_open()
        self.variables = None

    cdef int note_assigned(self, Variable v) except -1:
        if self.variables is None or in_list(v, self.variables):
            return 0
        self.refused = True
        if not in_list(v, self.wanted):
            self.wanted.append(v)
        return 0

    def take_assignments(self):
        """The Variables that have been assigned since it began, and their values, as a list of
        pairs; as if they had not been."""
        cdef list taken = []
        for key, entry in self.recording.assigned.items():
            if self.assigned_before.get(key) is not entry:
                taken.append((entry[0], entry[1]))
        self.recording.assigned = dict(self.assigned_before)
        return taken

    def sample(self, function, args, kwargs):
        """What a function returns, of which nothing is recorded."""
        self.require_open()
        return self.recording.call_beside(function, args, kwargs)

    def fixed(self, x):
        """A tensor with the value of one that is the same in each round, and at each run of the
        function. An error if it may not be that."""
        cdef Tensor t
        cdef uint32_t node
        self.require_open()
        t = tensor_from(x)
        node = known_node(t.data, active_log)
        if isinstance(x, Variable) or (node != no_node and not self.is_constant(node)):
            self.recording.require_no_part("draws random numbers that depend on what it computes")
        return wrap(t.data.value.detached())

    cdef int accept(self) except -1:
        """Close it as what becomes an instruction."""
        cdef const vector[CallRead]* reads = &self.recording.mode.inputs().reads()
        if reads.size() > 0 and reads.back().before >= active_log.size():
            # What it has read last is not to be taken for what is read behind it.
            self.recording.outside(constant(False))
        self.recording.parts.push_back(ClosedPart(self.inside, active_log.size()))
        return self.close()

    def give_up(self):
        """Forget it: the function goes on as if nothing had been recorded."""
        self.close()

    cdef bint is_sound(self) except -1:
        """Whether it does the same each time, where what it reads from outside is the same."""
        return (not self.refused and not self.recording.mode.inputs().part().is_bound
                and self.is_open and self.keep_reads())

    cdef bint keep_reads(self) except -1:
        """Find `kept_reads`, of values that were there before or computed from those alone, and
        whether these are all, constants apart."""
        if self.recording.mode.inputs().reads().size() == self.reads:
            self.kept_reads.clear()
            return True
        constants = self.own_constants()
        return self.first_own_read(self.origins(constants), constants) == no_node

    cdef uint32_t first_own_read(self, const vector[int]& origins, set constants) except? 0:
        """The record before which it has read a value that no guard can be for, or no_node.

        What it does from there on may depend on that value: until then are `kept_reads`.
        """
        cdef const vector[CallRead]* reads = &self.recording.mode.inputs().reads()
        cdef int origin
        cdef size_t k
        self.kept_reads.clear()
        for k in range(self.reads, reads.size()):
            origin = self.origin_of(reads[0][k].node, origins, constants)
            # What a rule reads is what it is when the gradient is taken.
            if origin == WITHIN or (origin == OUTSIDE and self.is_rule):
                return reads[0][k].before
            if origin == OUTSIDE:
                self.kept_reads.push_back(reads[0][k])
        return no_node

    cdef int leave_out(self) except -1:
        """Note which of its records are no part of a path, unless something else is made of them:
        there, and which there are, may depend on values that no guard is for."""
        cdef set constants = self.own_constants()
        cdef vector[int] origins = self.origins(constants)
        cdef uint32_t first = self.first_own_read(origins, constants)
        cdef uint32_t node, begin = no_node, size = active_log.size()
        self.reads_values = first != no_node
        for node in range(self.since, size + 1):
            if node < size and (node >= first or origins[node - self.since] == WITHIN):
                if begin == no_node:
                    begin = node
            elif begin != no_node:
                self.recording.left_out.push_back(pair[uint32_t, uint32_t](begin, node))
                begin = no_node
        return 0

    cdef set own_constants(self):
        """Of what it has captured itself: there may be many of before, and many parts."""
        cdef set found = set()
        cdef size_t k
        for k in range(self.captured_before, self.recording.captured_nodes.size()):
            if self.recording.is_own_constant(k):
                found.add(self.recording.captured_nodes[k])
        return found

    cdef int origin_of(self, uint32_t node, const vector[int]& origins, set constants) except -1:
        if node in constants:
            return CONSTANT
        return OUTSIDE if node < self.since else origins[node - self.since]

    cdef vector[int] origins(self, set constants) except *:
        """What each record since it began was computed from, at most: constants of the function's,
        what was there before the part, or what the part is given."""
        cdef const CallOperands* operands
        cdef vector[int] found
        cdef uint32_t node
        cdef int origin
        cdef size_t k
        cdef set own = set(self.nodes)
        cdef set captured = set()
        for k in range(self.captured_before, self.recording.captured_nodes.size()):
            captured.add(self.recording.captured_nodes[k])
        for node in range(self.since, active_log.size()):
            operands = self.recording.mode.inputs().find(node)
            origin = CONSTANT
            if node in own:
                origin = WITHIN
            elif node in captured:
                origin = CONSTANT if node in constants else OUTSIDE
            elif operands != NULL:
                for k in range(operands[0].size()):
                    if operands[0][k].node != no_node:
                        origin = max(
                            origin, self.origin_of(operands[0][k].node, found, constants)
                        )
            elif node > self.since and active_log.at(node).op != input_op:
                origin = found.back()  # a further output of the record before
            else:
                origin = WITHIN
            found.push_back(origin)
        return found

    cdef bint is_constant(self, uint32_t node):
        cdef size_t k
        for k in range(self.recording.captured_nodes.size()):
            if self.recording.captured_nodes[k] == node:
                return self.recording.is_own_constant(k)
        return False

    cdef ProgramScope scope(self, vector[Value]& captured) except *:
        cdef ProgramScope scope
        cdef size_t k
        # Nobody asks for derivatives of its records any more. Rules have constants of the part's.
        self.recording.forget_rules(self.rules_before)
        scope.since = self.since
        scope.captured = &captured
        for k in range(self.captured_before, self.recording.captured_nodes.size()):
            if self.recording.is_own_constant(k):
                scope.constants.push_back(self.recording.captured_nodes[k])
        return scope

    cdef shared_ptr[const EngineProgram] program(self, size_t inputs, list outputs,
                                                 vector[Value]& captured):
        """Of the first inputs, and of what has been captured before and is now."""
        cdef shared_ptr[const EngineProgram] made
        cdef vector[uint32_t] nodes
        cdef vector[Value] values
        cdef size_t k
        cdef Tensor t
        for k in range(inputs):
            nodes.push_back(self.nodes[k])
        for k in range(captured.size()):
            nodes.push_back(captured[k].node)
        for t in outputs:
            values.push_back(traced(t.data))
        made.reset(new EngineProgram(self.recording.mode.tape, nodes, values, self.scope(captured)))
        return made

    cdef bint carries_on(self, list carried):
        cdef size_t k
        cdef Tensor t
        for k, t in enumerate(carried):
            if (t.data.value.dtype != self.values[k].dtype
                    or not t.data.value.same_shape(self.values[k])):
                return False
        return True

    cdef bint is_leaky(self, list outputs) except -1:
        """Whether they are made of what a part within has made, and not given out."""
        cdef PartsOf parts
        cdef bint found = False
        cdef Tensor t
        if self.parts_before == self.recording.parts.size():
            return False
        parts = PartsOf.since(self.recording, self.since, self.parts_before)
        for t in outputs:
            found |= parts.ask(known_node(t.data, active_log), parts.size)
        return found or parts.leak()

    cdef bint is_of_numbers(self, Tensor t, list numbers) except -1:
        """Whether a value was computed of these inputs alone, and of constants."""
        cdef shared_ptr[const EngineProgram] made
        cdef vector[uint32_t] nodes
        cdef vector[Value] values, captured
        for k in numbers:
            nodes.push_back(self.nodes[k])
        values.push_back(traced(t.data))
        made.reset(new EngineProgram(self.recording.mode.tape, nodes, values, self.scope(captured)))
        return captured.empty()

    cdef bint tells_apart(self, list given, vector[Value]& captured) except -1:
        """Whether a tape in it sees that an input is not the tensor that was given, and is read, too."""
        cdef size_t k
        cdef uint32_t node
        if not self.has_tapes:
            return False
        for t in given:
            node = known_node((<Tensor>t).data, active_log)
            if node != no_node and node >= self.since:
                return True  # nobody knew it before
            for k in range(captured.size()):
                if node != no_node and captured[k].node == node:
                    return True
        return False

    cdef bint assigns_to_others(self, list given) except -1:
        """Whether elements of an input are assigned, of which somebody else has the tensor."""
        for k in range(len(self.inputs)):
            if (<Tensor>self.inputs[k]).data.assigned == 0:
                continue
            # The list has it, and what the caller was given.
            if k >= len(given) or PyList_GET_ITEM(given, k).ob_refcnt > 2:
                return True
        return False

    def loop(self, condition, list carried, list results, list rows, int64_t count, bint backwards,
             bint checkpoints, list numbers, list given, draw=None, begin=None):
        """The loop of which the part was one round, in the program: a list of what is carried in the
        end and of the results, stacked. None if it cannot be there.

        Args:
            condition: what was computed of the first inputs: whether there is a round; None for
                loops over rows.
            carried: what those are in the next round.
            results: what becomes a row each.
            rows: in the place of the last inputs, that many: all rows of each.
            count: of the rows; with a condition the most rounds, or -1.
            backwards: whether it begins with the last row.
            checkpoints: whether derivatives keep little of it.
            numbers: which of the inputs are numbers of Python's. What is computed of those alone, it
                computes in its own precision.
            given: the tensors whose values were given, which nobody else has but the loop's
                variables.
            draw: gives the rows of the inputs that have come since; called outside of the part.
            begin: gives what some of the carried inputs begin with, as pairs of their places and
                tensors; called there, too.
        """
        cdef LoopSpec spec
        cdef vector[Value] captured, inputs
        cdef shared_ptr[const EngineProgram] body
        cdef size_t k, known
        cdef Tensor t
        if (not self.is_sound() or not self.carries_on(carried)
                or self.assigns_to_others(given)
                or self.is_leaky(carried + results + ([] if condition is None else [condition]))):
            self.close()
            return None
        cdef bint can_run = True
        try:
            for k in numbers:
                if (is_differentiable(self.values[k].dtype)
                        and self.is_of_numbers(carried[k], numbers)):
                    self.close()
                    return None
            if condition is not None:
                self.program(len(carried), [condition], captured)
            known = self.nodes.size()
            body = self.program(known, carried + results, captured)
            if condition is not None:
                spec.condition = self.program(known, [condition], captured)
            can_run = not self.tells_apart(given, captured)
        except errors.UnimplementedError:
            can_run = False
        if not can_run:
            self.close()
            return None
        for k in range(<size_t>len(carried)):
            inputs.push_back(self.values[k])
        self.accept()
        if begin is not None:
            for place, t in begin():
                inputs[<size_t>place] = traced(t.data)
        if draw is not None:
            rows = rows + draw()
        for t in rows:
            inputs.push_back(traced(t.data))
        for k in range(captured.size()):
            inputs.push_back(captured[k])
        spec.round.reset(new Round(body, <uint32_t>len(carried), <uint32_t>len(rows)))
        spec.count = count
        spec.backwards = backwards
        spec.checkpoints = checkpoints
        return wrapped(run_loop(spec, inputs))

    def batch(self, list outputs, list every, list in_batch, int64_t extent, list given, draw):
        """What the part has computed of one row, of all rows at once: a list of tensors with an axis
        in front, which are recorded as any. None if that cannot be.

        Args:
            outputs: of the row.
            every: in the place of the inputs, with all rows of those that have them.
            in_batch: which of them have.
            extent: how many rows there are.
            given: the tensors whose values were given, which nobody else has.
            draw: gives all rows of the inputs that have come since; called outside of the part.
        """
        cdef vector[Value] captured, inputs
        cdef vector[uint8_t] has_axis
        cdef shared_ptr[const EngineProgram] program
        cdef bint can_run = False
        cdef size_t k
        cdef Tensor t
        if self.is_sound() and not self.assigns_to_others(given) and not self.is_leaky(outputs):
            try:
                program = self.program(self.nodes.size(), outputs, captured)
                can_run = not self.tells_apart(given, captured)
            except errors.UnimplementedError:
                pass
        if not can_run:
            self.close()
            return None
        self.accept()
        drawn = draw()
        for t in every + drawn:
            inputs.push_back(traced(t.data))
        for has in in_batch + [True] * len(drawn):
            has_axis.push_back(bool(has))
        for k in range(captured.size()):
            inputs.push_back(captured[k])
            has_axis.push_back(False)
        return wrapped(program.get().run_batched(inputs, has_axis, extent))

    def checkpoint(self, list outputs):
        """The part as one instruction that is computed again for its derivative: a function that
        makes that, and returns a list of its results. None if it cannot be there.
        """
        cdef vector[Value] captured, inputs
        cdef shared_ptr[const EngineProgram] made
        cdef bint can_run = True
        if not self.is_sound() or self.is_leaky(outputs):
            self.close()
            return None
        try:
            made = self.program(self.nodes.size(), outputs, captured)
        except errors.UnimplementedError:
            can_run = False
        if not can_run:
            self.close()
            return None
        inputs = self.values
        inputs.insert(inputs.end(), captured.begin(), captured.end())
        self.accept()
        return CompositeCall.of(make_checkpoint(made), inputs)

    def branch(self, number, list outputs):
        """The branches that the part has gone through, one by one, as one instruction that takes
        one of them: a list of its results. None if it cannot be there.

        Args:
            number: of the branch to take, a 0-d integer tensor, or whether it is the second.
            outputs: of each branch a list of what it gives.
        """
        cdef vector[shared_ptr[const EngineProgram]] programs
        cdef vector[Value] captured, inputs
        cdef Tensor t, first
        if not self.is_sound() or self.is_leaky([t for each in outputs for t in each]):
            self.close()
            return None
        for each in outputs:
            if len(each) != len(outputs[0]):
                self.close()
                return None
            for t, first in zip(each, outputs[0]):
                if (t.data.value.dtype != first.data.value.dtype
                        or not t.data.value.same_shape(first.data.value)):
                    self.close()
                    return None
        cdef bint can_run = True
        try:
            for each in outputs:
                self.program(0, each, captured)
            for each in outputs:
                programs.push_back(self.program(0, each, captured))
        except errors.UnimplementedError:
            can_run = False
        if not can_run:
            self.close()
            return None
        inputs.push_back(traced((<Tensor>number).data))
        for k in range(captured.size()):
            inputs.push_back(captured[k])
        self.accept()
        return wrapped(call_composite(make_branch(programs), inputs))


def begin_part(list tensors, bint pushes=False):
    """Begin a part of what is recorded on this thread, which takes values of these tensors.

    With `pushes`, it may push tangents along a tape that was there before, from one tensor that was
    there to others. None where nothing is recorded for tf.function, or the part could not be a program.
    """
    cdef FunctionRecording r = current_recording()
    if r is None or checking_results:
        return None
    return begin_any_part(r, tensors, pushes)


cdef RecordedPart begin_any_part(FunctionRecording r, list tensors, bint pushes):
    global parts_begun
    cdef RecordedPart part
    cdef CallPart own_part
    if r.no_parts:
        return None
    part = RecordedPart.__new__(RecordedPart)
    part.around = r.part
    part.depth = 0 if r.part is None else r.part.depth + 1
    if part.depth >= PARTS_WITHIN:
        # It calls itself, maybe: each part would be tried again and again.
        r.no_parts = True
        return None
    parts_begun += 1
    part.number = parts_begun
    part.recording = r
    part.pushes = pushes
    part.assigned_before, r.assigned = r.assigned, dict(r.assigned)
    part.variables, part.wanted = [], []
    part.since = active_log.size()
    part.inputs = []
    # So that a tape that begins in it does not begin with it, though it may have nothing but an input.
    r.outside(constant(False))
    for t in tensors:
        part.add(t)
    part.inside = part.since + 1
    part.parts_before = r.parts.size()
    part.rules_before = len(r.rules)
    part.reads = r.mode.inputs().reads().size()
    part.captured_before = r.captured_nodes.size()
    part.before = r.mode.inputs().part()
    own_part.is_open = True
    own_part.since = part.since
    r.mode.inputs().set_part(own_part)
    part.is_open = True
    r.part = part
    return part


def values_of_variables(variables):
    """What Variables are now, in the function that is being recorded on this thread, too."""
    return [value_tensor(<Variable?>v) for v in variables]


def give_values(variables, values):
    """Assign to Variables, there too, what has their dtypes and shapes."""
    cdef Tensor t
    for v, t in zip(variables, values):
        give_value(<Variable?>v, t.data)


def part_number():
    """That of the innermost part that is being recorded on this thread; 0 where none is."""
    cdef FunctionRecording r = current_recording()
    return 0 if r is None or r.part is None else (<RecordedPart>r.part).number


def refuse_part(str does not None):
    """An error in a part that is being recorded on this thread, which does that."""
    cdef FunctionRecording r = current_recording()
    if r is not None:
        r.require_no_part(does)
    return None


def draws_of_part():
    """The `draws` of the part that is being recorded on this thread, or None."""
    cdef FunctionRecording r = current_recording()
    return None if r is None or r.part is None else (<RecordedPart>r.part).draws


def draws_around(RecordedPart part not None):
    """Whether it is in another part, and the `draws` of that."""
    return part.around is not None, None if part.around is None else part.around.draws


cdef int note_assignment(Tensor t) except -1:
    """Elements of it are to be assigned: in a part that is done to its own tensors alone."""
    cdef FunctionRecording r = current_recording()
    cdef uint32_t node
    cdef bint is_own
    cdef size_t k
    if r is None or r.part is None:
        return 0
    node = known_node(t.data, active_log)
    is_own = node != no_node and node >= r.part.since
    # A constant is known from where it is used first, which does not say where it was made.
    for k in range(r.part.captured_before, r.captured_nodes.size()):
        is_own = is_own and r.captured_nodes[k] != node
    if not is_own:
        r.require_no_part("assigns to elements of a tensor from outside")
    return 0
