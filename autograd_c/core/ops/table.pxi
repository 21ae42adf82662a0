# What the engine knows of its operations.

def operation_table():
    """What the engine knows of its operations, one dict each.

    Elementwise ones and structural ones have different keys beside "code", "name", "elementwise",
    "differentiable" and "kinds".
    """
    table = []
    for code in range(1, op_count):
        op = &op_table[code]
        text = &op_text[code]
        row = {"code": code, "name": text.name.decode(), "elementwise": op.elementwise}
        if not op.elementwise:
            row.update(
                differentiable=op.arity > 0,
                kinds="".join(k for bit, k in enumerate("bifc") if op.kinds >> bit & 1),
                can_run=True if op.has_run else op.host != NULL,
                batched=op.host.spec.leading if op.host != NULL else
                True if op.has_batched else False,
                python=op.effect == EFFECT_PYTHON,
                pattern=True if op.has_pattern else False,
                scatter="in_place" if op.scatter == Scatter.in_place
                else "moved" if op.scatter == Scatter.moved else "spread",
            )
        if op.elementwise:
            row.update(
                arity=op.arity,
                kinds="".join(k for bit, k in enumerate("bifc") if op.kinds >> bit & 1),
                boolean=op.to_boolean,
                differentiable=op.differentiable,
                names=text.names.decode().split(),
                numpy=text.numpy.decode(),
                arguments=[s.strip() for s in text.arguments.decode().split(",")],
                low=text.low,
                high=text.high,
                summary=text.summary.decode(),
                expression=row_expression(code).decode() if row_expression(code) != NULL else "",
            )
        table.append(row)
    return table


def recorded_operations(GradientTape tape not None):
    """How many records of each operation a tape holds, by the names of `operation_table`.

    A tape that shares its log with others counts what they recorded meanwhile.
    """
    cdef vector[int64_t] counts
    cdef Claim claim
    cdef int code
    counts.resize(op_count)
    if claim.take(tape.tape, False):
        tape.tape.count_operations(counts.data())
    return {op_text[code].name.decode(): counts[code] for code in range(1, op_count) if counts[code]}


cdef enum:
    KIND_BOOLEAN = 1
    KIND_FLOATING = 4
    KIND_COMPLEX = 8


cdef int fill_ufuncs() except -1:
    cdef uint16_t code
    for code in range(1, op_count):
        # Those of conditions NumPy has for numbers, too.
        if op_table[code].kinds == KIND_BOOLEAN:
            continue
        if op_table[code].elementwise and op_text[code].numpy[0]:
            ufunc = getattr(np, op_text[code].numpy.decode(), None)
            if isinstance(ufunc, np.ufunc):  # not all are, in all versions of NumPy
                UFUNCS[ufunc] = code
    UFUNCS.update({np.fabs: OP_abs, np.rint: OP_round})
    return 0


fill_ufuncs()


# ---------------------------------------------------------------- calls by name

cdef dict CODES = {op_text[code].name: code for code in range(1, op_count)}


cdef int code_of(str name) except -1:
    code = CODES.get(name.encode())
    # Those of any number of attributes have functions of their own, which check them.
    if code is None or op_table[code].attributes == any_number or not (
        op_table[code].elementwise or op_table[code].has_run or op_table[code].host != NULL
    ):
        raise ValueError(f"there is no operation {name!r} that can be called by its name")
    return code


def apply(str name not None, tensors, attributes=()):
    """The result of an operation of the engine's table: the one entry for all of them.

    Args:
        name: as in `operation_table`.
        tensors: its inputs, a list of tensors and what becomes one: those that it has derivatives by
            first, then those that its value alone depends on.
        attributes: its integers and bools, as the comment above it in csrc/ops/ has them.

    Raises:
        ValueError: if there is no such operation, or it takes another number of inputs or attributes;
            and whatever the operation raises.
    """
    cdef int code = code_of(name)
    cdef vector[Value] values
    cdef vector[const Value*] inputs
    cdef vector[int64_t] numbers = attributes
    cdef size_t k
    cdef uint8_t expected = op_table[code].attributes
    cdef int count = op_table[code].arity if op_table[code].elementwise else op_table[code].inputs
    if len(tensors) != count:
        raise ValueError(f"[{name}] takes {count} tensors, not {len(tensors)}")
    if numbers.size() != expected and expected != output_extents or numbers.size() > 32:
        raise ValueError(f"[{name}] takes {expected} attributes, not {numbers.size()}")
    values.reserve(len(tensors))
    for x in tensors:
        values.push_back(traced((<Tensor>tensor_from(x)).data))
    for k in range(values.size()):
        inputs.push_back(&values[k])
    if op_table[code].host == NULL:
        return wrap(op_call(<uint16_t>code, Call(numbers.data(), numbers.size(), inputs.data(),
                                                 inputs.size())))
    cdef list outputs = wrapped(call_host(<uint16_t>code, Call(numbers.data(), numbers.size(),
                                                               inputs.data(), inputs.size())))
    return outputs[0] if len(outputs) == 1 else outputs

