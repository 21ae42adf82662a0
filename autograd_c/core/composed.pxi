# Loops, branches, custom gradients and derivatives in programs: what they are made of, seen from Python.

cdef enum:
    COMPOSITES_WITHIN = 32  # each other
    NAME_AT_MOST = 200      # bytes


@cython.final
cdef class Composite:
    """A loop, a branch, a call with a gradient of its own, or a derivative: what an instruction of a
    program does.

    Args:
        kind: "cond", "scan", "while_loop", "call", "recompute_grad", "custom_gradient", "gradient" or
            "tangent".
        numbers: integers, as csrc/composed.h says.
        programs: of a loop a round, and whether there is one; of a branch one for each number; of the
            others as is said there.
        of: the Composite whose derivative it is, or which it computes again.
        label: of a call or a custom gradient, what it is called.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) unless it can be made of these parts.
    """

    cdef HostRef host
    cdef Py_ssize_t depth
    cdef Program expansion      # once it was asked for
    cdef readonly str kind
    """What it is: see above. "" if it cannot be made of parts again."""
    cdef readonly str name
    """What instructions are called that do it."""
    cdef readonly str label
    """See above; "" of what has none."""
    cdef readonly tuple numbers
    """See csrc/composed.h."""
    cdef readonly tuple programs
    """See above."""
    cdef readonly Composite of
    """See above; None of what is no derivative."""

    def __init__(self, str kind not None, numbers, programs, Composite of=None, str label not None=""):
        cdef Composed parts
        cdef Program program
        parts.kind = kind.encode("utf-8", "replace")
        parts.name = label.encode("utf-8", "replace")[:NAME_AT_MOST]
        for x in items_of(numbers, kind):
            parts.numbers.push_back(number_of_code(x, 2**62, kind))
        for program in programs:
            program.require_made()
            parts.programs.push_back(program.program)
        if of is not None:
            of.require_made()
            parts.of = of.host
        self.host = make_composite(parts)
        self.take(parts, tuple(programs), of)

    def expanded(self):
        """Of a derivative: a `Program` that does the same by loops and branches alone.

        Raises:
            NotImplementedError: (`tf.errors.UnimplementedError`) if it is one of a `tf.while_loop`
                whose number of rounds has no limit, or of an operation that is no program.
        """
        self.require_made()
        if self.expansion is None:
            self.expansion = program_of(expanded(self.host), {})
        return self.expansion

    cdef int require_made(self) except -1:
        if self.host.get() == NULL:
            raise RuntimeError(
                "this Composite was not made: its __init__ was not called, or failed"
            )
        return 0

    cdef int take(self, const Composed& parts, tuple programs, Composite of) except -1:
        cdef Program program
        self.kind, self.label = parts.kind.decode(), parts.name.decode("utf-8", "replace")
        self.name = self.host.get().spec.name.decode("utf-8", "replace")
        self.numbers = tuple(parts.numbers)
        self.programs, self.of = programs, of
        self.depth = 1 + (0 if of is None else of.depth)
        for program in programs:
            for inner in program.composites.values():
                self.depth = max(self.depth, 1 + (<Composite>inner).depth)
        if self.depth > COMPOSITES_WITHIN:
            raise errors.InvalidArgumentError(
                f"more than {COMPOSITES_WITHIN} loops and branches within each other"
            )
        return 0


cdef Composite composite_of(const HostRef& host, dict known):
    """Of the engine's, with all that it is made of. `known`: by the engine's, those that there are."""
    cdef Composite made
    cdef Composed parts
    cdef object key = <size_t>host.get()
    cdef list programs = []
    cdef Composite of = None
    cdef size_t k
    if key in known:
        return known[key]
    made = Composite.__new__(Composite)
    made.host = host
    parts = composed_of(host)
    for k in range(parts.programs.size()):
        programs.append(program_of(parts.programs[k], known))
    if parts.of.get() != NULL:
        of = composite_of(parts.of, known)
    made.take(parts, tuple(programs), of)
    known[key] = made
    return made


cdef dict composites_of(const Code& code, dict known):
    """By the number of an instruction, what it does if that is a composite."""
    cdef dict found = {}
    cdef size_t k
    for k in range(code.instructions.size()):
        if code.instructions[k].own.get() != NULL:
            found[k] = composite_of(code.instructions[k].own, known)
    return found


cdef Program program_of(const shared_ptr[const EngineProgram]& program, dict known):
    """One that there is already."""
    cdef Program made = Program.__new__(Program)
    cdef size_t k
    made.program = program
    made.outputs, made.bound = [], False
    made.places = places_of(program.get().code())
    made.composites = composites_of(program.get().code(), known)
    made.input_sizes = [
        program.get().code().type(<uint32_t>k).shape.size() for k in range(program.get().input_count())
    ]
    made.output_sizes = [
        program.get().code().type(program.get().c_outputs()[k]).shape.size()
        for k in range(program.get().c_outputs().size())
    ]
    return made
