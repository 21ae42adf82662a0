# Segments of paths as machine code: what tf.function(jit_compile=True) runs.

from cpython.exc cimport PyErr_Occurred

# From so many nanoseconds on, other threads run meanwhile.
cdef double LONG_RUN = 50_000


cdef class CompiledSegment:
    """A segment's instructions, as a function of C's that somebody has compiled."""

    cdef Compiled compiled
    cdef readonly tuple writes  # the slots that it fills
    cdef bint is_long
    cdef object library         # what the function is in

    cdef bint run(self, vector[Value]& slots) except -1:
        """False if an operation failed: then the slots that it writes to hold anything."""
        cdef CompiledRun run
        cdef cbool is_good
        self.compiled.begin(slots, run)
        if self.is_long:
            with nogil:
                is_good = self.compiled.call(run)
        else:
            is_good = self.compiled.call(run)
        if not is_good and PyErr_Occurred() != NULL:
            return -1  # Ctrl-C has ended a loop
        return is_good


def patience():
    """The address of what machine code calls in long loops: `int f(void)`, which is not 0 if it is to
    end with an error."""
    return address_of_machine_code_is_to_stop()


cdef vector[uint32_t] written_slots(const Code& code, Segment s, const vector[uint8_t]& needed):
    """Those that somebody asks for behind the segment."""
    cdef vector[uint32_t] written
    cdef uint32_t k, slot
    for k in range(s.begin, s.end):
        for slot in range(code.instructions[k].output,
                          code.instructions[k].output + output_count(code.instructions[k])):
            if needed[slot]:
                written.push_back(slot)
    return written


cdef object compiled_segment(object compiler, const Code& code, Segment s,
                             const vector[uint8_t]& needed):
    """A CompiledSegment; or False if the compiler, a function of Python's, makes none.

    The compiler gets what `simplified_as_data` gives, and returns the address of the function, the
    bytes of memory that it works with, an estimate of its nanoseconds, and what must live as long.
    """
    cdef CompiledSegment made = CompiledSegment.__new__(CompiledSegment)
    cdef vector[uint32_t] reads, writes = written_slots(code, s, needed)
    cdef size_t address
    data = simplified_as_data(code, s.begin, s.end, needed, writes, composites_of(code, {}))
    answer = compiler(data)
    if answer is None:
        return False
    address, work, nanoseconds, made.library = answer
    for slot, _, _ in data["inputs"]:
        reads.push_back(slot)
    made.writes = tuple(writes)
    made.is_long = nanoseconds > LONG_RUN
    made.compiled = Compiled(code, <CompiledFunction>address, reads, writes, work)
    return made
