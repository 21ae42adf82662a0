# Parts of functions that are recorded as programs of their own: bodies of loops, and branches.
#
# A part runs once, with tensors of its own for what it takes, and its records stay where they are,
# for nobody. Programs are made of them; what they read of values that were there before are further
# inputs. Where that cannot be, as where Python reads a value in it, the function goes on without.

cdef enum:
    PARTS_WITHIN = 8  # each other: deeper, a function calls itself


class PartRefused(Exception):
    """What a part of a function does cannot be done by a program."""


cdef class RecordedPart:
    """What is recorded from here on, until `loop`, `branch` or `give_up`; made by `begin_part`."""

    cdef FunctionRecording recording
    cdef RecordedPart around
    cdef Py_ssize_t depth
    cdef uint32_t since
    cdef CallPart before        # the part that it is in, if any
    cdef size_t reads, captured_before
    cdef bint refused, is_open
    cdef vector[Value] values   # of the inputs, as they were given
    cdef vector[uint32_t] nodes
    cdef readonly list inputs
    """Tensors with the values that were given, known to the part alone."""

    cdef int close(self) except -1:
        if self.is_open:
            self.is_open = False
            self.recording.part = self.around
            self.recording.mode.inputs().set_part(self.before)
            # What it read decided about its records, which nobody needs.
            self.recording.mode.inputs().forget_reads(self.reads)
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

    def give_up(self):
        """Forget it: the function goes on as if nothing had been recorded."""
        self.close()

    cdef bint is_sound(self):
        cdef size_t k
        cdef CallInputs* inputs = &self.recording.mode.inputs()
        if self.refused or inputs.part().is_bound or not self.is_open:
            return False
        for k in range(self.reads, inputs.reads().size()):
            if not self.is_constant(inputs.reads()[k].node):
                return False
        return True

    cdef bint is_constant(self, uint32_t node):
        cdef size_t k
        for k in range(self.recording.captured_nodes.size()):
            if self.recording.captured_nodes[k] == node:
                return self.recording.is_own_constant(k)
        return False

    cdef ProgramScope scope(self, vector[Value]& captured):
        cdef ProgramScope scope
        cdef size_t k
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

    def loop(self, condition, list carried, list results, list rows, int64_t count, bint backwards,
             bint checkpoints):
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
        """
        cdef LoopSpec spec
        cdef vector[Value] captured, inputs
        cdef shared_ptr[const EngineProgram] body
        cdef size_t k, known
        cdef Tensor t
        if not self.is_sound() or not self.carries_on(carried):
            self.close()
            return None
        cdef bint can_run = True
        try:
            if condition is not None:
                self.program(len(carried), [condition], captured)
            known = self.nodes.size()
            body = self.program(known, carried + results, captured)
            if condition is not None:
                spec.condition = self.program(known, [condition], captured)
        except errors.UnimplementedError:
            can_run = False
        if not can_run:
            self.close()
            return None
        for k in range(<size_t>len(carried)):
            inputs.push_back(self.values[k])
        for t in rows:
            inputs.push_back(traced(t.data))
        for k in range(captured.size()):
            inputs.push_back(captured[k])
        self.close()
        spec.round.reset(new Round(body, <uint32_t>len(carried), <uint32_t>len(rows)))
        spec.count = count
        spec.backwards = backwards
        spec.checkpoints = checkpoints
        return wrapped(run_loop(spec, inputs))

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
        if not self.is_sound():
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
        self.close()
        return wrapped(call_composite(make_branch(programs), inputs))


def begin_part(list tensors):
    """Begin a part of what is recorded on this thread, which takes values of these tensors.

    None where nothing is recorded for tf.function, or the part could not be a program.
    """
    cdef FunctionRecording r = current_recording()
    cdef RecordedPart part
    cdef CallPart own_part
    if r is None or r.no_parts or checking_results:
        return None
    part = RecordedPart.__new__(RecordedPart)
    part.around = r.part
    part.depth = 0 if r.part is None else r.part.depth + 1
    if part.depth >= PARTS_WITHIN:
        # It calls itself, maybe: each part would be tried again and again.
        r.no_parts = True
        return None
    part.recording = r
    part.since = active_log.size()
    part.inputs = []
    for t in tensors:
        part.add(t)
    part.reads = r.mode.inputs().reads().size()
    part.captured_before = r.captured_nodes.size()
    part.before = r.mode.inputs().part()
    own_part.is_open = True
    own_part.since = part.since
    r.mode.inputs().set_part(own_part)
    part.is_open = True
    r.part = part
    return part


cdef int note_assignment(Tensor t) except -1:
    """Elements of it are to be assigned: in a part that is done to its own tensors alone."""
    cdef FunctionRecording r = current_recording()
    cdef uint32_t node
    if r is None or r.part is None:
        return 0
    node = known_node(t.data, active_log)
    if node == no_node or node < r.part.since:
        r.require_no_part("assigns to elements of a tensor from outside")
    return 0
