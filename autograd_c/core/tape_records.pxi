# What a tape holds, and how long sweeps take at each record, as plain data.

cdef object place_of(uint64_t place):
    """(file, line, function) in the user's program, or None."""
    frames = place_frames(place)
    return frames[0] if len(frames) else None


def tape_records(GradientTape tape not None, list targets):
    """The records that a tape knows, the names of Variables, and the nodes of some targets.

    Args:
        targets: tensors and Variables.

    Returns:
        A list of (node, name, attributes, inputs, dtype, shape, place) in the order in which they
        were recorded. What is watched has the name "input". Inputs are nodes, None for constants;
        a place is (file, line, function), or None where it was not noted. Then a dict of the names
        of the Variables that the tape watches, by node, and for each target its node, None for what
        the tape does not know.
    """
    cdef Claim claim
    cdef vector[TapeRecord] records
    cdef size_t k
    cdef uint32_t node
    cdef Log* log
    cdef list found = [], nodes = []
    cdef dict names = {}
    if not claim.take(tape.tape, False):
        return found, names, [None] * len(targets)
    log = tape.tape.log()
    records = engine_tape_records(tape.tape)
    for k in range(records.size()):
        found.append((
            records[k].node,
            op_text[records[k].op].name.decode(),
            tuple(records[k].attributes),
            [None if node == no_node else node for node in records[k].inputs],
            dtype_name(<int>records[k].type.dtype),
            shape_tuple(records[k].type.shape),
            place_of(records[k].place),
        ))
    for v in tape.watched_variables():
        names[known_node(tensor_of(<Variable>v).data, log)] = v.name
    for x in targets:
        node = known_node(tensor_from(x).data if type(x) is Tensor else tensor_of(<Variable>x).data, log)
        nodes.append(node if node != no_node and tape.tape.knows(node) else None)
    return found, names, nodes


def time_sweeps(function):
    """What a function returns, and how long its sweeps back through tapes take at each record.

    Returns:
        The result, and a list of (name, dtype, shape, place, nanoseconds), as in `tape_records`, in
        the order of the sweeps. What they take besides is in none of them.
    """
    cdef SweepTimes* times = new SweepTimes()
    cdef const TimedRecord* entry
    cdef size_t k
    cdef list found = []
    try:
        result = function()
        for k in range(times.entries().size()):
            entry = &times.entries()[k]
            found.append((
                op_text[entry.op].name.decode(),
                dtype_name(<int>entry.type.dtype),
                shape_tuple(entry.type.shape),
                place_of(entry.place),
                entry.nanoseconds,
            ))
    finally:
        del times
    return result, found


def note_lines(bint on):
    """Whether it is noted for each record of this thread which line of the user's program it is from.

    Calls with True and with False come in pairs. What was noted goes with the last False.
    """
    note_origins(on)
    if not on and not any_thread_checks():
        forget_places()
