# Functions that are recorded and run again: what tf.function is made of.

cdef enum:
    CALLS_KEPT = 1024  # whose trees are found by the key of the call alone

cdef bint functions_are_called = False


def call_functions(bint are_called):
    """Whether all functions are called each time from now on, and no record is run."""
    global functions_are_called
    functions_are_called = are_called


def tensor_of_array(x):
    """What a function gets for a leaf of its arguments."""
    if not isinstance(x, (np.ndarray, np.generic)):
        return x
    t = tensor_of_numbers(x)
    return x if t is None else t


def result_leaf(x):
    """What tf.function gives for a leaf of what the function returned."""
    if type(x) is Tensor or x is None:
        return x
    if isinstance(x, Variable):
        return identity(x)
    if isinstance(x, (bool, int, float, complex, np.ndarray, np.generic)):
        return constant(x)
    if isinstance(x, TensorShape) and x.is_fully_defined():
        return constant(np.array(x, np.int32))
    if not isinstance(x, (str, bytes, type, dtypes.DType)) and type(x) not in composites:
        unrecordable(f"it returns an object of type {type(x).__name__}, which may hold tensors")
    return x


@cython.final
cdef class KnownCall:
    """The tree for calls of one key, and which of their tensors it takes."""

    cdef PathTree tree
    cdef object kind            # of a function from a file, in the place of a tree
    cdef object key
    cdef vector[Py_ssize_t] places
    cdef bint takes_all         # of them, in their order
    cdef list kept              # as long as the key

    cdef list taken(self, list tensors):
        cdef size_t k
        if self.takes_all:
            return tensors
        return [tensors[self.places[k]] for k in range(self.places.size())]


cdef KnownCall known_call(CallKey key, list tensors):
    """Of calls of that key, if what is taken are tensors as they are given; else None."""
    cdef KnownCall known = KnownCall.__new__(KnownCall)
    cdef dict places = {id(t): k for k, t in enumerate(key.tensors)}
    for t in tensors:
        if id(t) not in places:
            return None
        known.places.push_back(places[id(t)])
    known.key, known.kept = key.found(), key.kept
    known.takes_all = same_objects(tensors, key.tensors)
    return known


cdef class KnownKinds:
    """For which kind of arguments calls are, as far as that was found out: of functions from files."""

    cdef dict calls             # by their keys

    def __init__(self):
        self.calls = {}

    def find(self, tuple args not None, dict kwargs not None):
        """The kind, and the tensors of a call in the order in which it takes them; or None."""
        cdef CallKey key = CallKey.__new__(CallKey)
        cdef KnownCall known
        key.read(args, kwargs)
        known = <KnownCall>self.calls.get(key.found())
        return None if known is None else (known.kind, known.taken(key.tensors))

    def remember(self, tuple args not None, dict kwargs not None, kind, list tensors not None):
        """That a call was for that kind, and which tensors were taken."""
        cdef CallKey key = CallKey(args, kwargs)
        cdef KnownCall known = known_call(key, tensors)
        if known is not None:
            known.kind = kind
            if len(self.calls) >= CALLS_KEPT:
                self.calls.clear()
            self.calls[known.key] = known


cdef class RecordedFunction:
    """The part of tf.function that is compiled: finds the tree of paths for arguments, and walks it.

    A derived class has a method `_tree(args, kwargs)`, which gives the tree and the arguments as the
    function is to get them, or None as the tree for a call that is not to be recorded. What it gives
    depends on the key of the call alone (call_keys.pxi).
    """

    cdef public object _python_function
    cdef dict calls             # those that are known, by their keys
    cdef KnownCall latest       # of them
    cdef list made_variables    # whether it is so in the call that was recorded first
    cdef public bint _converts_arrays
    cdef object __weakref__

    def __init__(self, python_function):
        self._python_function = python_function
        self.calls, self.made_variables = {}, []

    def _share_records(self, RecordedFunction other not None):
        """Have what another one has, and let it have what this one makes."""
        self.calls, self.made_variables = other.calls, other.made_variables

    def _share_variables(self, RecordedFunction other not None):
        """Know when the other one has made Variables, and let it know."""
        self.made_variables = other.made_variables

    def _bound_to(self, instance):
        """The same, with all that it has, of the method of an object."""
        cdef RecordedFunction other = type(self).__new__(type(self))
        other.calls, other.made_variables = self.calls, self.made_variables
        other.latest, other._converts_arrays = self.latest, self._converts_arrays
        other._python_function = self._python_function.__get__(instance)
        other.__dict__.update(self.__dict__)
        other.__wrapped__ = other._python_function
        return other

    def _forget(self, PathTree tree not None):
        """Let no call be for that tree any more."""
        for key, known in list(self.calls.items()):
            if (<KnownCall>known).tree is tree:
                self.calls.pop(key, None)
        self.latest = None

    def __call__(self, *args, **kwargs):
        cdef CallKey key = None
        cdef KnownCall known = None
        cdef PathTree tree
        cdef Leaves given = None
        cdef list done = []
        # What a path is made of has its own guards.
        if not functions_are_called and not records_effects():
            key = CallKey.__new__(CallKey)
            key.read(args, kwargs)
            known = self.latest
            if known is None or not key.is_found(known.key):
                known = <KnownCall>self.calls.get(key.found())
        if known is not None:
            self.latest = known
            tree = known.tree
            result = run_or_record(tree, known.taken(key.tensors), done)
            if result is not NO_PATH and result is not TO_BE_CALLED:
                return result
            args, kwargs = self._tree(*self.with_tensors(args, kwargs, key))[1:]
        else:
            args, kwargs = self.with_tensors(args, kwargs, key)
            if key is not None and key.has_arrays:
                key = CallKey(args, kwargs)  # of these
            tree, args, kwargs = self._tree(args, kwargs)
            if tree is None or tree.problem is not None or key is None:
                return results_of(self._python_function(*args, **kwargs))
            given = Leaves((args, kwargs), None)
            self.remember(key, tree, given)
            result = run_or_record(tree, given.tensors, done)
        if result is TO_BE_CALLED:
            return results_of(self._python_function(*args, **kwargs))
        if result is NO_PATH:
            return self.record(tree, given or Leaves((args, kwargs), None), done)
        return result

    cdef tuple with_tensors(self, tuple args, dict kwargs, CallKey key):
        """The arguments with tensors in the place of arrays, unless a signature says of what dtype."""
        if not self._converts_arrays or (key is not None and not key.has_arrays):
            return args, kwargs
        return nest.map_structure(tensor_of_array, (args, kwargs))

    cdef int remember(self, CallKey key, PathTree tree, Leaves given) except -1:
        """That the tree is for calls of that key, if it takes tensors as they are given."""
        cdef KnownCall known = known_call(key, given.tensors)
        if known is not None:
            known.tree = tree
            if len(self.calls) >= CALLS_KEPT:
                self.calls.clear()
            self.calls[known.key] = known
        return 0

    cdef object record(self, PathTree tree, Leaves given, list done, bint parts=True):
        cdef FunctionRecording r = FunctionRecording(done)
        cdef list inner, before
        cdef Leaves result
        cdef Tensor t, own
        r.no_parts = not parts
        if not r.begin():
            args, kwargs = given.packed(given.tensors)
            return results_of(self._python_function(*args, **kwargs))
        try:
            inner = [r.argument(t) for t in given.tensors]
            before = [(<Tensor>t).data.assigned for t in inner]
            args, kwargs = given.packed(inner)
            result = Leaves(results_of(self._python_function(*args, **kwargs)), ())
            args = kwargs = None
            if leaks(r, result.tensors):
                r.require_no_change()
                r.end()
                return self.record(tree, given, [], False)
            for t, own, count in zip(inner, given.tensors, before):
                if t.data.assigned != count:
                    own[...] = t
                    r.cannot("it assigns to elements of an argument")
            # Nobody has these yet, so that what is made of nothing is seen to be a constant.
            result.tensors = [wrap(traced((<Tensor>x).data)) for x in result.tensors]
            answer = result.packed(result.tensors)
            if r.made_variables:
                self.note_made_variables()
            elif not tree.add(r, inner, result) and tree.problem is None:
                self.record_alone(tree, given, r)
        finally:
            r.end()
        if tree.problem is not None:
            self._warn(tree.problem)
        return answer

    cdef int record_alone(self, PathTree tree, Leaves given, FunctionRecording beside) except -1:
        """Once more, where no other tape records: then what it reads from outside is seen.

        It is not done where somebody could see that the function has run twice.
        """
        cdef FunctionRecording r = FunctionRecording([])
        cdef Leaves result
        if len(beside.effects) or len(beside.assigned):
            tree.problem = "it reads a tensor that another tape records, and changes something"
            return 0
        beside.end()
        owners = set_tapes_aside()
        try:
            if not r.begin():
                return 0
            try:
                inner = [r.argument(t) for t in given.tensors]
                args, kwargs = given.packed(inner)
                result = Leaves(results_of(self._python_function(*args, **kwargs)), ())
                args = kwargs = None
                result.tensors = [wrap(traced((<Tensor>x).data)) for x in result.tensors]
                if leaks(r, result.tensors):
                    tree.problem = "a part of it is used outside of that"
                else:
                    tree.add(r, inner, result)
            finally:
                r.end()
        finally:
            take_tapes_up(owners)
        return 0

    cdef int note_made_variables(self) except -1:
        if len(self.made_variables):
            raise ValueError(
                "tf.function only supports singleton tf.Variables created on the first call. Make "
                "sure the tf.Variable is only created once or created outside tf.function."
            )
        self.made_variables.append(True)
        return 0


cdef object run_or_record(PathTree tree, list tensors, list done):
    """NO_PATH too where an operation fails: the function is to raise that error itself, or catch it."""
    cdef uint64_t count = count_errors_of_handlers()
    try:
        return tree.run(tensors, done)
    except Exception:
        if len(done) and tree.changes:
            raise  # what has been changed cannot be changed again
        if count_errors_of_handlers() != count:
            raise  # that of a signal handler, which would not be raised again
    return NO_PATH


cdef object results_of(object result):
    if type(result) is Tensor or result is None:
        return result
    return nest.map_structure(result_leaf, result)
