# Programs: calls that were recorded whole and run again, for tf.vectorized_map and tests.

cdef class Program:
    """What a function did with tensors, as instructions of the engine.

    Args:
        function: takes tensors and returns a tensor, or a list or tuple of them.
        inputs: what it is called with, a list of tensors and what becomes one.
        connected: whether derivatives flow to what the function closes over and open tapes know.
            Then it has to be run at once, where it was made.
        places: whether it is noted where each instruction is from.
        parts: whether loops and branches are one instruction each, as `tf.function` records them, and
            what is done with each row of a batch is done with all at once. Nobody gets the values,
            then, and loops are not run to their ends, unless it is `connected`.

    Raises:
        NotImplementedError: (`tf.errors.UnimplementedError`) if an output depends on an operation
            that cannot be run again without Python.
        RuntimeError: if a program is being recorded on this thread.
    """

    cdef shared_ptr[const EngineProgram] program
    cdef readonly list outputs
    """What the function returned; of one with `parts`, tensors like that."""
    cdef readonly bint bound
    """Whether it holds for these inputs alone: the function has read values of what depends on them."""
    cdef readonly list places
    """Of each instruction (file, line, function) in the user's program, or None; [] if not noted."""
    cdef readonly dict composites
    """By the number of an instruction: the `Composite` that it does, of loops, branches and their
    derivatives."""
    cdef list input_sizes, output_sizes

    def __init__(self, function, inputs, bint connected=False, bint places=False,
                 bint parts=False):
        cdef bint is_done
        if self.program.get() != NULL:
            raise RuntimeError("a Program is made once")
        if places:
            note_origins(True)
        try:
            if not parts:
                self.record(function, inputs, connected)
            else:
                inputs = list(inputs)
                is_done = self.record_parts(function, inputs, connected, not connected, True)
                if not is_done:
                    self.record_parts(
                        function, inputs, connected, False, self.composites is None
                    )
            self.composites = composites_of(self.program.get().code(), {})
            self.places = places_of(self.program.get().code())
        finally:
            if places:
                note_origins(False)
                if not any_thread_checks():
                    forget_places()

    cdef int record(self, function, inputs, bint connected) except -1:
        cdef ProgramMode mode
        cdef vector[uint32_t] nodes
        cdef Tensor t
        cdef ProgramScope scope
        scope.connected = connected
        mode.tape.watch_accessed = False
        mode.begin()
        try:
            given = []
            self.input_sizes = []
            for x in inputs:
                t = wrap((<Tensor>tensor_from(x)).data.value.detached())
                mode.tape.watch(t.data)
                nodes.push_back(active_node(t.data))
                given.append(t)
                self.input_sizes.append(t.data.value.size())
            self.take_outputs(function(*given))
            self.bound = mode.bound()
            self.freeze(mode.tape, nodes, scope)
        finally:
            mode.end()
            mode.tape.discard()
        return 0

    cdef bint record_parts(self, function, list inputs, bint connected, bint samples,
                           bint with_parts) except -1:
        """With loops and branches as instructions, as tf.function records them.

        False if that is to be done once more: without `samples`, as values were read that are none
        of a run, or without parts (then `composites` is not None).
        """
        cdef FunctionRecording r = FunctionRecording([])
        cdef vector[uint32_t] nodes
        cdef Tensor t
        cdef ProgramScope scope
        scope.connected = connected
        r.no_parts = not with_parts
        r.has_guards = not connected
        r.before = {}  # nobody asked for what the function does
        if not r.begin():
            raise RuntimeError("a program is being recorded, or recording is paused")
        try:
            if samples:
                r.mode.inputs().sample()
            given = []
            self.input_sizes = []
            for x in inputs:
                t = tensor_from(x)
                if connected and known_node(t.data, active_log) != no_node:
                    r.given_nodes.push_back(known_node(t.data, active_log))
                t = r.outside(t)
                nodes.push_back(known_node(t.data, active_log))
                given.append(t)
                self.input_sizes.append(t.data.value.size())
            self.take_outputs(function(*given))
            if with_parts and leaks(r, self.outputs):
                r.require_no_change()
                self.composites = {}
                return False
            self.bound = self.is_bound(r, nodes)
            if self.bound and samples and not r.parts.empty() and not changes(r):
                return False
            self.freeze(r.mode.tape, nodes, scope)
        finally:
            r.end()
            r.give_values_back()
        return True

    cdef bint is_bound(self, FunctionRecording r, const vector[uint32_t]& inputs) except -1:
        cdef SideEffect e
        cdef vector[bint] depends
        cdef const CallRead* read
        cdef size_t k
        for e in r.effects:
            if e.touched is None:
                raise errors.UnimplementedError(
                    f"[{e.function.__name__}] cannot be run again from its record: it needs Python"
                )
        if r.problem is not None:
            raise errors.UnimplementedError(f"the function cannot be run from a record: {r.problem}")
        if changes(r) or r.mode.bound():
            return True
        for e in r.effects:
            if e.made.size():
                return True
        if r.mode.inputs().reads().empty():
            return False
        depends = depend_on(r, inputs)
        for k in range(r.mode.inputs().reads().size()):
            read = &r.mode.inputs().reads()[k]
            if depends[read.node - r.mode.inputs().first()]:
                return True
        return False

    cdef int take_outputs(self, object result) except -1:
        self.outputs = [
            tensor_from(x) for x in (result if isinstance(result, (list, tuple)) else [result])
        ]
        self.output_sizes = [(<Tensor>t).data.value.size() for t in self.outputs]
        return 0

    cdef int freeze(self, const Tape& tape, const vector[uint32_t]& inputs,
                    const ProgramScope& scope) except -1:
        cdef vector[Value] values
        cdef Tensor t
        for t in self.outputs:
            values.push_back(traced(t.data))
        self.program.reset(new EngineProgram(tape, inputs, values, scope))
        return 0

    cdef require_made(self):
        if self.program.get() == NULL:
            raise RuntimeError("this Program was not made: its __init__ was not called, or failed")

    def __len__(self):
        """The number of instructions."""
        self.require_made()
        return self.program.get().size()

    @property
    def needs_python(self):
        """Whether it runs functions of Python's: host rows."""
        self.require_made()
        return self.program.get().needs_python()

    def run(self, inputs, in_batch=None, int64_t extent=0):
        """The outputs for other inputs of the same dtypes and shapes, a list of tensors.

        Args:
            inputs: what it is called with.
            in_batch: for each of them, whether it has an axis in front. The outputs then have one,
                and are what single runs give for the rows, stacked.
            extent: of that axis.

        Raises:
            ValueError: if the inputs have others.
        """
        cdef vector[Value] values, results
        cdef vector[uint8_t] has_axis
        cdef size_t k
        self.require_made()
        for x in inputs:
            values.push_back(traced((<Tensor>tensor_from(x)).data))
        if in_batch is None:
            results = self.program.get().run(values)
        else:
            for x in in_batch:
                has_axis.push_back(bool(x))
            results = self.program.get().run_batched(values, has_axis, extent)
        return [wrap(results[k]) for k in range(results.size())]

    def patterns(self):
        """For each output, by which elements of the inputs its elements have derivatives.

        Bool tensors of shape [elements of the output, elements of all inputs]: true wherever some
        values give a derivative that is not zero, and maybe elsewhere.
        """
        cdef vector[Pattern] found
        cdef size_t k
        cdef int64_t columns = 0
        self.require_made()
        for size in self.input_sizes:
            columns += size
        found = self.program.get().patterns()
        return [
            wrap(dense(found[k], <int64_t>size, columns))
            for k, size in enumerate(self.output_sizes)
        ]

    def times(self, inputs):
        """How many nanoseconds each instruction takes in a run for these inputs, a list of floats.

        Instructions are run one by one, and nothing is recorded.
        """
        cdef vector[Value] values
        self.require_made()
        for x in inputs:
            values.push_back((<Tensor>tensor_from(x)).data.value.detached())
        return list(self.program.get().times(values))

    def code(self):
        """What it consists of, as plain data: a dict of

        - "inputs": (dtype, shape) of each; they stand in the slots 0, 1, ...
        - "constants": (slot, tensor) of each
        - "instructions": (name, attributes, inputs, outputs) of each, in the order in which they
          are run: the name of a row of `operation_table`, its integers, the slots that it reads, and
          (slot, dtype, shape) of each that it writes; of a loop or a branch its `Composite` is a
          fifth part
        - "outputs": the slots of the results.

        A dtype is its name, a shape a tuple. `from_code` makes a program of such a dict.
        """
        self.require_made()
        return code_as_data(
            self.program.get().code(), self.program.get().input_count(),
            self.program.get().c_outputs(), self.composites
        )

    def simplified_code(self):
        """What is left of it when it is run: without what nobody needs or what is computed twice.

        As `code`, but that slots may be missing, inputs, which are there if they are read, are
        (slot, dtype, shape), and each instruction has a fifth part, its number in `code`, and a
        sixth one, its `Composite` or None.

        Raises:
            InvalidArgumentError: (`ValueError`) for code from elsewhere that says something else of
                an operation than that gives.
            UnimplementedError: (`NotImplementedError`) if that cannot be told before it is run.
        """
        cdef vector[uint8_t] needed
        cdef size_t k
        self.require_made()
        if self.program.get().is_believed():
            require_types_of_code(self.program.get().code())
        needed.resize(self.program.get().code().slot_count())
        for k in range(self.program.get().c_outputs().size()):
            needed[self.program.get().c_outputs()[k]] = 1
        return simplified_as_data(
            self.program.get().code(), 0, <uint32_t>self.program.get().size(), needed,
            self.program.get().c_outputs(), self.composites
        )

    @staticmethod
    def from_code(code):
        """A program of what `code` has returned, here or in another process.

        Everything is checked, so that data may come from anywhere: what does not fit raises an
        error, here, or when the program is run first and an operation gives something else than is
        said there. Constants are taken as they are.

        Args:
            code: a dict as `code` returns it, of which sequences may be lists or tuples.

        Raises:
            ValueError: (`tf.errors.InvalidArgumentError`) if it is none, or none that can be run.
            NotImplementedError: (`tf.errors.UnimplementedError`) if an operation can be run by its
                record alone, such as one with a custom gradient.
        """
        return program_of_data(code)


cdef bint changes(FunctionRecording r) except -1:
    """Whether something is there for everybody to see of what it did."""
    cdef SideEffect e
    for e in r.effects:
        if e.touches():
            return True
    return len(r.assigned) > 0


cdef vector[bint] depend_on(FunctionRecording r, const vector[uint32_t]& inputs) except *:
    """Of each record of it, whether its value depends on those of these records."""
    cdef vector[bint] found
    cdef const CallOperands* operands
    cdef uint32_t node, first = r.mode.inputs().first()
    cdef size_t k
    found.resize(active_log.size() - first)
    for k in range(inputs.size()):
        found[inputs[k] - first] = True
    for node in range(first, active_log.size()):
        if active_log.at(node).op == input_op:
            continue
        operands = r.mode.inputs().find(node)
        if operands == NULL:  # a further output of the record before
            found[node - first] = node > first and found[node - first - 1]
            continue
        for k in range(operands[0].size()):
            if operands[0][k].node != no_node and operands[0][k].node >= first:
                found[node - first] = found[node - first] or found[operands[0][k].node - first]
    return found


def bind_program():
    """Note that what a function does from here on is not for any values of its inputs.

    To be called by what draws random numbers, or computes where nothing is recorded. A program that
    is being recorded on this thread is `bound` then.
    """
    c_bind_program()
