# Trees of paths as plain data, and from it: what functions in files are made of.
#
# Data has what programs have (code.pxi), Variables that are read before anything is run, and segments,
# of which each but the first is behind one before it.


def copy_paths(PathTree tree not None):
    """A tree with the same paths, which nobody walks; None while another thread adds one."""
    cdef PathTree made = PathTree()
    if tree.is_changing:
        return None
    if tree.problem is not None or tree.root is None:
        return made
    # Whatever is made may begin a collection of garbage, and that run code of Python's: nobody adds
    # a path meanwhile.
    tree.walks += 1
    try:
        copy_into(made, tree)
    finally:
        tree.walks -= 1
    return made


cdef int copy_into(PathTree made, PathTree tree) except -1:
    cdef dict copies = {}
    cdef Segment s, copy
    made.code[0] = tree.code[0]
    made.ends = tree.ends
    for s in tree.segments:
        copy = Segment()
        copy.begin, copy.end, copy.ending, copy.slot, copy.truth = s.begin, s.end, s.ending, s.slot, s.truth
        copy.load_slots = s.load_slots
        copy.values = s.values
        copy.slots = s.slots
        copy.made = s.made
        copy.reread_slots = s.reread_slots
        copy.assigned_slots = s.assigned_slots
        copy.loads, copy.assigned, copy.assigned_changes = s.loads[:], s.assigned[:], s.assigned_changes
        copy.effect, copy.reread, copy.result = s.effect, s.reread, s.result
        copies[id(s)] = copy
        made.segments.append(copy)
    for s in tree.segments:
        (<Segment>copies[id(s)]).children = [copies[id(child)] for child in s.children]
    made.root, made.paths = made.segments[0], tree.paths
    made.makes_constants, made.leaves, made.changes = tree.makes_constants, tree.leaves, tree.changes
    return 0


# ---------------------------------------------------------------- a path that is to be saved


cdef class _Attempt:
    """What has turned out of a function while it was recorded."""

    cdef bint samples       # loops are not run to their ends
    cdef bint parts         # loops and branches are instructions
    cdef OpenExtents open
    cdef bint makes_variables


def record_path(PathTree tree not None, function, list inputs not None, bint are_given,
                OpenExtents open=None):
    """Add the path that a function takes to a tree that nobody walks.

    Variables have the values of before when it returns, and open tapes know nothing of it.

    Args:
        function: of tensors; what it returns is what a walk returns.
        inputs: tensors.
        are_given: whether their values are known. Others stand for all values.
        open: what the function is not to see of shapes; it knows what was seen when this returns.

    Raises:
        InvalidArgumentError: (`ValueError`) if the way that it goes depends on values that are not
            known, or it does more than a walk can do again without Python.
        UnimplementedError: (`NotImplementedError`) if it cannot be recorded.
    """
    cdef _Attempt attempt = _Attempt.__new__(_Attempt)
    cdef bint is_done = False
    if active_log != NULL and active_log.program != NULL:
        raise RuntimeError("a program is being recorded on this thread")
    attempt.samples, attempt.parts, attempt.open = not are_given, True, open
    tree.paths = 0  # one more is never too many
    owners = set_tapes_aside()
    try:
        while not is_done:
            is_done = add_path(tree, function, inputs, are_given, attempt)
    finally:
        take_tapes_up(owners)
    if tree.problem is not None:
        raise errors.InvalidArgumentError(f"the function cannot be run from a record: {tree.problem}")


cdef bint add_path(PathTree tree, object function, list inputs, bint are_given,
                   _Attempt attempt) except -1:
    """False if it is to be tried again."""
    cdef FunctionRecording r = FunctionRecording([])
    cdef vector[uint32_t] unknown
    cdef list own, counts
    cdef Leaves result
    cdef Tensor t
    r.no_parts, r.before = not attempt.parts, {}
    if not r.begin():
        raise RuntimeError("a program is being recorded, or recording is paused")
    try:
        if attempt.samples:
            r.mode.inputs().sample()
        own = [r.outside(t) for t in inputs]
        counts = [(<Tensor>t).data.assigned for t in own]
        if attempt.open is not None:
            r.hide(attempt.open, own)
        if not are_given:
            for t in own:
                unknown.push_back(known_node(t.data, active_log))
        result = Leaves(results_of(function(*own)), ())
        if attempt.parts and leaks(r, result.tensors):
            r.require_no_change()
            attempt.parts = False
            return False
        if r.made_variables:
            if attempt.makes_variables:
                raise errors.InvalidArgumentError("the function makes a Variable in each call")
            attempt.makes_variables = True
            return False
        for t, count in zip(own, counts):
            if t.data.assigned != count:
                r.cannot("it assigns to elements of an argument")
        require_savable(r)
        if read_depends_on(r, unknown):
            raise needs_values()
        if attempt.samples and read_depends_on(r, composites_made(r)):
            attempt.samples = False  # what Python has read is none of a run
            return False
        # Nobody has these yet, so that what is made of nothing is seen to be a constant.
        result.tensors = [wrap(traced((<Tensor>x).data)) for x in result.tensors]
        tree.add(r, own, result)
    finally:
        if attempt.open is not None:
            attempt.open.end()
        r.end()
        r.give_values_back()
    return True


cdef int require_savable(FunctionRecording r) except -1:
    cdef SideEffect e
    for e in r.effects:
        require_no_effect(e)
    if r.mode.bound():
        raise needs_python_of_call(r.mode.inputs().why_bound().decode())
    if r.problem is not None:
        raise errors.UnimplementedError(f"the function cannot be run from a record: {r.problem}")
    return 0


cdef object needs_python_of_call(str why):
    return errors.InvalidArgumentError(
        f"[save] what the function does holds for the call alone in which it was recorded: {why}"
    )


cdef int require_no_effect(SideEffect e) except -1:
    """But for what is printed, which files leave out."""
    if e.touched is None:
        raise errors.UnimplementedError(
            f"[{e.function.__name__}] cannot be run again from its record: it needs Python"
        )
    if e.touches():
        raise needs_python_of_call(
            "it has assigned to Variables otherwise than by `assign`, as optimizers and "
            "`scatter_update` do"
        )
    if e.results.places:
        raise needs_python_of_call("it has drawn random numbers")
    return 0


cdef bint read_depends_on(FunctionRecording r, const vector[uint32_t]& nodes) except -1:
    """Whether Python has read anything that does."""
    cdef vector[bint] depends
    cdef size_t k
    if nodes.empty() or r.mode.inputs().reads().empty():
        return False
    depends = depend_on(r, nodes)
    for k in range(r.mode.inputs().reads().size()):
        if depends[r.mode.inputs().reads()[k].node - r.mode.inputs().first()]:
            return True
    return False


cdef vector[uint32_t] composites_made(FunctionRecording r) except *:
    """Records of loops and branches."""
    cdef vector[uint32_t] nodes
    cdef uint32_t node
    for node in range(r.mode.inputs().first(), active_log.size()):
        if active_log.at(node).op == COMPOSITE:
            nodes.push_back(node)
    return nodes


cdef object needs_values():
    return errors.InvalidArgumentError(
        "[save] the way that the function goes depends on values, and those of its arguments are not "
        "known: call it with such values before it is saved, so that the ways that it goes are "
        "recorded, or give tensors in the place of `tf.TensorSpec`s. `tf.cond`, `tf.while_loop` and "
        "`tf.where` go by values without reading them"
    )


# ---------------------------------------------------------------- to data


cdef class CodeOfPaths:
    """Data of what anybody needs of a tree; slots are numbered anew."""

    cdef PathTree tree
    cdef Uses uses
    cdef dict composites
    cdef dict numbers       # of slots, by those of the tree
    cdef dict constants_of  # by slots of the tree: tensors
    cdef dict variables_of  # by the same
    cdef list loads, constants, instructions, segments, results

    def __init__(self, PathTree tree, list order):
        cdef vector[uint8_t] wanted
        cdef Segment s
        cdef Tensor t
        cdef size_t k
        self.tree, self.composites = tree, composites_of(tree.code[0], {})
        self.numbers = {place: k for k, place in enumerate(order)}
        self.constants_of, self.variables_of = {}, {}
        self.loads, self.constants, self.instructions = [], [], []
        self.segments, self.results = [], []
        for k in range(tree.code.constants.size()):
            self.constants_of[tree.code.constants[k].first] = wrap(
                tree.code.constants[k].second.detached())
        wanted.resize(tree.code.slot_count())
        for s in tree.segments:
            for k, x in enumerate(s.loads):
                if isinstance(x, Variable):
                    self.variables_of[s.load_slots[k]] = x
                else:
                    t = <Tensor>x
                    self.constants_of[s.load_slots[k]] = wrap(t.data.value.detached())
            if s.ending == AT_GUARD:
                wanted[s.slot] = 1
            elif s.ending == AT_RETURN:
                for k in range(s.slots.size()):
                    wanted[s.slots[k]] = 1
                for k in range(s.assigned_slots.size()):
                    wanted[s.assigned_slots[k]] = 1
                    for _, slot in s.assigned_changes[k] or ():
                        wanted[<uint32_t>slot] = 1
        self.uses = uses_of(tree.code[0], tree.ends, wanted)

    cdef object number(self, uint32_t slot):
        found = self.numbers.get(slot)
        if found is None:
            found = self.numbers[slot] = len(self.numbers)
            if slot in self.variables_of:
                self.loads.append((found, self.variables_of[slot]))
            else:
                self.constants.append((found, self.constants_of[slot]))
        return found

    cdef int write(self, Segment s) except -1:
        cdef const Instruction* i
        cdef uint32_t k, n
        for k in range(s.begin, s.end):
            if not self.uses.runs[k]:
                continue
            i = &self.tree.code.instructions[k]
            read = tuple([self.number(i.inputs[n]) for n in range(<uint32_t>i.inputs.size())])
            written = []
            for n in range(output_count(i[0])):
                self.numbers[i.output + n] = len(self.numbers)
                written.append((self.numbers[i.output + n],
                                *type_as_data(self.tree.code.type(i.output + n))))
            self.instructions.append((
                name_of(i[0]), tuple(i.attributes), read, tuple(written),
                *([self.composites[k]] if k in self.composites else []),
            ))
        return 0

    cdef Segment goes_on(self, Segment s):
        """What comes behind a segment whatever the values are; None if that depends on them."""
        cdef Tensor t
        if s.ending == AT_EFFECT:
            require_no_effect(s.effect)
            return <Segment>s.children[0]
        if s.ending == AT_GUARD and s.slot in self.constants_of:
            t = <Tensor>self.constants_of[s.slot]
            return s.child_of(t.data.value)
        return None

    cdef dict data(self, list order):
        cdef list stack = [(self.tree.root, None, None)]
        cdef list behind
        cdef Segment s, following
        cdef Value value
        cdef size_t k
        while stack:
            s, into, tensor = stack.pop()
            if into is not None:
                into.append((tensor, len(self.segments)))
            self.write(s)
            following = self.goes_on(s)
            while following is not None:
                s = following
                self.write(s)
                following = self.goes_on(s)
            if s.ending == AT_GUARD:
                behind = []
                self.segments.append(
                    ("guard", len(self.instructions), self.number(s.slot), s.truth, behind))
                for k in range(s.values.size(), 0, -1):
                    value = s.values[k - 1].detached()
                    stack.append((s.children[k - 1], behind, wrap(value)))
            else:
                self.write_end(s)
        return {
            "inputs": tuple([type_as_data(self.tree.code.type(<uint32_t>slot)) for slot in order]),
            "loads": tuple(self.loads),
            "constants": tuple(self.constants),
            "instructions": tuple(self.instructions),
            "segments": tuple(self.segments),
            "results": tuple(self.results),
            "derivatives": not self.tree.makes_constants,
        }

    cdef int write_end(self, Segment s) except -1:
        cdef size_t k
        cdef list leaves = [wrap(number_value(0, BOOL)) for k in range(s.slots.size())]
        self.segments.append((
            "return",
            len(self.instructions),
            tuple([self.number(s.slots[k]) for k in range(s.slots.size())]),
            tuple([(s.assigned[k], self.number(s.assigned_slots[k]),
                    self.changes(s.assigned_changes[k]))
                   for k in range(s.assigned_slots.size())]),
        ))
        self.results.append((s.result.packed(leaves), leaves))
        return 0

    cdef object changes(self, list given):
        if given is None:
            return None
        return tuple([(op_text[<uint16_t>code].name.decode(), self.number(slot)) for code, slot in given])


def paths_as_code(PathTree tree not None, list order not None):
    """What a tree does, as plain data: a dict of

    - "inputs", "constants", "instructions": as `Program.code` has them
    - "loads": (slot, Variable) of each that is read
    - "segments": of each either ("guard", end, slot, truth, behind), where `end` is the number of
      instructions up to there and `behind` has (tensor, number of a segment) of each value that the
      slot may have; of a `truth` those are compared by whether they are 0. Or ("return", end,
      slots, assigned), where `assigned` has (Variable, slot, changes) of each that is given a value.
      Changes are None, or ("add" or "subtract", slot) of all by which that differs from what it was:
      where other threads have assigned it meanwhile, those are what it is changed by
    - "results": of each of the latter (structure, tensors): what is returned, with tensors that stand
      for those of its slots
    - "derivatives": whether a tape may know what it takes.

    Args:
        order: of each input which argument of the tree it is.

    Raises:
        ValueError, NotImplementedError: as `record_path`.
    """
    if tree.root is None:
        raise errors.InvalidArgumentError("there is no path")
    return CodeOfPaths(tree, order).data(order)


# ---------------------------------------------------------------- from data


cdef class PathsMaker(CodeMaker):
    """Segments that are put together from data."""

    cdef vector[SegmentCode] checked
    cdef list made          # segments
    cdef list before        # of each the one that it is behind; None where nobody has said that

    cdef int read_segments(self, object segments) except -1:
        cdef size_t count = len(items_of(segments, "segments"))
        cdef uint32_t begin = 0
        cdef SegmentCode code
        cdef Segment s
        cdef size_t k
        if not 0 < count <= <size_t>SEGMENTS_KEPT:
            raise not_code(f"it has {count} segments, not 1 to {SEGMENTS_KEPT}")
        self.made, self.before = [Segment() for k in range(count)], [None] * count
        self.before[0] = 0
        for k, item in enumerate(segments):
            what = f"segment {k}"
            s = <Segment>self.made[k]
            kind, end = items_of(item, what)[:2] if len(items_of(item, what)) > 1 else (None, None)
            s.begin = begin
            s.end = begin = <uint32_t>number_of_code(end, 2**31 - 1, what)
            s.believed = True
            if self.before[k] is None:
                raise not_code(f"{what} is behind none")
            code.end, code.parent = s.end, self.before[k]
            code.reads.clear()
            if kind == "guard":
                self.read_guard(s, k, parts_of_item(item, 5, what), what)
                code.reads.push_back(s.slot)
            elif kind == "return":
                self.read_end(s, k, parts_of_item(item, 4, what), what)
                code.reads.insert(code.reads.end(), s.slots.begin(), s.slots.end())
                code.reads.insert(code.reads.end(), s.assigned_slots.begin(), s.assigned_slots.end())
                for changes in s.assigned_changes:
                    for _, slot in changes or ():
                        code.reads.push_back(slot)
            else:
                raise not_code(f"{what} is neither a guard nor a return")
            self.checked.push_back(code)
        return 0

    cdef int read_guard(self, Segment s, size_t place, object item, str what) except -1:
        cdef Tensor t
        _, _, slot, truth, behind = item
        s.ending, s.slot = AT_GUARD, self.slot_of(slot, what)
        if type(truth) is not bool or not items_of(behind, what):
            raise not_code(f"{what} does not say how it goes on")
        s.truth = truth
        if s.truth and self.code.type(s.slot).shape.size() != 1:
            raise not_code(f"{what} asks for the truth of something else than one element")
        for x in behind:
            value, following = parts_of_item(x, 2, what)
            t = tensor_of_code(value, what)
            if not self.code.is_of_type(s.slot, t.data.value):
                raise not_code(f"{what} compares with a value of another dtype or shape")
            number_of_code(following, 2**31, what)
            if not place < following < len(self.made) or self.before[following] is not None:
                raise not_code(f"{what} goes on with what is not behind it alone")
            self.before[following] = place
            s.values.push_back(t.data.value.detached())
            s.children.append(self.made[following])
        return 0

    cdef int read_end(self, Segment s, size_t place, object item, str what) except -1:
        cdef uint32_t slot
        _, _, slots, assigned = item
        s.ending = AT_RETURN
        for x in items_of(slots, what):
            s.slots.push_back(self.slot_of(x, what))
        for x in items_of(assigned, what):
            v, given, changes = parts_of_item(x, 3, what)
            slot = self.slot_of(given, what)
            if not isinstance(v, Variable) or in_list(v, s.assigned):
                raise not_code(f"{what} gives a value to no Variable, or twice to one")
            self.require_type_of(v, slot, what)
            s.assigned.append(v)
            s.assigned_slots.push_back(slot)
            s.assigned_changes.append(self.changes_of(v, changes, what))
        return 0

    cdef int require_type_of(self, Variable v, uint32_t slot, str what) except -1:
        if not self.code.is_of_type(slot, tensor_of(v).data.value):
            raise not_code(f"{what} gives {v.name} a value of another dtype or shape")
        return 0

    cdef list changes_of(self, Variable v, object changes, str what):
        cdef list found = []
        cdef uint32_t slot
        if changes is None:
            return None
        for x in items_of(changes, what):
            name, given = parts_of_item(x, 2, what)
            slot = self.slot_of(given, what)
            self.require_type_of(v, slot, what)
            if name != "add" and name != "subtract":
                raise not_code(f"{what} changes {v.name} by something else than a sum")
            if <int>self.code.type(slot).dtype == BOOL:
                raise not_code(f"{what} adds to {v.name}, which has no sums")
            found.append((OP_add if name == "add" else OP_subtract, slot))
        return found


def paths_of_code(data):
    """A tree of what `paths_as_code` has returned, without its "results", in any process.

    Everything is checked, so that data may come from anywhere: see `Program.from_code`. A walk
    (`follow_path`) gives the number of the path's end and its tensors.

    Raises:
        ValueError, NotImplementedError: as `Program.from_code`.
    """
    cdef PathsMaker maker = PathsMaker.__new__(PathsMaker)
    cdef PathTree tree = PathTree()
    cdef vector[uint32_t] given
    cdef list loads = [], leaves
    cdef uint32_t slot
    cdef Segment s
    cdef size_t k
    if type(data) is not dict or set(data) != {
        "inputs", "loads", "constants", "instructions", "segments", "derivatives"
    }:
        raise not_code("a dict of inputs, loads, constants, instructions, segments and derivatives is needed")
    inputs = list(items_of(data["inputs"], "inputs"))
    for item in items_of(data["loads"], "loads"):
        number, v = parts_of_item(item, 2, "what is read")
        if not isinstance(v, Variable):
            raise not_code("what is read is no Variable")
        loads.append((number, v.dtype.name, tuple(v.shape)))
    maker.read(inputs, loads, data["constants"], data["instructions"])
    maker.read_segments(data["segments"])
    if type(data["derivatives"]) is not bool:
        raise not_code("it does not say whether it has derivatives")
    for k in range(<size_t>len(inputs)):
        given.push_back(<uint32_t>k)
    for k in range(<size_t>len(loads)):
        slot = loads[k][0]
        given.push_back(slot)
    require_sound_paths(maker.code, given, maker.checked)
    tree.code[0] = maker.code
    tree.root, tree.segments = maker.made[0], maker.made
    for k in range(<size_t>len(loads)):
        tree.root.loads.append(data["loads"][k][1])
        slot = loads[k][0]
        tree.root.load_slots.push_back(slot)
    for s in tree.segments:
        tree.ends.push_back(s.end)
        if s.ending == AT_RETURN:
            leaves = [wrap(number_value(0, BOOL)) for k in range(s.slots.size())]
            s.result = Leaves((tree.paths, leaves), ())
            s.result.tensors = None
            tree.paths += 1
    tree.makes_constants = not data["derivatives"]
    tree.is_loaded, tree.input_count = True, len(inputs)
    tree.plan()
    return tree


def ends_of_paths(PathTree tree not None):
    """How many tensors are returned at the end of each path, in the order of their numbers."""
    cdef Segment s
    return [s.slots.size() for s in tree.segments if s.ending == AT_RETURN]


def follow_path(PathTree tree not None, list tensors not None):
    """A walk of a tree that `paths_of_code` has made: (number of the end, tensors that it returns), or
    None if no path is for these values.

    Raises:
        ValueError: for tensors of other dtypes and shapes, or as operations do.
        TypeError: if a tape knows what is taken, and there are no derivatives.
    """
    cdef Tensor t
    cdef size_t k
    if not tree.is_loaded or len(tensors) != tree.input_count:
        raise errors.InvalidArgumentError(
            f"a tree of {tree.input_count} inputs was given {len(tensors)}, or was not made of code")
    for k, t in enumerate(tensors):
        if not tree.code.is_of_type(<uint32_t>k, t.data.value):
            raise errors.InvalidArgumentError(f"input {k} is of another dtype or shape")
    result = tree.run(tensors, [])
    if result is TO_BE_CALLED:
        raise TypeError(
            "the function computes with arrays of NumPy's that it makes of tensors, so that it has no "
            "derivatives, and a tape knows what it takes: compute with functions of tf where it is "
            "defined, or call it with tf.stop_gradient(x)"
        )
    return None if result is NO_PATH else result
