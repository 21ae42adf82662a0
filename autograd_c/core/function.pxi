# Functions that are recorded and run again: what tf.function is made of.

cdef enum:
    RECENT = 4  # trees that are looked at before a key is made

cdef bint functions_are_called = False


def call_functions(bint are_called):
    """Whether all functions are called each time from now on, and no record is run."""
    global functions_are_called
    functions_are_called = are_called


def result_leaf(x):
    """What tf.function gives for a leaf of what the function returned."""
    if type(x) is Tensor or x is None:
        return x
    if isinstance(x, Variable):
        return identity(x)
    if isinstance(x, (bool, int, float, complex, np.ndarray, np.generic)):
        return constant(x)
    if not isinstance(x, (str, bytes, type, dtypes.DType)) and type(x) not in composites:
        unrecordable(f"it returns an object of type {type(x).__name__}, which may hold tensors")
    return x


cdef class RecordedFunction:
    """The part of tf.function that is compiled: finds the tree of paths for arguments, and walks it.

    A derived class has a method `_tree(args, kwargs)`, which gives the tree and the arguments as the
    function is to get them, or None as the tree for a call that is not to be recorded.
    """

    cdef public object _python_function
    cdef list recent            # trees of calls with tensors alone, by position
    cdef list made_variables    # whether it is so in the call that was recorded first
    cdef object __weakref__

    def __init__(self, python_function):
        self._python_function = python_function
        self.recent, self.made_variables = [], []

    def _share_records(self, RecordedFunction other not None):
        """Have what another one has, and let it have what this one makes."""
        self.recent, self.made_variables = other.recent, other.made_variables

    def __call__(self, *args, **kwargs):
        cdef PathTree tree
        cdef list done
        if not kwargs and not functions_are_called and current_recording() is None:
            for tree in self.recent:
                if tree.fits(args):
                    done = []
                    result = run_or_record(tree, list(args), done)
                    if result is NO_PATH:
                        return self.record(tree, Leaves((args, kwargs), None), done)
                    if result is TO_BE_CALLED:
                        return results_of(self._python_function(*args))
                    return result
        tree, args, kwargs = self._tree(args, kwargs)
        if tree is None or tree.problem is not None or current_recording() is not None:
            return results_of(self._python_function(*args, **kwargs))
        return self.run(tree, Leaves((args, kwargs), None))

    cdef object run(self, PathTree tree, Leaves given):
        cdef list done = []
        result = run_or_record(tree, given.tensors, done)
        if result is TO_BE_CALLED:
            args, kwargs = given.packed(given.tensors)
            return results_of(self._python_function(*args, **kwargs))
        if result is not NO_PATH:
            return result
        return self.record(tree, given, done)

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
            if tree.root is not None:
                if given.is_flat() and tree not in self.recent:
                    self.recent.insert(0, tree)
                    del self.recent[RECENT:]
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
    try:
        return tree.run(tensors, done)
    except Exception:
        if len(done) and tree.changes:
            raise  # what has been changed cannot be changed again
    return NO_PATH


cdef object results_of(object result):
    if type(result) is Tensor or result is None:
        return result
    return nest.map_structure(result_leaf, result)
