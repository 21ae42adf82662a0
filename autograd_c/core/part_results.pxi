# What parts of a function that is recorded have made, where it is asked for outside of them.

cdef class PartsOf:
    """Which records, from one on, are in parts that have been closed."""

    cdef FunctionRecording recording
    cdef uint32_t first, size
    cdef vector[size_t] within  # by record: one more than the innermost part that it is in
    cdef vector[bint] asked     # by record: whether anybody needs it

    @staticmethod
    cdef PartsOf since(FunctionRecording r, uint32_t first, size_t part):
        cdef PartsOf parts = PartsOf.__new__(PartsOf)
        cdef uint32_t node
        cdef size_t k
        parts.recording, parts.first, parts.size = r, first, active_log.size()
        parts.within.resize(parts.size - first)
        parts.asked.resize(parts.size - first)
        for k in range(part, r.parts.size()):
            for node in range(r.parts[k].inside - 1, r.parts[k].end):
                if parts.within[node - first] == 0:
                    parts.within[node - first] = k + 1
        for k in range(r.captured_nodes.size()):
            if parts.has(r.captured_nodes[k]):
                parts.within[r.captured_nodes[k] - first] = 0
        return parts

    cdef bint has(self, uint32_t node):
        return node != no_node and self.first <= node < self.size

    cdef bint ask(self, uint32_t node, uint32_t user):
        """Note that it is needed. Whether it is in a part that was closed before the user's record."""
        cdef size_t part
        if not self.has(node):
            return False
        self.asked[node - self.first] = True
        part = self.within[node - self.first]
        return part > 0 and user >= self.recording.parts[part - 1].end

    cdef bint leak(self):
        """Whether what is needed was made of what is in such a part: there it is that of one round, or
        of a branch that may not be taken.
        """
        cdef const CallOperands* inputs
        cdef uint32_t node = self.size
        cdef size_t k
        while node > self.first:
            node -= 1
            if not self.asked[node - self.first]:
                continue
            inputs = self.recording.mode.inputs().find(node)
            if inputs == NULL:
                # An input, or a further output of the record before.
                if node > self.first and active_log.at(node).op != input_op:
                    self.asked[node - 1 - self.first] = True
                continue
            for k in range(inputs[0].size()):
                if self.ask(inputs[0][k].node, node):
                    return True
        return False


cdef bint leaks(FunctionRecording r, list outputs) except -1:
    """Whether what was made in a part is asked for outside of it."""
    cdef PartsOf parts
    cdef const CallRead* read
    cdef bint found = False
    cdef SideEffect e
    cdef Tensor t
    cdef size_t k
    if r.leaked or r.parts.empty():
        return r.leaked
    parts = PartsOf.since(r, r.mode.inputs().first(), 0)
    for t in outputs:
        found |= parts.ask(known_node(t.data, active_log), parts.size)
    for entry in r.assigned.values():
        found |= parts.ask(known_node((<Tensor>entry[1]).data, active_log), parts.size)
    for e in r.effects:
        for k in range(e.nodes.size()):
            found |= parts.ask(e.nodes[k], e.behind)
    for k in range(r.mode.inputs().reads().size()):
        read = &r.mode.inputs().reads()[k]
        found |= parts.ask(read.node, read.before)
    return found or parts.leak()


cdef uint32_t begin_of(const Tape& tape):
    """The first record of a tape; of one without any, the first that it watches."""
    if tape.end() > 0 or tape.watched().empty():
        return tape.begin()
    return tape.watched().begin()[0]


cdef int note_tape_used(const Tape& tape) except -1:
    """It is asked for something. Of what a function does with a tape from outside the record says
    nothing; and a part, nothing of one that was there before, and hands none on."""
    cdef FunctionRecording r = current_recording()
    cdef RecordedPart part
    cdef uint32_t begin
    cdef size_t k
    if r is None or not tape.entered():
        return 0
    begin = begin_of(tape)
    if r.is_from_outside(begin):
        for k in range(r.given_nodes.size()):
            if tape.knows(r.given_nodes[k]):
                # What the tape says of it ends where the function has a tensor of its own.
                c_bind_program()
                return 0
        return r.cannot("it uses a tape from outside")
    if r.part is not None:
        if begin < r.part.inside and not r.part.pushes:
            r.require_no_part("uses a tape that was there before")
        part = r.part
        while part is not None:
            part.has_tapes = True
            # The part has a tensor of its own for that, which the tape takes for another one.
            for k in range(part.values.size()):
                if part.values[k].node != no_node and tape.watches(part.values[k].node):
                    r.require_no_part("watches a tensor that it is also given")
            part = part.around
    for k in range(r.parts.size()):
        if r.parts[k].inside <= begin < r.parts[k].end:
            r.leaked = True
    return 0
