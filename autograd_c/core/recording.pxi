# A function while it is recorded for tf.function: what it reads from outside, the values that Python
# reads, what it assigns, and what is done for its effect.
#
# It runs as it always does, on tensors, beside whatever tapes are open; the log is in program mode
# meanwhile (program.h). paths.pxi makes instructions of the records.


cdef class SideEffect:
    """A call of a function of Python's that is made at each run: what it returns has no derivative.

    Its arguments and results are structures whose tensors are values of the program.
    """

    cdef object function
    cdef object touched         # Variables whose values it may change; None: any
    cdef Leaves arguments       # of (args, kwargs)
    cdef Leaves results
    cdef vector[uint32_t] nodes       # of the tensors among the arguments
    cdef vector[uint32_t] made        # of those among the results
    cdef list reread            # Variables that are read again after it
    cdef vector[uint32_t] reread_nodes
    cdef list given             # Variables that have been assigned before it, and have their values
    cdef vector[uint32_t] given_nodes
    cdef list given_changes     # see FunctionRecording.assigned
    cdef uint32_t before        # the record that it came before
    cdef uint32_t behind        # and the first one behind it

    cdef bint touches(self) except -1:
        return self.touched is None or len(self.touched) > 0

    cdef object call(self, list tensors):
        args, kwargs = self.arguments.packed(tensors)
        return self.function(*args, **kwargs)


cdef class FailedEffect:
    """In the place of a result: the error."""

    cdef object error

    def __init__(self, error):
        self.error = error


cdef struct ClosedPart:
    uint32_t inside  # records behind the first one
    uint32_t end


cdef class FunctionRecording:
    """In its scope, from `begin` to `end`, what this thread does is recorded.

    Args:
        done: functions and results of effects that a run before has had already, when it met a value
            that no path is for: they are not had again.
    """

    cdef ProgramMode mode
    cdef ReadObserver observer
    cdef bint busy
    cdef readonly list captured       # tensors from outside, those of Variables included
    cdef list captured_counts         # how often they had been assigned to
    cdef vector[uint32_t] captured_nodes
    cdef dict variables               # by the identity of their tensors
    cdef dict effects_before          # by the same: how many there were when it was read first
    # Of what the function gets in the place of tensors that others know, the nodes of these.
    cdef vector[uint32_t] given_nodes
    cdef dict arguments               # what the function gets, by the identity of what was given
    # By the identity of Variables: [Variable, Tensor, whether it is given, changes]. Changes are pairs
    # of an operation and an operand, by which the value was made of the one before; None if it was not.
    cdef dict assigned
    cdef dict before                  # by the same: (Variable, Tensor), to be given back; None: nothing is
    cdef list effects
    cdef list done
    cdef set constants                # nodes of what was captured and is always the same
    cdef readonly str problem
    """Why what is recorded cannot be run again; None if it can."""
    cdef bint makes_constants  # of tensors, where it would be an error beside a tape
    cdef readonly bint made_variables
    """Whether a Variable was made."""
    cdef RecordedPart part  # the innermost that is being recorded
    cdef bint no_parts      # they have been within each other too often, or cannot be
    cdef bint has_guards    # a path is made of it, with guards for what is read, and effects
    cdef list rules         # of custom gradients, which are asked until it ends
    cdef vector[ClosedPart] parts  # those that became instructions, inner ones before outer ones
    cdef vector[pair[uint32_t, uint32_t]] left_out  # records of parts; see RecordedPart.leave_out
    cdef bint leaked        # a tape that began in one of them was asked for something behind it
    cdef OpenExtents open   # what it is not to see of shapes; None: it sees all
    cdef bint begun

    def __init__(self, list done):
        self.captured, self.captured_counts = [], []
        self.variables, self.assigned, self.arguments = {}, {}, {}
        self.effects_before = {}
        self.effects, self.done, self.rules = [], done, []
        self.begun = False
        self.has_guards = True

    cdef bint begin(self) except -1:
        """False where nothing can be recorded: a program is, or recording is paused."""
        self.mode.tape.watch_accessed = False
        self.mode.tape.never_asked = True
        if not self.mode.try_begin():
            return False
        self.begun = True
        self.observer.object = <void*>self
        self.observer.read = note_captured
        if not self.mode.observe(&self.observer):
            self.end()
            return False
        self.mode.inputs().note_reads(<void*>self, self.has_guards)
        if self.has_guards:
            self.mode.note_other_threads()
        return True

    cdef int forget_rules(self, Py_ssize_t since) except -1:
        cdef RecordedRule rule
        for rule in self.rules[since:]:
            rule.forget()
        del self.rules[since:]
        return 0

    cdef end(self):
        global open_recordings
        self.forget_rules(0)
        if self.begun:
            self.begun = False
            if self.open is not None:
                open_recordings -= 1
            self.mode.end()
            self.mode.tape.discard()

    cdef Tensor argument(self, Tensor given):
        """What the function gets for an argument: a tensor of its own, with the same derivative."""
        found = self.arguments.get(id(given))
        if found is None:
            found = self.arguments[id(given)] = self.own_argument(given)
        return found

    cdef Tensor own_argument(self, Tensor given):
        if known_node(given.data, active_log) != no_node:
            return wrap(op_identity(traced(given.data)))
        return self.outside(given)

    cdef int cannot(self, str why) except -1:
        if self.part is not None:
            self.part.refused = True
        elif self.problem is None:
            self.problem = why
        return 0

    cdef int hide(self, OpenExtents open, list inputs) except -1:
        """Let the function not see those extents from here on."""
        global open_recordings
        open.begin(inputs)
        self.open = open
        open_recordings += 1
        return 0

    cdef int require_no_part(self, str does) except -1:
        if self.part is not None:
            self.part.refused = True
            raise PartRefused(f"the body of a loop or branch {does}")
        return 0

    cdef int require_no_change(self) except -1:
        """For a function that is to run once more: nobody may see that."""
        cdef size_t k
        cdef bint changes = len(self.effects) > 0 or len(self.assigned) > 0
        for k in range(self.captured_nodes.size()):
            changes |= (<Tensor>self.captured[k]).data.assigned != self.captured_counts[k]
        if changes:
            raise ValueError(
                "what the body of a loop or a branch has computed is out of scope where it is used: "
                "behind it, and not returned by it. Return it there, or carry it through the loop"
            )
        return 0

    cdef bint is_own_constant(self, size_t k):
        """Whether what was captured was made by the function, and is the same at each call."""
        # Then nobody but this list has it.
        return (id(self.captured[k]) not in self.variables
                and PyList_GET_ITEM(self.captured, k).ob_refcnt == 1)

    cdef int check(self) except -1:
        """Look for what cannot be run again, at the end."""
        cdef size_t k
        cdef const CallRead* read
        cdef SideEffect e
        self.constants = set()
        self.forget_rules(0)  # which have constants of the function's
        for k in range(self.captured_nodes.size()):
            if self.is_own_constant(k):
                self.constants.add(self.captured_nodes[k])
            elif id(self.captured[k]) in self.variables:
                continue
            elif (<Tensor>self.captured[k]).data.assigned != self.captured_counts[k]:
                self.cannot("it assigns to elements of a tensor from outside")
        for k in range(self.mode.inputs().reads().size()):
            read = &self.mode.inputs().reads()[k]
            if self.is_constant_read(read[0]):
                continue
            if (read.value.size() * itemsize(read.value.dtype) > GUARDED_BYTES
                    and not (self.before is not None and self.is_captured_tensor(read.node))):
                self.cannot(f"Python reads {read.value.size()} elements at once")
            for e in self.effects:
                if e.touches() and e.behind <= read.before:
                    self.cannot(
                        "Python reads a value after something was done that cannot be done again"
                    )
        if self.mode.bound():
            self.cannot(self.mode.inputs().why_bound().decode())
        return 0

    cdef bint is_constant(self, uint32_t node) except -1:
        """Whether its value is the same at each call: it depends on constants of the function's alone.

        If extents are open, constants depend on these, and what is made of them does so as they do
        only by some operations.
        """
        cdef list stack = [node]
        cdef set seen = set()
        cdef const CallOperands* operands
        cdef uint32_t at
        cdef size_t k
        while stack:
            at = stack.pop()
            if at in self.constants or at in seen:
                continue
            seen.add(at)
            operands = self.mode.inputs().find(at)
            if operands == NULL or not self.keeps_constants(at):
                return False
            for k in range(operands[0].size()):
                if operands[0][k].node != no_node:
                    if operands[0][k].node < self.mode.inputs().first():
                        return False
                    stack.append(operands[0][k].node)
        self.constants |= seen
        return True

    cdef bint is_constant_read(self, const CallRead& read) except -1:
        """Whether Python would read the same at each call. If extents are open, it is said so of what
        is taken out of tensors, and truth values are looked at."""
        return (self.open is None or not read.truth) and self.is_constant(read.node)

    cdef bint keeps_constants(self, uint32_t node):
        cdef uint16_t op = active_log.at(node).op
        if self.open is None:
            return op != COMPOSITE and takes_code(op)
        # Others round, or go around at their ends.
        return (op in POLYNOMIAL
                and <int>active_log.type_of_node(node).dtype in (INT32, INT64))

    cdef bint is_captured_tensor(self, uint32_t node) except -1:
        """Whether it is from outside, and no Variable: in files such tensors are constants."""
        cdef size_t k
        for k in range(self.captured_nodes.size()):
            if self.captured_nodes[k] == node:
                return id(self.captured[k]) not in self.variables
        return False

    cdef list loads(self, Py_ssize_t since):
        """Tensors and Variables from outside that were first read behind a certain effect, and their
        nodes; -1: behind none."""
        cdef list found = []
        cdef size_t k
        cdef Py_ssize_t n
        cdef uint32_t begin = 0, end = no_node
        cdef Tensor t
        if since >= 0:
            begin = (<SideEffect>self.effects[since]).behind
        n = self.next_touching(since)
        if n < len(self.effects):
            end = (<SideEffect>self.effects[n]).behind
        for k in range(self.captured_nodes.size()):
            if begin <= self.captured_nodes[k] < end and self.captured_nodes[k] not in self.constants:
                t = <Tensor>self.captured[k]
                found.append((self.variables.get(id(t), t), self.captured_nodes[k]))
        # Other tapes know these, and reading them made no record.
        for v in self.variables.values():
            t = tensor_of(<Variable>v)
            node = known_node(t.data, active_log)
            if (node < self.mode.inputs().first()
                    and since < self.effects_before[id(t)] <= n):
                found.append((v, node))
        return found

    cdef Py_ssize_t next_touching(self, Py_ssize_t since) except? -2:
        """The first effect behind a certain one that may change Variables."""
        cdef Py_ssize_t n
        for n in range(since + 1, len(self.effects)):
            if (<SideEffect>self.effects[n]).touches():
                return n
        return len(self.effects)

    cdef bint is_from_outside(self, uint32_t begin):
        """Whether a tape that begins with that record was there before."""
        return begin < self.mode.inputs().first()

    # ------------------------------------------------------------ Variables

    cdef int note_variable(self, Variable v, Tensor own) except -1:
        if id(own) not in self.variables:
            self.variables[id(own)] = v
            self.effects_before[id(own)] = len(self.effects)
        return 0

    cdef Tensor read_variable(self, Variable v, Tensor own):
        """What an operation reads of a Variable: what it was assigned, with its derivative."""
        self.note_variable(v, own)
        found = self.assigned.get(id(v))
        if found is None:
            return own
        return wrap(op_assigned(traced(own.data), traced((<Tensor>found[1]).data)))

    cdef Tensor value_of_variable(self, Variable v, Tensor own):
        """What Python reads of it."""
        self.note_variable(v, own)
        found = self.assigned.get(id(v))
        return own if found is None else <Tensor>found[1]

    cdef int keep_value(self, object x) except -1:
        """What a Variable is, before something changes it, if it is to be given back."""
        if self.before is not None and isinstance(x, Variable) and id(x) not in self.before:
            self.before[id(x)] = (x, wrap(tensor_of(<Variable>x).data.value.detached()))
        return 0

    cdef int give_values_back(self) except -1:
        for v, t in self.before.values():
            replace_value(tensor_of(<Variable>v), (<Tensor>t).data.value)
        return 0

    cdef int assign(self, Variable v, const Value& value) except -1:
        cdef Tensor own = tensor_of(v)
        if self.part is not None:
            self.part.note_assigned(v)
        active_node(own.data)  # it has a place from here on
        self.note_variable(v, own)
        self.assigned[id(v)] = [
            v, wrap(op_identity(value) if self.is_place(value.node) else value), False, None
        ]
        return 0

    cdef list changes_with(self, Variable v, uint16_t code, const Value& operand):
        """By what a Variable is changed since its value was read or given, with a further change; None
        if that is not all, or if it would cost memory to keep it."""
        if self.part is not None or (v.is_trainable and operand.size() != 1):
            return None
        found = self.assigned.get(id(v))
        if found is None or found[2]:
            return [(code, wrap(operand))]
        return None if found[3] is None else [*found[3], (code, wrap(operand))]

    cdef bint is_place(self, uint32_t node) except -1:
        """Whether it stands for what a Variable was when the function began. Where that is assigned,
        later, its tensor has this node and another value, and a part would take one for the other.
        """
        if node == no_node or active_log.at(node).op != input_op:
            return False
        for v in self.variables.values():
            if known_node(tensor_of(<Variable>v).data, active_log) == node:
                return True
        return False

    # ------------------------------------------------------------ effects

    cdef object call_beside(self, object function, object args, object kwargs):
        """What a function returns, of which nothing is recorded."""
        cdef PauseRecording* pause
        self.mode.pause()
        pause = new PauseRecording()
        try:
            return function(*args, **kwargs)
        finally:
            del pause
            self.mode.resume()

    cdef bint goes_on_with(self, object function) except -1:
        """Whether the next effect can be a call of that function: it is, if it has been had already."""
        return (len(self.effects) >= len(self.done)
                or self.done[len(self.effects)][0] == function)

    cdef object effect(self, object function, tuple args, dict kwargs, object touched):
        cdef SideEffect e = SideEffect.__new__(SideEffect)
        cdef PauseRecording* pause
        cdef Tensor t
        cdef bint is_done = False
        self.require_no_part("does something for its effect")
        for x in touched or ():
            self.keep_value(x)
        e.function, e.touched = function, touched
        e.arguments = Leaves((args, kwargs), None if touched is None else touched)
        for t in e.arguments.tensors:
            e.nodes.push_back(active_node(t.data))
        for x in e.arguments.others:
            if callable(x) and closes_over(self, x):
                self.cannot(
                    "a function that is called for its effect reads a tensor that it closes over: "
                    "give that to it as an argument"
                )
        e.given, e.given_changes, e.reread = [], [], []
        if e.touches():
            for entry in self.assigned.values():
                if not entry[2]:
                    entry[2] = True
                    e.given.append(entry[0])
                    e.given_nodes.push_back(active_node((<Tensor>entry[1]).data))
                    e.given_changes.append(entry[3])
        e.before = active_log.size()
        if not self.goes_on_with(function):
            # What it does for its effect depends on more than what Python has read.
            self.cannot("it has not had the effects again that it had before a new path")
            del self.done[len(self.effects):]
        if len(self.effects) < len(self.done):
            result = self.done[len(self.effects)][1]
            if isinstance(result, FailedEffect):
                self.cannot("a function that has an effect failed, and the function went on")
                raise (<FailedEffect>result).error
        else:
            self.mode.pause()
            pause = new PauseRecording()
            try:
                result = e.call(e.arguments.tensors)
                is_done = True
            finally:
                del pause
                self.mode.resume()
                if not is_done:
                    self.cannot("a function that has an effect failed, and the function went on")
        e.results = Leaves(result, None)
        e.results.tensors = [self.outside(x) for x in e.results.tensors]
        for t in e.results.tensors:
            e.made.push_back(active_node(t.data))
        for v in list(self.variables.values()):
            if touched is None or in_list(v, touched):
                t = self.outside(tensor_of(<Variable>v))
                e.reread.append(v)
                e.reread_nodes.push_back(active_node(t.data))
                self.assigned[id(v)] = [v, t, True, None]
        e.behind = active_log.size()
        self.effects.append(e)
        return e.results.packed(e.results.tensors)

    cdef Tensor outside(self, Tensor x):
        """A value that no record of the program has made."""
        cdef Tensor t = wrap(x.data.value.detached())
        self.busy = True  # it is no tensor that was captured
        try:
            self.mode.tape.watch(t.data)
        finally:
            self.busy = False
        return t


cdef class Leaves:
    """A structure, and the tensors in it.

    Args:
        but: Variables that are left in it, and not read; None for all.
    """

    cdef object structure       # with numbers in the place of leaves
    cdef bint is_plain          # lists, tuples and dicts, and nothing else
    cdef list others            # what is no tensor; None in the place of one
    cdef list places            # of the tensors among them
    cdef list opened            # (place, class, count) of objects made of tensors
    cdef list tensors
    cdef bint is_one            # a tensor and nothing else

    def __init__(self, structure, but):
        cdef list leaves = []
        cdef object numbers = numbered(structure, leaves)
        self.is_plain = numbers is not None
        if not self.is_plain:
            leaves = nest.flatten(structure)
            numbers = nest.pack_sequence_as(structure, range(len(leaves)))
        self.structure = numbers
        self.others, self.places, self.opened, self.tensors = [], [], [], []
        self.is_one = type(structure) is Tensor
        for x in leaves:
            names = composites.get(type(x))
            if names is None:
                self.add(x, but)
                continue
            self.opened.append((len(self.others), type(x), len(names)))
            for name in names:
                self.add(getattr(x, name), but)

    cdef int add(self, object x, object but) except -1:
        if isinstance(x, Variable) and but is not None and not in_list(x, but):
            x = wrap(traced(variable_tensor(<Variable>x).data))
        if type(x) is Tensor:
            self.places.append(len(self.others))
            self.tensors.append(x)
            x = None
        self.others.append(x)
        return 0

    cdef object packed(self, list tensors):
        """The structure with other tensors."""
        cdef list leaves
        leaves = list(self.others)
        for place, t in zip(self.places, tensors):
            leaves[place] = t
        for place, cls, count in reversed(self.opened):
            leaves[place:place + count] = [cls(*leaves[place:place + count])]
        if self.is_plain:
            return filled(self.structure, leaves)
        return nest.pack_sequence_as(self.structure, leaves)


cdef set known_leaves = nest.LEAVES


cdef object numbered(object structure, list leaves, int depth=0):
    """A structure of lists, tuples and dicts with numbers in the place of its leaves, which are added
    to the list in the order of nest.flatten; None if there are structures of other types in it, or
    hundreds of levels."""
    cdef object cls = type(structure)
    cdef list parts
    if depth > DEEPEST:
        return None
    if cls is dict:
        parts = nest.sorted_keys(structure)
        numbers = numbered([(<dict>structure)[name] for name in parts], leaves, depth + 1)
        if numbers is None:
            return None
        found = dict(zip(parts, <list>numbers))
        return {name: found[name] for name in <dict>structure}
    if cls is list or cls is tuple:
        parts = []
        for x in structure:
            number = numbered(x, leaves, depth + 1)
            if number is None:
                return None
            parts.append(number)
        return parts if cls is list else tuple(parts)
    if cls is not Tensor and cls not in known_leaves and nest.is_nested(structure):
        return None
    leaves.append(structure)
    return len(leaves) - 1


cdef object filled(object structure, list leaves):
    """A plain structure with leaves in the place of their numbers."""
    if type(structure) is int:
        return leaves[<Py_ssize_t>structure]
    if type(structure) is dict:
        return {name: filled(x, leaves) for name, x in (<dict>structure).items()}
    if type(structure) is list:
        return [filled(x, leaves) for x in <list>structure]
    return tuple([filled(x, leaves) for x in <tuple>structure])


cdef bint in_list(object x, object things) except -1:
    for other in things:
        if other is x:
            return True
    return False


cdef void note_captured(void* recording, const TensorData& data) noexcept with gil:
    cdef FunctionRecording r = <FunctionRecording>recording
    # Data of this kind are members of Tensors and of nothing else.
    cdef Tensor t = <Tensor><void*>(<char*>&data - data_offset)
    if r.busy:
        return
    r.busy = True
    try:
        r.mode.tape.watch(t.data)
        r.captured.append(t)
        r.captured_counts.append(t.data.assigned)
        r.captured_nodes.push_back(known_node(t.data, active_log))
    except BaseException:
        r.problem = "a tensor from outside could not be noted"
    finally:
        r.busy = False


cdef inline FunctionRecording current_recording():
    """The one that this thread is in, or None."""
    if active_log == NULL or active_log.program == NULL or active_log.program.owner() == NULL:
        return None
    return <FunctionRecording>active_log.program.owner()


def is_recording():
    """Whether a function is being recorded on this thread, for tf.function."""
    return current_recording() is not None


cpdef bint records_effects():
    """Whether `effect` is recorded on this thread, for tf.function. What is done at once for many rows
    is none of it: there such a function is just called."""
    cdef FunctionRecording r = current_recording()
    return r is not None and r.has_guards


def goes_on_with(function):
    """Whether `effect` can call that function next, on this thread: a path that parts from another one
    has the effects that this had before."""
    r = current_recording()
    return r is None or r.goes_on_with(function)


def changes_are_taken_back():
    """Whether Variables have the values of before again when the recording on this thread has ended."""
    cdef FunctionRecording r = current_recording()
    return r is not None and r.before is not None


def effect(function, args, kwargs=None, touched=()):
    """Call a function now, and at each run of the program that is being recorded on this thread.

    Nothing of it is recorded, and no derivative flows through it. Its arguments may have tensors in
    them, which are values of the program then, and so are the tensors of what it returns.

    Args:
        function: called with `args` and `kwargs`.
        touched: Variables that it may give other values; None: any.
    """
    cdef FunctionRecording r = current_recording()
    if r is None or not r.has_guards:
        return function(*args, **(kwargs or {}))
    return r.effect(function, tuple(args), kwargs or {}, touched)


def beside_recording(function, *args):
    """Call a function now, beside what is being recorded on this thread: Variables that it makes count
    as if they had been there before."""
    r = current_recording()
    return function(*args) if r is None else r.call_beside(function, args, {})


cdef int note_made_variable() except -1:
    cdef FunctionRecording r = current_recording()
    if r is not None:
        r.require_no_part("makes a Variable")
        r.made_variables = True
    return 0


cpdef unrecordable(str why):
    """Note that what is being recorded on this thread, if anything, cannot be run again."""
    cdef FunctionRecording r = current_recording()
    if r is not None:
        r.cannot(why)
