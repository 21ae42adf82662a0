# GradientTape: which records belong to whom, and what is asked of them.

cdef object NONE = UnconnectedGradients.NONE
cdef object ZERO = UnconnectedGradients.ZERO


@cython.freelist(8)
cdef class GradientTape:
    """Records operations, for the derivatives of what was computed in its context.

    Operations are recorded if an input is watched or was computed from something watched. Trainable
    Variables are watched when they are read; tensors are with `watch`. Tapes can be nested: a tape
    around another one's `gradient` call sees how the gradient is computed, for derivatives of any
    order.

    Args:
        persistent: whether `gradient` can be called more than once; otherwise the records are let
            go of during the first call.
        watch_accessed_variables: whether trainable Variables are watched when they are read.

    >>> import autograd_c as tf
    >>> x = tf.constant(3.0)
    >>> with tf.GradientTape() as outer:
    ...     outer.watch(x)
    ...     with tf.GradientTape() as inner:
    ...         inner.watch(x)
    ...         y = x * x * x
    ...     slope = inner.gradient(y, x)
    >>> print(slope.numpy(), outer.gradient(slope, x).numpy())
    27.0 18.0
    """

    cdef Tape tape
    cdef readonly bint _persistent
    cdef dict variables    # watched ones, by identity; they stay when the tape is used up
    cdef bint used_up
    cdef object __weakref__

    def __cinit__(self):
        self.tape.owner = <void*>self

    def __init__(self, persistent=False, watch_accessed_variables=True):
        self._persistent = persistent
        self.tape.watch_accessed = watch_accessed_variables

    def __dir__(self):
        return present(self)

    def __enter__(self):
        if self.tape.recording:
            raise ValueError(
                "Tape is still recording, This can happen if you try to re-enter an "
                "already-active tape."
            )
        self.check_idle("entered")
        if not self.tape.entered():
            self.variables = None
        self.tape.enter()
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        if self.tape.recording:
            try:
                advance_from(&self.tape)
            finally:
                self.tape.leave()
        if exc_value is not None and self.tape.strict != 0:
            uncover_leaving(exc_value)

    def watch(self, tensor):
        """Watch tensors or Variables: operations on them are recorded from now on.

        Args:
            tensor: a tensor or Variable, or a nested structure of them.

        Raises:
            ValueError: for anything else in the structure.
            RuntimeError: if the tape was never entered.

        >>> import autograd_c as tf
        >>> x = tf.constant(2.0)
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> print(tape.gradient(y, x).numpy())
        4.0
        """
        cdef Tensor t
        if not self.tape.entered():
            raise RuntimeError(USED_UP if self.used_up else NEVER_ENTERED)
        self.check_idle("asked to watch")
        if self.tape.recording:
            advance_from(&self.tape)
        note_tape_used(self.tape)
        cdef bint used = False
        if type(tensor) is Tensor:
            if self.watch_tensor(<Tensor>tensor):
                warn_once_each_place("late", LATE_WARNING)
            return
        leaves = nest.flatten(tensor)
        for k, x in enumerate(leaves):
            if hasattr(x, "_recorded_values"):  # SparseTensor
                leaves[k] = x = x._recorded_values
            if not isinstance(x, (Tensor, Variable)):
                raise ValueError(
                    f"Passed in object {x} of type {type(x).__name__!r}, not tf.Tensor or "
                    "tf.Variable or ExtensionType."
                )
        for x in leaves:
            if isinstance(x, Variable):
                used |= self.watch_variable(<Variable>x)
            else:
                used |= self.watch_tensor(<Tensor>x)
        if used:
            warn_once_each_place("late", LATE_WARNING)

    # Neither `self` nor a tensor can be None in what most gradients go through.

    @cython.nonecheck(False)
    cdef bint watch_tensor(self, Tensor t) except -1:
        """Whether operations of this tape have used it before, as a constant."""
        if not is_differentiable(t.data.value.dtype):
            warn_once_each_place(
                t.dtype.name,
                "The dtype of the watched tensor must be floating (e.g. tf.float32), got "
                f"{t.dtype!r}",
            )
            return False
        return self.tape.watch(t.data)

    cdef bint watch_variable(self, Variable v) except -1:
        """Whether operations of this tape have used it before, as a constant."""
        cdef bint used = False
        if self.variables is None:
            self.variables = {}
        if id(v) in self.variables:
            return False
        if is_differentiable(tensor_of(v).data.value.dtype):
            used = self.tape.watch(tensor_of(v).data)
        self.variables[id(v)] = v
        return used

    def watched_variables(self):
        """The Variables watched so far, in the order in which they were made, as a tuple.

        They are still known when a tape that is not persistent was asked for its gradient; not after
        a `reset`, or when the tape is entered anew.
        """
        if self.variables is None:
            return ()
        return tuple(sorted(self.variables.values(), key=variable_order))

    def stop_recording(self):
        """A context manager in which this tape does not record.

        Raises:
            RuntimeError: if it was never entered.
            ValueError: if it is not recording.

        >>> import autograd_c as tf
        >>> x = tf.constant(2.0)
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        ...     with tape.stop_recording():
        ...         z = y * x
        >>> print(tape.gradient(z, x))
        None
        """
        note_tape_used(self.tape)
        if not self.tape.entered():
            raise RuntimeError(
                "Trying to stop recording a tape which is not recording. "
                + (USED_UP if self.used_up else NEVER_ENTERED)
            )
        if not self.tape.recording:
            raise ValueError("Tape is not recording.")
        return _StopRecording(self)

    def reset(self):
        """Forget all that was recorded and watched; go on recording.

        Raises:
            ValueError: if the tape is not recording.
        """
        if not self.tape.recording:
            raise ValueError("Tape is not recording.")
        self.check_idle("reset")
        note_tape_used(self.tape)
        advance_from(&self.tape)
        self.tape.reset()
        self.variables = None

    cdef int check_idle(self, str what) except -1:
        if self.tape.asked():
            raise RuntimeError(
                f"a GradientTape cannot be {what} while another thread sweeps it, or by a rule that "
                "its own sweep has called"
            )
        return 0

    # ------------------------------------------------------------ gradient

    @cython.nonecheck(False)
    def gradient(self, target, sources, output_gradients=None,
                 unconnected_gradients=UnconnectedGradients.NONE):
        """The gradient of the sum of all targets' elements, for each source.

        Args:
            target: a tensor or Variable, or a nested structure of them; several are summed.
                Python numbers and integer tensors are constants.
            sources: a tensor or Variable, or a nested structure of them.
            output_gradients: the cotangents of the targets, in their structure, shape and dtype;
                ones where None.
            unconnected_gradients: what a source gets that no target depends on:
                `UnconnectedGradients.NONE` ("none"), or `ZERO` ("zero") for zeros of its shape.

        Returns:
            A structure like `sources`, of tensors of the shapes and dtypes of the sources, or None.

        Raises:
            RuntimeError: if the tape was never entered, or is used up.
            TypeError: if `target` is None, or a target or source is no tensor.
            ValueError: for other `unconnected_gradients`, or output gradients that do not fit.

        For complex numbers the convention is TensorFlow's: the conjugate of the derivative.

        >>> import autograd_c as tf
        >>> x, w = tf.constant([1.0, 2.0]), tf.Variable([3.0, 4.0])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = tf.reduce_sum(x * w)
        >>> tape.gradient(y, {"x": x, "w": w})["w"]
        <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>
        """
        note_tape_used(self.tape)
        cdef Seed seed
        cdef uint32_t node
        cdef Answer found
        cdef vector[Seed] seeds
        cdef vector[uint32_t] nodes
        cdef vector[Answer] answers
        cdef Tensor t
        cdef Claim claim
        self.claim(claim, not self._persistent)
        if self.tape.recording:
            if self._persistent:
                warn_once_each_place("inside", INSIDE_WARNING)
            else:
                advance_from(&self.tape)
                self.tape.leave()
        if target is None:
            raise TypeError(NO_TARGET)
        zero = unconnected_gradients is not NONE
        if zero:
            zero = UnconnectedGradients(unconnected_gradients) is ZERO
        # The most frequent call: one tensor, one source.
        if type(target) is Tensor and type(sources) is Tensor and output_gradients is None:
            t = <Tensor>sources
            seed_target(&seed, <Tensor>target, None, self.tape.log())
            node = source_node(t, self.tape.log())
            self.sweep(claim, &seed, seed.node != no_node, &node, 1, &found)
            result = None
            if not found.connected:
                result = ones_if_same(target, sources, None)
            return answer(&found, t, zero) if result is None else result
        plain_list = type(sources) is list and all_leaves(<list>sources)
        flat_sources = [source_tensor(x) for x in
                        (sources if plain_list else nest.flatten(sources))]
        targets = [target] if type(target) is Tensor else nest.flatten(target)
        cotangents = paired(targets, output_gradients)
        for k in range(len(targets)):
            x = values_of(targets[k])
            if isinstance(x, (Tensor, Variable)):
                if seed_target(&seed, source_tensor(x), cotangents[k], self.tape.log()):
                    seeds.push_back(seed)
            elif not isinstance(x, (int, float, complex, np.generic, np.ndarray)):
                raise TypeError(f"a target is a tensor, a Variable or a number, not {x!r}")
        for t in flat_sources:
            nodes.push_back(source_node(t, self.tape.log()))
        answers.resize(nodes.size())
        self.sweep(claim, seeds.data(), seeds.size(), nodes.data(), nodes.size(), answers.data())
        results = []
        for k in range(len(flat_sources)):
            t = <Tensor>flat_sources[k]
            result = None
            if not answers[k].connected:
                for j in range(len(targets)):
                    if result is None:
                        result = ones_if_same(read_only(targets[j]), t, cotangents[j])
            results.append(answer(&answers[k], t, zero) if result is None else result)
        return results if plain_list else nest.pack_sequence_as(sources, results)

    @cython.nonecheck(False)
    cdef int sweep(self, Claim& claim, Seed* seeds, size_t seed_count, uint32_t* nodes,
                   size_t count, Answer* answers) except -1:
        """One reverse sweep; sources without a node stay unconnected.

        Uses the tape up, but if it fails before it has let go of any record.
        """
        cdef bint consume = (not self._persistent and self.tape.only_asked() and not checks_numerics()
                             and claim.alone())
        cdef bint done = False
        cdef vector[uint32_t] known
        cdef vector[Answer] found
        cdef size_t k, n = 0
        try:
            if count == 1 and seed_count:
                if nodes[0] != no_node:
                    reverse_sweep(self.tape, seeds, seed_count, nodes, 1, answers, consume)
                done = True
                return 0
            for k in range(count):
                if nodes[k] != no_node:
                    known.push_back(nodes[k])
            found.resize(known.size())
            if known.size() and seed_count:
                reverse_sweep(self.tape, seeds, seed_count, known.data(), known.size(),
                              found.data(), consume)
            for k in range(count):
                if nodes[k] != no_node:
                    answers[k] = found[n]
                    n += 1
            done = True
        finally:
            if done or (consume and self.tape.log().use.consumed):
                self.use_up(claim)
        return 0

    # ------------------------------------------------------------ jacobian

    def jacobian(self, target, sources, unconnected_gradients=UnconnectedGradients.NONE,
                 parallel_iterations=None, experimental_use_pfor=True):
        """The Jacobian of a target: the derivatives of each of its elements.

        Args:
            target: a tensor or Variable, or a nested structure of them.
            sources: a tensor or Variable, or a nested structure of them.
            unconnected_gradients: what a source gets that the target does not depend on, as for
                `gradient`; zeros have the Jacobian's shape.
            parallel_iterations, experimental_use_pfor: accepted and ignored. Many cotangents always
                go through one compiled sweep together, in blocks of at most 64 MB (as float64) for
                each array.

        Returns:
            A structure like `sources` (for a structure of targets, one for each target in their
            structure) of tensors of shape [*target.shape, *source.shape], or None.

        Raises:
            RuntimeError, TypeError, ValueError: as `gradient`.

        >>> import autograd_c as tf
        >>> x = tf.constant([1.0, 2.0])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> print(tape.jacobian(y, x).numpy())
        [[2. 0.]
         [0. 4.]]
        """
        note_tape_used(self.tape)
        cdef Claim claim
        self.claim(claim, not self._persistent)
        leaves = [] if target is None else [target] if type(target) is Tensor else (
            nest.flatten(target))
        targets, flat_sources, zero = self.asked(
            target if type(target) is Tensor or target is None
            else [values_of(x) for x in leaves], sources, unconnected_gradients)
        cdef list results = []
        cdef list shaped
        cdef bint done = False
        cdef Tensor t, source
        cdef Shape shape
        cdef int k
        try:
            for x, t in zip(leaves, targets):
                found = self.jacobian_rows(t, flat_sources, False)
                shaped = []
                for source, rows in zip(flat_sources, found):
                    shape = t.data.value.shape()
                    for k in range(source.data.value.rank()):
                        shape.push(source.data.value.extent(k))
                    if rows is not None:
                        rows = wrap(op_reshape(traced((<Tensor>rows).data), shape))
                    if values_of(x) is not x:
                        shape.dims[0] = x.shape[0]
                        if rows is not None:
                            rows = scatter_rows(rows, x.indices, x.shape[0])
                    if rows is None and zero:
                        rows = wrap(op_full(source.data.value.dtype, shape, 0))
                    shaped.append(rows)
                results.append(shaped[0] if type(sources) is Tensor else
                               nest.pack_sequence_as(sources, shaped))
            done = True
        finally:
            if done or not checks_numerics():
                self.use_up(claim)
        return results[0] if type(target) is Tensor else nest.pack_sequence_as(target, results)

    def batch_jacobian(self, target, source, unconnected_gradients=UnconnectedGradients.NONE,
                       parallel_iterations=None, experimental_use_pfor=True):
        """The Jacobian of each row of a target in the same row of a source.

        Args:
            target: a tensor of shape [b, ...]; row i may depend on row i of `source` only.
            source: a tensor or Variable of shape [b, ...].
            unconnected_gradients: what is returned if the target does not depend on the source.
            parallel_iterations, experimental_use_pfor: accepted and ignored.

        Returns:
            A tensor of shape [b, *target.shape[1:], *source.shape[1:]], or None.

        Raises:
            ValueError: if the first axes differ, or a rank is 0; else as `gradient`.

        >>> import autograd_c as tf
        >>> x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> print(tape.batch_jacobian(y, x).numpy()[1])
        [[6. 0.]
         [0. 8.]]
        """
        note_tape_used(self.tape)
        cdef Claim claim
        self.claim(claim, not self._persistent)
        (t,), (s,), zero = self.asked(target, source, unconnected_gradients)
        if t.ndim == 0 or s.ndim == 0 or extents_of(t)[0] != extents_of(s)[0]:
            raise ValueError(
                f"Need first dimension of target shape ({extents_of(t)}) and source shape ({extents_of(s)}) to "
                "match."
            )
        done = False
        try:
            rows, = self.jacobian_rows(t, [s], True)
            done = True
        finally:
            if done or not checks_numerics():
                self.use_up(claim)
        shape = (*extents_of(t), *extents_of(s)[1:])
        if rows is None:
            return full(shape, 0, s.dtype) if zero else None
        axes = [1, 0, *range(2, rows.ndim)]
        return reshape(transpose(rows, axes), shape)

    cdef tuple asked(self, object target, object sources, object unconnected_gradients):
        """Targets and sources as flat lists of tensors, and whether zeros are wanted."""
        if self.tape.recording:
            if self._persistent:
                warn_once_each_place("inside", INSIDE_WARNING)
            else:
                advance_from(&self.tape)
                self.tape.leave()
        if target is None:
            raise TypeError(NO_TARGET)
        zero = unconnected_gradients is not NONE
        if zero:
            zero = UnconnectedGradients(unconnected_gradients) is ZERO
        if type(target) is Tensor and type(sources) is Tensor:  # as nearly always
            return [target], [sources], zero
        for x in nest.flatten(target):
            # As in TensorFlow, a Variable is read here, and so watched.
            if isinstance(x, Variable) and x.trainable and self.tape.watch_accessed:
                self.watch_variable(<Variable>x)
        return ([source_tensor(x) for x in nest.flatten(target)],
                [source_tensor(x) for x in nest.flatten(sources)], zero)

    cdef list jacobian_rows(self, Tensor target, list sources, bint shared_rows):
        """For each source, a tensor of shape [elements of the target, *source.shape], or None."""
        cdef Seed seed
        cdef vector[uint32_t] nodes
        cdef vector[Answer] found
        cdef Tensor t
        cdef uint32_t node
        cdef list places = [], results = [None] * len(sources)
        for k in range(len(sources)):
            t = <Tensor>sources[k]
            node = source_node(t, self.tape.log())
            if node != no_node:
                nodes.push_back(node)
                places.append(k)
        if not seed_target(&seed, target, None, self.tape.log()) or nodes.size() == 0:
            return results
        found.resize(nodes.size())
        jacobian_sweep(self.tape, seed, nodes.data(), nodes.size(), found.data(), shared_rows)
        for k in range(len(places)):
            if found[k].connected:
                results[places[k]] = wrap(found[k].value)
        return results

    @cython.nonecheck(False)
    cdef int claim(self, Claim& claim, bint once) except -1:
        if not claim.take(self.tape, once):
            # What is there, and refused, is being used up.
            raise RuntimeError(USED_UP if self.used_up or self.tape.entered() else NEVER_ENTERED)
        return 0

    @cython.nonecheck(False)
    cdef int use_up(self, Claim& claim) except -1:
        if not self._persistent:
            claim.use_up()
            self.used_up = True
        return 0

    def _jvp(self, targets, sources, tangents):
        """Push tangents of `sources` forward along the records; for each target its own, or None."""
        cdef vector[Seed] seeds
        cdef vector[uint32_t] nodes
        cdef vector[Answer] found
        cdef uint32_t node
        cdef Seed seed
        cdef Tensor t, v
        cdef list places = [], results = [None] * len(targets)
        cdef size_t k
        cdef Claim claim
        self.claim(claim, False)
        for x, tangent in zip(sources, tangents, strict=True):
            t = source_tensor(x)
            v = tensor_from(tangent, <int>t.data.value.dtype)
            seed.node = source_node(t, self.tape.log())
            seed.value = traced(v.data)
            if seed.node != no_node:
                seeds.push_back(seed)
        for place, target in enumerate(targets):
            node = source_node(source_tensor(target), self.tape.log())
            if node != no_node:
                nodes.push_back(node)
                places.append(place)
        found.resize(nodes.size())
        forward_sweep(self.tape, seeds.data(), seeds.size(), nodes.data(), nodes.size(),
                      found.data())
        for k in range(nodes.size()):
            if found[k].connected:
                results[places[k]] = wrap(found[k].value)
        return results


cdef str USED_UP = (
    "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"
)
cdef str NEVER_ENTERED = (
    "This GradientTape was never entered, and has recorded nothing: compute inside "
    "`with tf.GradientTape() as tape:`, watch there what is no Variable, and ask the tape after it"
)
cdef str LATE_WARNING = (
    "watch: operations of this tape have already used the tensor, as a constant: no gradient goes "
    "through what they computed. Watch it first, before anything is computed with it."
)
cdef str NO_TARGET = (
    "Argument `target` should be a list or nested structure of Tensors, Variables or "
    "CompositeTensors to be differentiated, but received None."
)
cdef str INSIDE_WARNING = (
    "Calling GradientTape.gradient on a persistent tape inside its context is significantly less "
    "efficient than calling it outside the context (it causes the gradient ops to be recorded on "
    "the tape, leading to increased CPU and memory usage). Only call GradientTape.gradient inside "
    "the context if you actually want to trace the gradient in order to compute higher order "
    "derivatives."
)


class _StopRecording:
    """Pauses a tape."""

    __slots__ = ("_tape",)

    def __init__(self, tape):
        self._tape = tape

    def __enter__(self):
        pause(self._tape)

    def __exit__(self, exc_type, exc_value, traceback):
        resume(self._tape)


cdef int pause(GradientTape t) except -1:
    if not t.tape.recording:
        raise ValueError("Tape is not recording.")
    advance_from(&t.tape)
    t.tape.set_aside()
    return 0


cdef int resume(GradientTape t) except -1:
    if t.tape.recording:
        raise ValueError("Tape is still recording: it was entered while it was to be paused.")
    t.tape.enter()
    return 0
