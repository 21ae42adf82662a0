# ForwardAccumulator: tangents of what is computed in its context.

@cython.final
cdef class Unassigned:
    """A tensor as it is now, whatever is assigned to it later."""

    cdef Tensor itself  # other recorders may come to know it
    cdef Tensor as_it_was
    cdef int assigned

    @staticmethod
    cdef Unassigned of(Tensor t):
        cdef Unassigned u = Unassigned.__new__(Unassigned)
        u.itself = t
        u.as_it_was = wrap(traced(t.data))
        u.assigned = t.data.assigned
        return u

    cdef Tensor tensor(self):
        cdef bint same = self.itself.data.assigned == self.assigned and self.assigned < 255
        return self.itself if same else self.as_it_was


cdef class ForwardAccumulator:
    """Computes Jacobian-vector products: tangents pushed forward along the operations as they ran.

    Args:
        primals: tensors or Variables, or a nested structure of them: where the derivative is taken.
        tangents: the vector, in the same structure, of the shapes and dtypes of the primals.

    Accumulators can be nested in each other and in tapes, in any order; each sees what the ones
    inside it compute.

    Raises:
        ValueError: if the structures, shapes or dtypes differ, or a primal is given twice; on
            entering, if it is recording already.

    One reverse sweep gives a row of the Jacobian, one accumulator a column (a combination of columns,
    with the tangents as weights): prefer it where there are fewer inputs than outputs.

    >>> import autograd_c as tf
    >>> x = tf.constant([1.0, 2.0])
    >>> with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0])) as accumulator:
    ...     y = tf.reduce_sum(x * x)
    >>> print(accumulator.jvp(y).numpy())
    2.0
    """

    cdef Tape tape
    cdef TangentTable* table
    cdef dict given    # by identity of the primal: it and its tangent
    cdef list pending  # what the table does not have yet
    cdef bint watched
    cdef cbool advancing
    cdef bint operated    # anything but watched values was recorded
    cdef uint32_t looked  # until where nothing was
    cdef object failure  # of a push that nobody asked for; raised when somebody does
    cdef object __weakref__

    def __cinit__(self):
        self.tape.owner = <void*>self
        self.tape.forward = True
        self.tape.watch_accessed = False
        self.table = new TangentTable(self.tape)

    def __dealloc__(self):
        # Otherwise a fork has lost the thread that was at it.
        if not self.advancing:
            del self.table

    def __init__(self, primals, tangents):
        self.given = {}
        self.pending = []
        self.watched = False
        self.watch(primals, tangents)

    cdef int check_made(self) except -1:
        if self.given is None:
            raise RuntimeError(
                f"a {type(self).__name__} has no primals: {type(self).__name__}.__init__ must call "
                "super().__init__(primals, tangents) first"
            )
        return 0

    def watch(self, primals, tangents):
        """Push tangents from further primals; for operations from now on.

        Raises:
            ValueError: if structures, shapes or dtypes differ, or a primal is given twice.
        """
        cdef Tensor p, t
        self.check_made()
        note_tape_used(self.tape)
        nest.assert_same_structure(primals, tangents)
        new = {}
        for x, v in zip(nest.flatten(primals), nest.flatten(tangents)):
            if not isinstance(x, (Tensor, Variable)):
                raise ValueError(f"a primal must be a tf.Tensor or a tf.Variable, not {x!r}")
            p = source_tensor(x)
            t = identity(v) if isinstance(v, Variable) else tensor_from(
                v, <int>p.data.value.dtype)
            if not isinstance(v, (Tensor, Variable)):
                t = as_dtype_tensor(t, <int>p.data.value.dtype)
            if t.data.value.dtype != p.data.value.dtype:
                raise ValueError(
                    f"Tensor conversion requested dtype {p.dtype.name} for Tensor with dtype "
                    f"{t.dtype.name}: {v!r}"
                )
            if not t.data.value.same_shape(p.data.value):
                raise ValueError(
                    f"the tangent of a primal of shape {tuple(p.shape)} has shape {tuple(t.shape)}"
                )
            if id(p) in self.given or id(p) in new:
                raise ValueError(
                    f"Tensor {x} was specified as a primal multiple times. This may indicate an "
                    "error. If it was intended, please sum the corresponding tangents."
                )
            if not is_differentiable(p.data.value.dtype):
                warn_once_each_place(
                    p.dtype.name,
                    "The dtype of the watched primal must be floating (e.g. tf.float32), got "
                    f"{p.dtype!r}",
                )
                continue
            new[id(p)] = (p, t)
        self.given.update(new)
        if self.watched:
            # What was computed before does not count.
            if self.tape.recording:
                advance_from(&self.tape)
            self.advance()
            self.seed(list(new.values()))

    cdef int seed(self, list pairs) except -1:
        cdef Tensor p
        cdef Tensor t
        # Where the tape begins counts as always.
        cdef uint32_t since = self.tape.log().size() if self.has_operations() else 0
        for p, t in pairs:
            self.tape.watch(p.data)
            self.pending.append((Unassigned.of(p), Unassigned.of(t), since))
        return 0

    cdef bint has_operations(self) except -1:
        """Whether anything but watched values was recorded."""
        if not self.operated:
            self.operated = self.tape.has_operations(self.looked)
            self.looked = self.tape.log().size()
        return self.operated

    cdef int plant(self) except -1:
        """Hand the given tangents to the table, as other recorders know them by now."""
        cdef Tensor p, t
        cdef Unassigned primal, tangent
        for primal, tangent, since in self.pending:
            p = primal.tensor()
            t = tangent.tensor()
            self.table.seed(known_node(p.data, self.tape.log()), traced(t.data), since)
        self.pending = []
        return 0

    def __enter__(self):
        if self.tape.recording:
            raise ValueError("Accumulator is already recording.")
        self.check_made()
        self.check_idle()
        self.tape.enter()
        if not self.watched:
            self.watched = True
            self.seed(list(self.given.values()))
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        if self.tape.recording:
            try:
                # The recorders around this one must see how its tangents come about.
                if thread_state().open.size() > 1:
                    advance_from(&self.tape)
            finally:
                self.tape.leave()
        if exc_value is not None and self.tape.strict != 0:
            uncover_leaving(exc_value)

    cdef int advance(self, uint32_t end=no_node) except -1:
        """Push the tangents to the end of the log, or through the records before `end`.

        Neither this accumulator nor what was entered after it sees how, as in TensorFlow: otherwise
        two accumulators would see each other's tangents, without end.
        """
        cdef uint32_t limit
        cdef list inner = []
        cdef Tape* tape
        cdef Claim claim
        cdef bint after = False
        self.check_idle()
        if not claim.take(self.tape, False):
            return 0
        limit = min(self.tape.log().size(), end)
        # As late as possible: a recorder outside may come to watch a tangent that was given.
        if self.pending and not self.has_operations():
            return 0
        self.plant()
        if not self.table.behind(limit):
            return 0
        if self.tape.recording:
            for tape in thread_state().open:
                after = after or tape == &self.tape
                if after and tape.owner != NULL:
                    inner.append(<object>tape.owner)
            for owner in reversed(inner):
                recorder(owner).set_aside()
        self.advancing = True
        try:
            self.table.advance(limit)
        finally:
            self.advancing = False
            take_tapes_up(inner)
        return 0

    cdef int check_idle(self) except -1:
        if self.advancing:
            raise RuntimeError(
                "a ForwardAccumulator is asked while it pushes tangents, by another thread or by a "
                "rule that it has come to"
            )
        return 0

    def jvp(self, target, unconnected_gradients=UnconnectedGradients.NONE):
        """The tangent of a target: the Jacobian of what it was computed from, times the tangents.

        Args:
            target: a tensor or Variable, or a nested structure of them.
            unconnected_gradients: what a target gets that does not depend on a primal:
                `UnconnectedGradients.NONE` ("none"), or `ZERO` ("zero") for zeros of its shape.

        Returns:
            A structure like `target`, of tensors of the targets' shapes and dtypes, or None.

        Raises:
            ValueError: for other `unconnected_gradients`.
            TypeError: if a target is no tensor.

        >>> import autograd_c as tf
        >>> x = tf.constant(3.0)
        >>> with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as accumulator:
        ...     y = x * x * x
        >>> print(accumulator.jvp(y).numpy())
        27.0
        """
        cdef Tensor t
        cdef uint32_t node
        cdef const Value* found
        cdef Claim claim
        self.check_made()
        zero = UnconnectedGradients(unconnected_gradients) is ZERO
        cdef list targets = [source_tensor(x) for x in nest.flatten(target)]
        cdef uint32_t limit = 0
        self.check_idle()
        note_tape_used(self.tape)
        if claim.take(self.tape, False):
            for t in targets:
                node = node_of(t.data, self.tape.log())
                if node != no_node:
                    limit = max(limit, node + 1)
        if self.tape.recording:
            advance_from(&self.tape)
        if self.failure is None:
            self.advance(limit)
        # A rule that failed stands in the way of what comes after it.
        elif limit > self.table.position():
            raise self.failure
        if self.tape.entered():
            self.plant()
        results = []
        for t in targets:
            found = NULL
            if self.tape.entered() and is_differentiable(t.data.value.dtype):
                node = node_of(t.data, self.tape.log())
                if node != no_node:
                    self.table.require(node)
                    found = self.table.find(node)
            given = self.given.get(id(t), NO_PAIR)[1]
            if given is not None and (found == NULL or same_value(found[0], given)):
                results.append(given)
            elif found != NULL:
                results.append(wrap_in_log(found[0], self.tape.log()))
            elif zero:
                results.append(wrap(op_full(t.data.value.dtype, t.data.value.shape(), 0.0)))
            else:
                results.append(None)
        return nest.pack_sequence_as(target, results)


cdef tuple NO_PAIR = (None, None)


cdef bint same_value(const Value& v, Tensor t):
    """The very same memory, or number."""
    return v.bits == t.data.value.bits and v.is_array == t.data.value.is_array


cdef Tensor wrap_in_log(const Value& v, Log* log):
    """A tensor for a value whose node is of the given log, whether or not that is recording now."""
    cdef Tensor t = new_tensor()
    cdef Value copy = v
    t.data.value.swap(copy)
    if t.data.value.node != no_node:
        t.data.epoch = log.epoch
    return t


cdef int advance_from(Tape* outer) except -1:
    """Let the accumulators entered after a recorder, or as it, catch up while it still records.

    An error of theirs is kept until their products are asked for.
    """
    cdef Tape* tape
    cdef list accumulators
    cdef bint after = False
    if thread_state().forward == 0:
        return 0
    accumulators = []
    for tape in thread_state().open:
        after = after or tape == outer
        if after and tape.forward:
            accumulators.append(<object>tape.owner)
    # From the inside out: an outer one sees what the inner ones compute.
    for accumulator in reversed(accumulators):
        try:
            (<ForwardAccumulator>accumulator).tape.wait_for_sweeps()
            (<ForwardAccumulator>accumulator).advance()
        except Exception as error:
            (<ForwardAccumulator>accumulator).failure = error
    return 0
