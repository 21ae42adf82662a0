# Functions that are recorded with some extents to be run with others: what they do not see of these.

# How many are being recorded, on all threads: nothing is asked while there are none.
cdef int open_recordings = 0

# Operations of constants that give polynomials of extents for such, and so may be read by this package.
cdef frozenset POLYNOMIAL = frozenset([
    CODES[name] for name in (
        b"view", b"concat", b"stack", b"reshape", b"broadcast_to", b"identity", b"cast", b"add",
        b"subtract", b"multiply", b"negative", b"reduce_sum", b"reduce_prod",
    )
])


cdef class OpenExtents:
    """What a function is not to see while it is recorded, and what it has seen.

    The function itself gets None for an extent that is open, as in TensorFlow, and this package the
    number that it is. What else the function, and not this package, takes out of tensors is noted: it
    must be the same whatever these numbers are.

    Args:
        inputs: of each input the axes that are open.
        hidden: of other values, by `place`, the same.
    """

    cdef list inputs
    cdef dict hidden
    cdef int attempts           # to record it
    cdef readonly list seen
    """What the function has seen of shapes and values, in order: (place or None, that)."""
    cdef readonly dict shapes
    """Of all values, by their places."""

    def __init__(self, list inputs not None, dict hidden not None):
        self.inputs, self.hidden = inputs, dict(hidden)
        self.attempts = 0
        self.seen, self.shapes = [], {}

    cdef object place(self, uint32_t node):
        if node == no_node or node < active_log.program.first():
            return None
        return self.attempts, node - active_log.program.first()

    cdef int begin(self, list tensors) except -1:
        cdef Tensor t
        self.attempts += 1
        self.seen, self.shapes = [], {}
        for t, axes in zip(tensors, self.inputs):
            self.hidden[self.place(known_node(t.data, active_log))] = axes
        return 0

    cdef int end(self) except -1:
        cdef uint32_t node
        for node in range(active_log.program.first(), active_log.size()):
            self.shapes[self.place(node)] = shape_tuple(active_log.type_of_node(node).shape)
        return 0

    cdef tuple shape_of(self, Tensor t):
        cdef tuple shape = extents_of(t)
        place = self.place(known_node(t.data, active_log))
        axes = self.hidden.get(place, ())
        shape = tuple([None if k in axes else n for k, n in enumerate(shape)])
        self.seen.append((place, shape))
        return shape


cdef OpenExtents open_extents():
    """Of the function that asks; None if this package does, or nothing is open."""
    cdef FunctionRecording r = current_recording()
    if r is None or r.open is None:
        return None
    module = calling_module()
    return None if type(module) is str and (<str>module).startswith("autograd_c.") else r.open


cdef tuple seen_shape(Tensor t):
    """The shape, with None for what the function that asks is not to see."""
    cdef OpenExtents open = open_extents()
    return extents_of(t) if open is None else open.shape_of(t)


cdef int require_known(Tensor t, Py_ssize_t axes, str instead) except -1:
    """For what is made of the first extents of a shape."""
    cdef OpenExtents open = open_extents()
    if open is not None and None in open.shape_of(t)[:axes]:
        raise TypeError(f"an extent of the tensor is not known while the function is recorded: use {instead}")
    return 0


cdef int note_seen(Tensor t) except -1:
    """Of a tensor of which elements leave by name."""
    cdef OpenExtents open = open_extents()
    cdef uint32_t node
    if open is not None:
        node = known_node(t.data, active_log)
        if node != no_node:
            a = np.asarray(numpy_copy(t.data.value))
            open.seen.append((None, (a.shape, a.tobytes())))
    return 0
