# Programs as plain data, and from it.

cdef tuple type_as_data(const TypeEntry& type):
    return dtype_name(<int>type.dtype), shape_tuple(type.shape)


cdef str name_of(const Instruction& i):
    return (op_text[i.op].name if i.own.get() == NULL else i.own.get().spec.name).decode()


cdef dict code_as_data(const Code& code, size_t inputs, const vector[uint32_t]& outputs_of_all,
                       dict composites):
    """The first slots are the inputs."""
    cdef const Instruction* i
    cdef size_t k, n, outputs
    cdef list constants = [], instructions = []
    for k in range(code.constants.size()):
        constants.append((code.constants[k].first, wrap(code.constants[k].second.detached())))
    for k in range(code.instructions.size()):
        i = &code.instructions[k]
        outputs = output_count(i[0])
        instructions.append((
            name_of(i[0]),
            tuple(i.attributes),
            tuple(i.inputs),
            tuple([(i.output + n, *type_as_data(code.type(i.output + <uint32_t>n)))
                   for n in range(outputs)]),
            *([composites[k]] if k in composites else []),
        ))
    return {
        "inputs": tuple([type_as_data(code.type(<uint32_t>k)) for k in range(inputs)]),
        "constants": tuple(constants),
        "instructions": tuple(instructions),
        "outputs": tuple(outputs_of_all),
    }


cdef dict simplified_as_data(const Code& code, uint32_t begin, uint32_t end,
                             const vector[uint8_t]& needed, const vector[uint32_t]& outputs,
                             dict composites):
    """What a plan makes of instructions before it runs them; see `Program.simplified_code`.

    Its inputs are what is read and neither a constant nor made here.
    """
    cdef shared_ptr[Simplified] simplified
    cdef Simplified* s
    cdef const Instruction* i
    cdef uint32_t k
    cdef size_t n, count
    cdef dict inputs = {}, constants = {}
    cdef set made = set()
    cdef list instructions = []

    simplified.reset(new Simplified(code, begin, end, needed))
    s = simplified.get()
    for k in s.kept:
        i = &code.instructions[k]
        for n in range(i.inputs.size()):
            note_source(code, s, s.same[i.inputs[n]], made, inputs, constants)
        count = output_count(i[0])
        for n in range(count):
            made.add(i.output + n)
        instructions.append((
            name_of(i[0]),
            tuple(i.attributes),
            tuple([s.same[i.inputs[n]] for n in range(i.inputs.size())]),
            tuple([(i.output + n, *type_as_data(code.type(i.output + <uint32_t>n)))
                   for n in range(count)]),
            k,
            composites.get(k),
        ))
    for n in range(outputs.size()):
        note_source(code, s, s.same[outputs[n]], made, inputs, constants)
    return {
        "inputs": tuple([(x, *kind) for x, kind in inputs.items()]),
        "constants": tuple(constants.items()),
        "instructions": tuple(instructions),
        "outputs": tuple([s.same[outputs[n]] for n in range(outputs.size())]),
    }


cdef int note_source(const Code& code, const Simplified* s, uint32_t slot, set made, dict inputs,
                     dict constants) except -1:
    """Where a slot that is read has its value from."""
    if slot in made:
        return 0
    if s.constant_of[slot] != 0xffffffffu:
        constants[slot] = wrap(s.constants[s.constant_of[slot]].second.detached())
    else:
        inputs[slot] = type_as_data(code.type(slot))
    return 0


cdef list places_of(const Code& code):
    """Of each instruction the innermost frame of the user's program."""
    cdef dict known = {}
    cdef list found = []
    cdef uint64_t place
    cdef size_t k
    for k in range(code.places.size()):
        place = code.places[k]
        if place not in known:
            frames = place_frames(place)
            known[place] = frames[0] if len(frames) else None
        found.append(known[place])
    return found


cdef object not_code(str what):
    return errors.InvalidArgumentError(f"this is no code of a program: {what}")


cdef object items_of(object given, str what):
    if type(given) is not list and type(given) is not tuple:
        raise not_code(f"{what} is {type(given).__name__}, not a list")
    return given


cdef object parts_of_item(object given, size_t count, str what):
    if len(items_of(given, what)) != count:
        raise not_code(f"{what} has {len(given)} parts, not {count}")
    return given


cdef int64_t number_of_code(object given, object limit, str what) except? -1:
    """An integer, of magnitude up to a limit."""
    if type(given) is not int or not -limit <= given <= limit:
        raise not_code(f"{what} is no integer that it can be")
    return given


cdef dict DTYPE_CODES = {dtype.name: code for code, dtype in enumerate(DTYPES)}


cdef uint16_t COMPOSITE = CODES[b"composite"]


cdef int code_to_run(object name) except -1:
    code = CODES.get(name.encode("utf-8", "replace")) if type(name) is str else None
    if code is None:
        raise not_code(f"there is no operation {name!r:.100}")
    if not takes_code(code):
        raise errors.UnimplementedError(
            f"[{name}] cannot be run from the code of a program"
        )
    return code


cdef class CodeMaker:
    """Code that is put together from data."""

    cdef Code code
    cdef dict types
    cdef dict composites        # by the number of an instruction
    cdef uint32_t slots

    cdef uint32_t type_of(self, object dtype, object shape, str what) except? 0xffffffff:
        cdef TypeEntry entry
        if type(dtype) is not str or dtype not in DTYPE_CODES:
            raise not_code(f"{what} has no dtype")
        items_of(shape, what)
        if len(shape) > 32:
            raise not_code(f"{what} has {len(shape)} axes")
        for extent in shape:
            if number_of_code(extent, 2**40, what) < 0:
                raise not_code(f"{what} has a negative extent")
        key = (dtype, *shape)
        known = self.types.get(key)
        if known is None:
            entry.dtype = <DType><int>DTYPE_CODES[dtype]
            entry.shape = shape_of(shape)
            known = self.types[key] = len(self.types)
            self.code.types.push_back(entry)
        return known

    cdef uint32_t slot_of(self, object given, str what) except? 0xffffffff:
        cdef int64_t slot = number_of_code(given, 2**31, what)
        if not 0 <= slot < self.slots:
            raise not_code(f"{what}: there is no slot {slot}")
        return <uint32_t>slot

    cdef int read(self, list inputs, list loads, object given_constants, object given_instructions) except -1:
        """Everything but what is read at the end.

        Args:
            inputs: (dtype, shape) of each of the first slots.
            loads: (slot, dtype, shape) of others that are written before anything is run.
        """
        cdef Py_ssize_t results = 0
        cdef size_t k
        constants = items_of(given_constants, "constants")
        instructions = items_of(given_instructions, "instructions")
        self.types, self.composites = {}, {}
        for k, item in enumerate(instructions):
            if len(items_of(item, f"instruction {k}")) == 5 and type(item[4]) is Composite:
                self.composites[k] = item[4]
                item = item[:4]
            parts_of_item(item, 4, f"instruction {k}")
            results += len(items_of(item[3], f"outputs of instruction {k}"))
        if len(inputs) + len(loads) + len(constants) + results >= 2**31:
            raise not_code("it has too many slots")
        self.slots = len(inputs) + len(loads) + len(constants) + results
        self.code.slot_types.assign(self.slots, 0)
        for k, item in enumerate(inputs):
            what = f"input {k}"
            dtype, shape = parts_of_item(item, 2, what)
            self.code.slot_types[k] = self.type_of(dtype, shape, what)
        for slot, dtype, shape in loads:
            self.code.slot_types[self.slot_of(slot, "a Variable")] = self.type_of(dtype, shape, "a Variable")
        for k, item in enumerate(constants):
            self.add_constant(item, f"constant {k}")
        for k, item in enumerate(instructions):
            self.add_instruction(k, item[:4], f"instruction {k}")
        return 0

    cdef int add_constant(self, object item, str what) except -1:
        cdef uint32_t slot
        cdef Tensor t
        given, value = parts_of_item(item, 2, what)
        slot = self.slot_of(given, what)
        t = tensor_of_code(value, what)
        self.code.slot_types[slot] = self.type_of(
            dtype_name(<int>t.data.value.dtype), shape_tuple(t.data.value.shape()), what
        )
        self.code.constants.push_back(pair[uint32_t, Value](slot, t.data.value.detached()))
        return 0

    cdef int add_instruction(self, size_t place, object item, str what) except -1:
        cdef Instruction instruction
        cdef HostRef no_host
        cdef Composite composite = self.composites.get(place)
        cdef uint32_t slot, type_number
        cdef size_t n
        name, attributes, read, written = item
        instruction.own = no_host if composite is None else composite.host
        instruction.op = COMPOSITE if composite is not None else <uint16_t>code_to_run(name)
        if composite is not None and name != composite.name:
            raise not_code(f"{what} is no {name!r:.100}")
        for x in items_of(attributes, what):
            instruction.attributes.push_back(number_of_code(x, 2**62, what))
        for x in items_of(read, what):
            instruction.inputs.push_back(self.slot_of(x, what))
        instruction.output = 0
        parts_of_item(written, output_count(instruction), f"outputs of {what}")
        for n, x in enumerate(written):
            given, dtype, shape = parts_of_item(x, 3, what)
            slot = self.slot_of(given, what)
            type_number = self.type_of(dtype, shape, what)
            if n == 0:
                instruction.output = slot
            elif slot != instruction.output + n:
                raise not_code(f"the outputs of {what} are not in a row")
            self.code.slot_types[slot] = type_number
        self.code.instructions.push_back(instruction)
        return 0


cdef Tensor tensor_of_code(object given, str what):
    if type(given) is not Tensor:
        raise not_code(f"{what} is no tensor")
    return given


cdef Program program_of_data(object data):
    cdef CodeMaker maker = CodeMaker.__new__(CodeMaker)
    cdef vector[uint32_t] outputs
    cdef Program made = Program.__new__(Program)
    cdef uint32_t slot
    cdef size_t k
    if type(data) is not dict or set(data) != {"inputs", "constants", "instructions", "outputs"}:
        raise not_code("a dict of inputs, constants, instructions and outputs is needed")
    inputs = list(items_of(data["inputs"], "inputs"))
    maker.read(inputs, [], data["constants"], data["instructions"])
    made.input_sizes = [maker.code.type(<uint32_t>k).shape.size() for k in range(len(inputs))]
    made.outputs = []
    made.places = []
    made.output_sizes = []
    for x in items_of(data["outputs"], "outputs"):
        slot = maker.slot_of(x, "outputs")
        outputs.push_back(slot)
        made.output_sizes.append(maker.code.type(slot).shape.size())
    made.program.reset(new EngineProgram(maker.code, <uint32_t>len(inputs), outputs))
    made.composites = maker.composites
    return made
