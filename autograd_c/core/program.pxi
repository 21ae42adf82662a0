# Programs: calls that were recorded whole and run again, for tf.vectorized_map and tests.

cdef class Program:
    """What a function did with tensors, as instructions of the engine.

    Args:
        function: takes tensors and returns a tensor, or a list or tuple of them.
        inputs: what it is called with, a list of tensors and what becomes one.
        connected: whether derivatives flow to what the function closes over and open tapes know.
            Then it has to be run at once, where it was made.
        places: whether it is noted where each instruction is from.

    Raises:
        NotImplementedError: (`tf.errors.UnimplementedError`) if an output depends on an operation
            that cannot be run again without Python.
        RuntimeError: if a program is being recorded on this thread.
    """

    cdef EngineProgram* program
    cdef readonly list outputs
    """What the function returned."""
    cdef readonly bint bound
    """Whether it holds for these inputs alone: the function has read values of what depends on them."""
    cdef readonly list places
    """Of each instruction (file, line, function) in the user's program, or None; [] if not noted."""
    cdef list input_sizes, output_sizes

    def __cinit__(self):
        self.program = NULL

    def __dealloc__(self):
        del self.program

    def __init__(self, function, inputs, bint connected=False, bint places=False):
        cdef ProgramMode mode
        cdef vector[uint32_t] nodes
        cdef vector[Value] values
        cdef Tensor t
        cdef ProgramScope scope
        if self.program != NULL:
            raise RuntimeError("a Program is made once")
        scope.connected = connected
        mode.tape.watch_accessed = False
        mode.begin()
        if places:
            note_origins(True)
        try:
            given = []
            self.input_sizes = []
            for x in inputs:
                t = wrap((<Tensor>tensor_from(x)).data.value.detached())
                mode.tape.watch(t.data)
                nodes.push_back(active_node(t.data))
                given.append(t)
                self.input_sizes.append(t.data.value.size())
            result = function(*given)
            self.outputs = list(result) if isinstance(result, (list, tuple)) else [result]
            self.output_sizes = []
            for x in self.outputs:
                t = tensor_from(x)
                values.push_back(traced(t.data))
                self.output_sizes.append(t.data.value.size())
            self.bound = mode.bound()
            self.program = new EngineProgram(mode.tape, nodes, values, scope)
            self.places = places_of(self.program.code())
        finally:
            if places:
                note_origins(False)
                if not any_thread_checks():
                    forget_places()
            mode.end()
            mode.tape.discard()

    cdef require_made(self):
        if self.program == NULL:
            raise RuntimeError("this Program was not made: its __init__ was not called, or failed")

    def __len__(self):
        """The number of instructions."""
        self.require_made()
        return self.program.size()

    @property
    def needs_python(self):
        """Whether it runs functions of Python's: host rows."""
        self.require_made()
        return self.program.needs_python()

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
            results = self.program.run(values)
        else:
            for x in in_batch:
                has_axis.push_back(bool(x))
            results = self.program.run_batched(values, has_axis, extent)
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
        found = self.program.patterns()
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
        return list(self.program.times(values))

    def code(self):
        """What it consists of, as plain data: a dict of

        - "inputs": (dtype, shape) of each; they stand in the slots 0, 1, ...
        - "constants": (slot, tensor) of each
        - "instructions": (name, attributes, inputs, outputs) of each, in the order in which they
          are run: the name of a row of `operation_table`, its integers, the slots that it reads, and
          (slot, dtype, shape) of each that it writes
        - "outputs": the slots of the results.

        A dtype is its name, a shape a tuple. `from_code` makes a program of such a dict.
        """
        self.require_made()
        return code_as_data(self.program.code(), self.program.input_count(), self.program.c_outputs())

    def simplified_code(self):
        """What is left of it when it is run: without what nobody needs or what is computed twice.

        As `code`, but that slots may be missing, inputs, which are there if they are read, are
        (slot, dtype, shape), and each instruction has a fifth part: its number in `code`.
        """
        cdef vector[uint8_t] needed
        cdef size_t k
        self.require_made()
        needed.resize(self.program.code().slot_count())
        for k in range(self.program.c_outputs().size()):
            needed[self.program.c_outputs()[k]] = 1
        return simplified_as_data(
            self.program.code(), 0, <uint32_t>self.program.size(), needed, self.program.c_outputs()
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


def bind_program():
    """Note that what a function does from here on is not for any values of its inputs.

    To be called by what draws random numbers, or computes where nothing is recorded. A program that
    is being recorded on this thread is `bound` then.
    """
    c_bind_program()
