# What the engine knows of its operations.

def operation_table():
    """What the engine knows of its operations, one dict each.

    Elementwise ones have all keys; structural ones only "code", "name" and "elementwise".
    """
    table = []
    for code in range(1, op_count):
        op = &op_table[code]
        row = {"code": code, "name": op.name.decode(), "elementwise": op.elementwise}
        if op.elementwise:
            row.update(
                arity=op.arity,
                kinds="".join(k for bit, k in enumerate("bifc") if op.kinds >> bit & 1),
                boolean=op.to_boolean,
                differentiable=op.differentiable,
                names=op.names.decode().split(),
                numpy=op.numpy.decode(),
                arguments=[s.strip() for s in op.arguments.decode().split(",")],
                low=op.low,
                high=op.high,
                summary=op.summary.decode(),
            )
        table.append(row)
    return table


def recorded_operations(GradientTape tape not None):
    """How many records of each operation a tape holds, by the names of `operation_table`.

    A tape that shares its log with others counts what they recorded meanwhile.
    """
    cdef int64_t[MAX_OPS] counts
    cdef Claim claim
    for code in range(MAX_OPS):
        counts[code] = 0
    if claim.take(tape.tape, False):
        tape.tape.count_operations(counts)
    return {op_table[code].name.decode(): counts[code] for code in range(1, op_count) if counts[code]}


cdef int fill_ufuncs() except -1:
    cdef uint16_t code
    for code in range(1, op_count):
        if op_table[code].elementwise and op_table[code].numpy[0]:
            UFUNCS[op_table[code].numpy.decode()] = code
    UFUNCS.update({
        "absolute": OP_abs, "fabs": OP_abs, "remainder": OP_mod, "rint": OP_round,
        "true_divide": OP_divide,
    })
    return 0


fill_ufuncs()
