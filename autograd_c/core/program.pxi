# Programs: calls that were recorded whole and run again, for tf.vectorized_map and tests.

cdef class Program:
    """What a function did with tensors, as instructions of the engine.

    Args:
        function: takes tensors and returns a tensor, or a list or tuple of them.
        inputs: what it is called with, a list of tensors and what becomes one.
        connected: whether derivatives flow to what the function closes over and open tapes know.
            Then it has to be run at once, where it was made.

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
    cdef list input_sizes

    def __cinit__(self):
        self.program = NULL

    def __dealloc__(self):
        del self.program

    def __init__(self, function, inputs, bint connected=False):
        cdef ProgramMode mode
        cdef vector[uint32_t] nodes
        cdef vector[Value] values
        cdef Tensor t
        if self.program != NULL:
            raise RuntimeError("a Program is made once")
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
            result = function(*given)
            self.outputs = list(result) if isinstance(result, (list, tuple)) else [result]
            for x in self.outputs:
                values.push_back(traced((<Tensor>tensor_from(x)).data))
            self.bound = mode.bound()
            self.program = new EngineProgram(mode.tape, nodes, values, connected)
        finally:
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
            wrap(dense(found[k], (<Tensor>tensor_from(y)).data.value.size(), columns))
            for k, y in enumerate(self.outputs)
        ]


def bind_program():
    """Note that what a function does from here on is not for any values of its inputs.

    To be called by what draws random numbers, or computes where nothing is recorded. A program that
    is being recorded on this thread is `bound` then.
    """
    c_bind_program()
