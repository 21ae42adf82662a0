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
    number that it is. What else is taken out of tensors, but for arguments that are integers, is noted:
    it must be the same whatever these numbers are.

    Args:
        inputs: of each input the axes that are open.
        hidden: of other values, by `place`, the same.
    """

    cdef list inputs
    cdef dict hidden
    cdef int attempts           # to record it
    cdef readonly list seen
    """Shapes that the function has seen, and values, in order: (place or None, that)."""
    cdef readonly dict shapes
    """Of all values, by their places."""
    cdef readonly set limits
    """Extents from which on, or up to which, this package has done something else."""

    def __init__(self, list inputs not None, dict hidden not None):
        self.inputs, self.hidden = inputs, dict(hidden)
        self.attempts = 0
        self.seen, self.shapes, self.limits = [], {}, set()

    cdef object place(self, uint32_t node):
        if node == no_node or node < active_log.program.first():
            return None
        return self.attempts, node - active_log.program.first()

    cdef int begin(self, list tensors) except -1:
        cdef Tensor t
        self.attempts += 1
        self.seen, self.shapes, self.limits = [], {}, set()
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
    """Of the function that is being recorded on this thread; None if nothing is open."""
    cdef FunctionRecording r = current_recording() if open_recordings != 0 else None
    return None if r is None else r.open


cdef bint is_own_frame(object frame):
    """Whether code of this package runs there, and does not hand on what it finds, as `TensorShape`."""
    module = frame.f_globals.get("__name__")
    return (type(module) is str and (<str>module).startswith("autograd_c.")
            and module != "autograd_c.values.shape")


cdef tuple seen_shape(Tensor t):
    """The shape, with None for what the function that asks is not to see."""
    cdef OpenExtents open = open_extents()
    return extents_of(t) if open is None or is_own_frame(sys._getframe()) else open.shape_of(t)


def shape_for_caller(x):
    """The shape of a tensor or Variable as who calls the calling function is to see it."""
    cdef OpenExtents open = open_extents()
    cdef Tensor t = tensor_from(x)
    if open is None or is_own_frame(sys._getframe().f_back):
        return make_shape(extents_of(t))
    return make_shape(open.shape_of(t))


def note_seen_shape(shape):
    """That who calls the calling function sees it: of what is no tensor."""
    cdef OpenExtents open = open_extents()
    if open is not None and not is_own_frame(sys._getframe().f_back):
        open.seen.append((None, tuple(shape)))


cdef int require_known(Tensor t, Py_ssize_t begin, Py_ssize_t end, str instead) except -1:
    """For what is made of these extents."""
    cdef OpenExtents open = open_extents()
    if (open is not None and not is_own_frame(sys._getframe())
            and None in open.shape_of(t)[begin:end]):
        raise TypeError(f"an extent of the tensor is not known while the function is recorded: use {instead}")
    return 0


cdef int require_guard() except -1:
    """For a value that is read, which may depend on extents: in a part there are no guards."""
    cdef FunctionRecording r = current_recording()
    if r is not None and r.open is not None:
        r.require_no_part("reads a value while extents are open")
    return 0


cdef int note_seen(Tensor t) except -1:
    """Of a tensor of which somebody takes elements, other than arguments that are integers."""
    cdef OpenExtents open = open_extents()
    if open is not None and known_node(t.data, active_log) != no_node:
        require_guard()
        a = np.asarray(numpy_copy(t.data.value))
        open.seen.append((None, hash((a.shape, a.tobytes()))))
    return 0


cpdef int note_limit(limit) except -1:
    """To be told of a number of the caller's that extents are compared with."""
    cdef OpenExtents open = open_extents()
    if open is not None:
        open.limits.add(abs(limit))
    return 0


def note_ends(item not None):
    """The same of the ends of a slice."""
    for end in (item.start, item.stop):
        if isinstance(end, int):
            note_limit(end)
