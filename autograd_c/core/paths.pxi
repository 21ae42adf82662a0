# Recorded functions: a tree of paths, and how it is walked.
#
# A path goes from the arguments to what the function returned. It is cut where Python has read a
# value (a guard: which way to go on depends on it) and where something was done for its effect. Two
# paths share their segments up to the guard at which they part. Variables are given their new values
# at the end, so that a walk that meets a value no path is for has changed nothing.

ctypedef vector[Value]* ValuesPointer

cdef enum Ending:
    AT_RETURN
    AT_GUARD
    AT_EFFECT

# Paths of one function for one kind of arguments, and how often its tree may be begun anew.
cdef Py_ssize_t PATHS_KEPT = 64
cdef int RESTARTS = 3
cdef Py_ssize_t SEGMENTS_KEPT = 20_000
# Larger values that Python reads are not compared.
cdef int64_t GUARDED_BYTES = 1 << 16


cdef class Segment:
    """Instructions up to an event, and the event."""

    cdef uint32_t begin, end
    cdef bint believed          # of code from elsewhere: what it is said to give was never looked at
    cdef shared_ptr[Plan] plan  # how it is run where no tape knows what it takes, once that was asked
    cdef object compiled        # in its place, where that is asked for; False if it cannot be had
    cdef list loads             # tensors and Variables that are read before it
    cdef vector[uint32_t] load_slots
    cdef Ending ending
    cdef uint32_t slot          # of a guard: what was read
    cdef bint truth
    cdef vector[Value] values
    cdef list children          # segments, one for each of the values; the one behind an effect
    cdef SideEffect effect
    cdef vector[uint32_t] slots       # of an effect: its arguments; of the end: what is returned
    cdef vector[uint32_t] made        # its results
    cdef list reread            # Variables that are read again behind it
    cdef vector[uint32_t] reread_slots
    cdef list assigned          # Variables that are given values, before it or at the end
    cdef vector[uint32_t] assigned_slots
    cdef list assigned_changes  # of each of them: pairs of an operation and a slot; or None
    cdef Leaves result

    def __init__(self):
        self.loads, self.children, self.assigned, self.assigned_changes = [], [], [], []
        self.ending = AT_RETURN

    cdef Segment child_of(self, const Value& value):
        cdef size_t k
        for k in range(self.values.size()):
            if (is_true(self.values[k]) == is_true(value) if self.truth
                    else same_elements(self.values[k], value)):
                return <Segment>self.children[k]
        return None


class NotThePath(Exception):
    """What was recorded does not begin as what is there."""


cdef object NO_PATH = object()  # none is for these values
cdef object TO_BE_CALLED = object()  # the function is to be called this time


@cython.final
cdef class PathTree:
    """What a function does with arguments of one kind: dtypes, shapes and other values."""

    cdef Code* code
    cdef Segment root
    cdef vector[uint32_t] ends        # of all segments, in the order of their instructions
    cdef Uses uses
    cdef vector[uint8_t] holds        # by slot: whether a value in it holds memory that is let go of
    cdef vector[ValuesPointer] idle  # slots of calls that are over
    cdef list segments
    cdef readonly Py_ssize_t paths
    cdef int restarts
    cdef int walks                    # that are under way: what they walk on stays as it is
    cdef bint is_changing             # a path is being added: nobody walks meanwhile
    cdef bint changes                 # Variables have other values after some effect
    cdef bint makes_constants         # see FunctionRecording
    cdef bint leaves                  # a value was read that may have had a derivative
    cdef bint is_loaded               # it is code from elsewhere: there is no function to call
    cdef readonly str problem
    """Why the function is called each time; None if it is not."""
    cdef readonly Py_ssize_t input_count
    """Of a tree that was made of code: how many tensors it takes."""
    cdef public object compiler
    """What makes machine code of segments, or None; see `compiled_segment`."""

    def __cinit__(self):
        self.code = new Code()
        self.segments = []

    def __dealloc__(self):
        self.forget_idle()
        del self.code

    cdef forget_idle(self):
        cdef size_t k
        for k in range(self.idle.size()):
            del self.idle[k]
        self.idle.clear()

    cdef begin_anew(self):
        self.root = None
        self.forget_idle()
        del self.code
        self.code = new Code()
        self.ends.clear()
        self.segments, self.paths = [], 0

    # ------------------------------------------------------------ a new path

    cdef bint add(self, FunctionRecording r, list arguments, Leaves result) except -1:
        """Take over what was recorded. Sets `problem` if it cannot be run again.

        False if a tensor was read that other tapes know: what it is cannot be told beside them.
        """
        cdef bint found = True, is_whole = False
        if self.walks > 0 or self.is_changing or self.problem is not None:
            return True  # another time, or never
        # Whatever is let go of may run code of Python's, and let other threads go on.
        self.is_changing = True
        try:
            if self.paths >= PATHS_KEPT:
                r.cannot(
                    f"it goes another way at nearly each call: {self.paths} ways are known, which "
                    "depend on values that Python reads"
                )
            r.check()
            if r.problem is not None:
                self.problem = r.problem
            else:
                found = self.written(r, arguments, result)
                if found and self.problem is None:
                    self.paths += 1
                    self.plan()
            is_whole = True
        except errors.UnimplementedError as error:
            self.problem = str(error)
        finally:
            if not is_whole:
                self.begin_anew()
            self.is_changing = False
        return found

    cdef bint written(self, FunctionRecording r, list arguments, Leaves result) except -1:
        cdef bint found = True, follows = True
        try:
            found = self.write(r, arguments, result)
        except NotThePath:
            follows = False
        if not follows:
            self.restarts += 1
            if self.restarts > RESTARTS:
                self.problem = (
                    "it does something else each time, which depends on no tensor that it reads"
                )
                return True
            self.begin_anew()
            found = self.write(r, arguments, result)
        if not found:
            self.begin_anew()
        return found

    cdef bint write(self, FunctionRecording r, list arguments, Leaves result) except -1:
        cdef PathWriter* w = new PathWriter(r.mode.tape, self.code[0])
        try:
            if not r.left_out.empty():
                w.leave_out(r.left_out, nodes_wanted(r, result))
            self.write_with(w, r, arguments, result)
            return not w.foreign()
        finally:
            del w

    cdef int write_with(self, PathWriter* w, FunctionRecording r, list arguments,
                        Leaves result) except -1:
        cdef Segment segment = self.root, parent = None
        cdef Tensor t
        cdef uint32_t position = r.mode.inputs().first(), limit
        cdef size_t read = 0, count = r.mode.inputs().reads().size()
        cdef Py_ssize_t effect = 0
        cdef list loads = r.loads(-1)
        cdef const CallRead* event
        cdef SideEffect e
        cdef bint is_new, is_read
        self.makes_constants = self.makes_constants or r.makes_constants
        for k, t in enumerate(arguments):
            if segment is None:
                w.add(active_node(t.data))
            else:
                w.place(active_node(t.data), k)
        while True:
            event = NULL
            while read < count and event == NULL:
                event = &r.mode.inputs().reads()[read]
                if r.is_constant_read(event[0]):
                    event = NULL
                    read += 1
            e = <SideEffect>r.effects[effect] if effect < len(r.effects) else None
            is_read = event != NULL and (e is None or event.before <= e.before)
            limit = event.before if is_read else active_log.size() if e is None else e.before
            is_new = segment is None
            if is_new:
                if len(self.segments) >= SEGMENTS_KEPT:
                    self.problem = f"Python reads values more than {SEGMENTS_KEPT} times"
                    return 0
                segment = Segment()
                segment.begin = <uint32_t>self.code.instructions.size()
            self.place_loads(w, segment, loads)
            loads = []
            if is_new:
                w.write(position, limit)
                segment.end = <uint32_t>self.code.instructions.size()
                self.ends.push_back(segment.end)
                self.segments.append(segment)
                if parent is None:
                    self.root = segment
                else:
                    parent.children.append(segment)
            elif not w.follow(position, limit, segment.begin, segment.end):
                raise NotThePath
            parent = segment
            if is_read:
                self.write_guard(w, segment, event[0], is_new)
                segment = parent.child_of(event.value)
                if segment is None:
                    parent.values.push_back(event.value)
                read += 1
                position = limit
            elif e is not None:
                self.write_effect(w, segment, e, is_new)
                segment = <Segment>parent.children[0] if len(parent.children) else None
                if e.touches():
                    loads = r.loads(effect)
                effect += 1
                position = e.behind
            else:
                self.write_end(w, r, segment, result, is_new)
                return 0

    cdef int place_loads(self, PathWriter* w, Segment segment, list loads) except -1:
        """What is read from outside when the segment begins."""
        cdef uint32_t node
        cdef Py_ssize_t place
        for x, n in loads:
            node = n
            for place in range(len(segment.loads)):
                if segment.loads[place] is x:
                    w.place(node, segment.load_slots[place])
                    break
            else:
                segment.loads.append(x)
                segment.load_slots.push_back(w.add(node))
        return 0

    cdef int write_guard(self, PathWriter* w, Segment segment, const CallRead& read,
                         bint is_new) except -1:
        cdef uint32_t slot = w.slot_of_node(read.node)
        if is_new:
            segment.ending, segment.slot, segment.truth = AT_GUARD, slot, read.truth
            self.leaves = self.leaves or (not read.truth and is_differentiable(read.value.dtype))
        elif segment.ending != AT_GUARD or segment.slot != slot or segment.truth != read.truth:
            raise NotThePath
        return 0

    cdef int write_effect(self, PathWriter* w, Segment segment, SideEffect e, bint is_new) except -1:
        cdef size_t k
        cdef vector[uint32_t] slots, assigned
        cdef Tensor t
        for k in range(e.nodes.size()):
            slots.push_back(w.slot_of(traced((<Tensor>e.arguments.tensors[k]).data)))
        for k in range(e.given_nodes.size()):
            assigned.push_back(w.slot_of_node(e.given_nodes[k]))
        if is_new:
            segment.ending, segment.effect = AT_EFFECT, e
            segment.slots, segment.assigned, segment.assigned_slots = slots, e.given, assigned
            segment.assigned_changes = [slots_of_changes(w, x) for x in e.given_changes]
            segment.reread = e.reread
            self.changes = self.changes or len(e.given) or (e.touched is not None and len(e.touched))
            for k in range(e.made.size()):
                segment.made.push_back(w.add(e.made[k]))
            for k in range(e.reread_nodes.size()):
                segment.reread_slots.push_back(w.add(e.reread_nodes[k]))
            return 0
        if (segment.ending != AT_EFFECT or not same_function(segment.effect.function, e.function)
                or segment.made.size() != e.made.size() or not same_objects(segment.reread, e.reread)
                or not same_objects(segment.assigned, e.given)
                or segment.assigned_slots != assigned or segment.slots.size() != slots.size()
                or not same_leaves(segment.effect.arguments, e.arguments)
                or not self.has_types(segment, e.results)):
            raise NotThePath
        for k in range(slots.size()):  # constants have been written anew
            if slots[k] != segment.slots[k] and not w.both_constant(slots[k], segment.slots[k]):
                raise NotThePath
        for k in range(e.made.size()):
            w.place(e.made[k], segment.made[k])
        for k in range(e.reread_nodes.size()):
            w.place(e.reread_nodes[k], segment.reread_slots[k])
        return 0

    cdef int write_end(self, PathWriter* w, FunctionRecording r, Segment segment, Leaves result,
                       bint is_new) except -1:
        cdef Tensor t
        if not is_new:
            if segment.ending != AT_RETURN:
                raise NotThePath
            return 0  # another thread has been here, or what was read is the same all the time
        for t in result.tensors:
            segment.slots.push_back(w.slot_of(traced(t.data)))
        for v, t, given, changes in r.assigned.values():
            if not given:
                segment.assigned.append(v)
                segment.assigned_slots.push_back(w.slot_of(traced(t.data)))
                segment.assigned_changes.append(slots_of_changes(w, changes))
        result.tensors = None
        segment.result = result
        return 0

    cdef int plan(self) except -1:
        cdef Segment s
        cdef vector[uint8_t] wanted
        cdef size_t k
        wanted.resize(self.code.slot_count())
        for s in self.segments:
            if s.ending == AT_GUARD:
                wanted[s.slot] = 1
            for k in range(s.slots.size()):
                wanted[s.slots[k]] = 1
            for k in range(s.assigned_slots.size()):
                wanted[s.assigned_slots[k]] = 1
            for changes in s.assigned_changes:
                for _, slot in changes or ():
                    wanted[<uint32_t>slot] = 1
        self.uses = uses_of(self.code[0], self.ends, wanted)
        self.holds = slots_with_memory(self.code[0])
        self.forget_idle()
        for s in self.segments:
            s.plan.reset()
            if s.compiled is not None and (
                    s.compiled is False or (<CompiledSegment>s.compiled).writes
                    != tuple(written_slots(self.code[0], s, self.uses.needed))):
                s.compiled = None
        return 0

    # ------------------------------------------------------------ walking

    cdef object run(self, list arguments, list done):
        """What the function returns, or NO_PATH or TO_BE_CALLED.

        `done` is filled with its effects and their results, for the recording of the path.
        """
        cdef vector[Value]* slots
        if self.problem is not None:
            return TO_BE_CALLED
        if self.root is None or self.is_changing:
            return NO_PATH
        if self.leaves and strict_tapes != 0 and is_strict_here():
            return TO_BE_CALLED  # it may be that a derivative is lost where a value is read
        if self.idle.empty():
            slots = new vector[Value]()
        else:
            slots = self.idle.back()
            self.idle.pop_back()
        self.walks += 1
        try:
            return self.walk_from(slots[0], arguments, done)
        finally:
            # Whatever is let go of may run code of Python's, and that may add a path: afterwards.
            if slots.size() == self.holds.size():
                let_go(slots[0], self.holds)
                self.idle.push_back(slots)
            else:
                del slots
            self.walks -= 1

    cdef object walk_from(self, vector[Value]& slots, list arguments, list done):
        cdef Segment s = self.root
        cdef Tensor t
        cdef size_t k
        cdef Leaves results
        cdef list tensors
        cdef bint is_known = checking_results
        cdef bint has_changed = False
        cdef uint64_t since = values_replaced
        if slots.size() != self.code.slot_count():
            fill_constants(self.code[0], slots)
        for k in range(<size_t>len(arguments)):
            t = <Tensor>arguments[k]
            slots[k] = traced(t.data)
            is_known = is_known or slots[k].node != no_node
        while True:
            for k in range(s.load_slots.size()):
                slots[s.load_slots[k]] = loaded(s.loads[k])
                if not self.code.is_of_type(s.load_slots[k], slots[s.load_slots[k]]):
                    return NO_PATH
                is_known = is_known or slots[s.load_slots[k]].node != no_node
            if (is_known and self.makes_constants and s is self.root
                    and (not self.is_loaded or self.would_lose_any(slots))):
                return TO_BE_CALLED  # and say so
            if s.believed:
                require_types_of_segment(self.code[0], s.begin, s.end, self.uses.runs, slots)
                s.believed = False
            if is_known:
                walk(self.code[0], s.begin, s.end, self.uses.runs, slots)
            elif s.begin != s.end:
                self.run_plan(s, slots)
            if s.ending == AT_GUARD:
                self.note_guard(s, slots[s.slot])
                s = s.child_of(slots[s.slot])
                if s is None:
                    return NO_PATH
                continue
            self.give(s, slots, since)
            if s.ending == AT_RETURN:
                break
            if active_log != NULL and active_log.program != NULL:
                c_bind_program()
            tensors = [wrap(slots[s.slots[k]].detached()) for k in range(s.slots.size())]
            result = call_effect(s.effect, tensors, done)
            results = Leaves(result, None)
            has_changed = has_changed or len(s.assigned) > 0 or s.effect.touches()
            if not self.has_types(s, results):
                if has_changed:
                    raise errors.InvalidArgumentError(
                        "[tf.function] a function of Python's has returned tensors of other dtypes or "
                        "shapes than when it was recorded, and Variables have been assigned before it"
                    )
                return NO_PATH  # another one goes on with these
            for k in range(s.made.size()):
                slots[s.made[k]] = (<Tensor>results.tensors[k]).data.value.detached()
            for k in range(s.reread_slots.size()):
                slots[s.reread_slots[k]] = tensor_of(<Variable>s.reread[k]).data.value.detached()
            s = <Segment>s.children[0]
        if s.result.is_one:
            return wrap(slots[s.slots[0]])
        return s.result.packed([wrap(slots[s.slots[k]]) for k in range(s.slots.size())])

    cdef bint has_types(self, Segment s, Leaves results) except -1:
        cdef size_t k
        if results.places != s.effect.results.places:
            return False
        for k in range(s.made.size()):
            if not self.code.is_of_type(s.made[k], (<Tensor>results.tensors[k]).data.value):
                return False
        return True

    cdef int run_plan(self, Segment s, vector[Value]& slots) except -1:
        cdef shared_ptr[Plan] plan = s.plan
        compiled = s.compiled  # ours, whatever other threads put there
        if self.compiler is not None and compiled is None:
            compiled = s.compiled = compiled_segment(self.compiler, self.code[0], s, self.uses.needed)
        if type(compiled) is CompiledSegment and (<CompiledSegment>compiled).run(slots):
            return 0
        if plan.get() == NULL:
            plan.reset(new Plan(self.code[0], s.begin, s.end, self.uses.needed))
            s.plan = plan
        plan.get().run(slots)
        return 0

    cdef int note_guard(self, Segment s, const Value& value) except -1:
        """What Python would have read, for who records it and for tapes that would lose it."""
        if active_log != NULL and active_log.program != NULL:
            active_log.program.note_read(value.node, value, s.truth, active_log.size())
        if self.is_loaded and not s.truth:
            check_leaving(wrap(value), "float")
        return 0

    cdef bint would_lose_any(self, const vector[Value]& slots) except -1:
        """Whether a tape would lose a derivative by any of what the tree takes."""
        cdef size_t k
        for k in range(<size_t>self.input_count):
            if would_lose(wrap(slots[k])):
                return True
        for k in range(self.root.load_slots.size()):
            if would_lose(wrap(slots[self.root.load_slots[k]])):
                return True
        return False

    cdef int give(self, Segment s, vector[Value]& slots, uint64_t since) except -1:
        cdef size_t k
        cdef Tensor t
        cdef bint is_alone = values_replaced == since
        if s.assigned_slots.empty():
            return 0
        if active_log != NULL and active_log.program != NULL:
            return self.give_recorded(s, slots)
        for k in range(s.assigned_slots.size()):
            t = tensor_of(<Variable>s.assigned[k])
            if is_alone or s.assigned_changes[k] is None:
                replace_value(t, slots[s.assigned_slots[k]])
            else:
                change_value(t, <list>s.assigned_changes[k], slots)
        return 0

    cdef int give_recorded(self, Segment s, vector[Value]& slots) except -1:
        """As Python would assign: the function around it does so in further calls, too."""
        cdef size_t k
        cdef Variable v
        cdef Tensor t
        for k in range(s.assigned_slots.size()):
            v = <Variable>s.assigned[k]
            for code, slot in s.assigned_changes[k] or ():
                v.update(code, wrap(slots[<uint32_t>slot]), False)
            if s.assigned_changes[k] is None:
                if current_recording() is None:
                    note_value_read(slots[s.assigned_slots[k]])
                t = wrap(slots[s.assigned_slots[k]])
                give_value(v, t.data)
        return 0


cdef int change_value(Tensor t, list changes, vector[Value]& slots) except -1:
    """What a Variable is changed by, where other threads may have changed it since it was read."""
    cdef Value value = t.data.value.detached()
    for code, slot in changes:
        value = op_binary(<uint16_t>code, value, slots[<uint32_t>slot].detached())
    return replace_value(t, value)


cdef list slots_of_changes(PathWriter* w, list changes):
    cdef list found = []
    if changes is None:
        return None
    for code, t in changes:
        found.append((code, w.slot_of(traced((<Tensor>t).data))))
    return found


cdef vector[uint32_t] nodes_wanted(FunctionRecording r, Leaves result) except *:
    """What a path reads, does and returns, as nodes."""
    cdef vector[uint32_t] nodes
    cdef SideEffect e
    cdef Tensor t
    cdef size_t k
    for t in result.tensors:
        nodes.push_back(traced(t.data).node)
    for entry in r.assigned.values():
        nodes.push_back(traced((<Tensor>entry[1]).data).node)
        push_changes(nodes, entry[3])
    for e in r.effects:
        for changes in e.given_changes:
            push_changes(nodes, changes)
        nodes.insert(nodes.end(), e.nodes.begin(), e.nodes.end())
        nodes.insert(nodes.end(), e.given_nodes.begin(), e.given_nodes.end())
    for k in range(r.mode.inputs().reads().size()):
        nodes.push_back(r.mode.inputs().reads()[k].node)
    return nodes


cdef int push_changes(vector[uint32_t]& nodes, list changes) except -1:
    for _, t in changes or ():
        nodes.push_back(traced((<Tensor>t).data).node)
    return 0


cdef inline Value loaded(object x):
    return traced((variable_tensor(<Variable>x) if isinstance(x, Variable) else <Tensor>x).data)


cdef object call_effect(SideEffect e, list tensors, list done):
    cdef PauseRecording* pause = new PauseRecording()
    try:
        result = e.call(tensors)
        done.append((e.function, result))
        return result
    except Exception as error:
        done.append((e.function, FailedEffect(error)))
        raise
    finally:
        del pause


cdef bint is_strict_here() except -1:
    cdef Tape* tape
    for tape in thread_state().open:
        if tape.strict > given_derivatives():
            return True
    return False


cdef bint same_objects(list a, list b) except -1:
    return len(a) == len(b) and all(x is y for x, y in zip(a, b))


cdef bint same_leaves(Leaves a, Leaves b) except -1:
    return (a.places == b.places and len(a.others) == len(b.others)
            and all(same_function(x, y) for x, y in zip(a.others, b.others)))


# Types whose values are the same if they are equal.
cdef tuple COMPARED = (bool, int, float, complex, str, bytes, dtypes.DType, TensorShape,
                       type((lambda: 0).__init__), type([].append), np.dtype)


cdef bint same_function(object f, object g) except -1:
    """Of functions: each recording makes methods and closures anew."""
    if f is g or getattr(f, "__code__", None) is getattr(g, "__code__", f):
        return True
    return type(f) is type(g) and isinstance(f, COMPARED) and bool(f == g)
