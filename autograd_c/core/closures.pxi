# What functions have besides their arguments.

cdef enum:
    CLOSURES_WITHIN = 6  # each other, and structures, in which tensors are looked for


cdef bint closes_over(FunctionRecording r, object x, int depth=0) except -1:
    """Whether a function closes over a value of the program that is recorded, or has one as default:
    further calls would have that of this call."""
    if type(x) is Tensor:
        return is_computed(r, <Tensor>x)
    if depth >= CLOSURES_WITHIN or isinstance(x, (str, bytes, type)):
        return False
    for each in held_by(x):
        if closes_over(r, each, depth + 1):
            return True
    return False


cdef bint is_computed(FunctionRecording r, Tensor t) except -1:
    """Whether it is an argument of the program or made of them, and no tensor from outside."""
    cdef uint32_t node = known_node(t.data, active_log)
    cdef size_t k
    for k in range(r.captured_nodes.size()):
        if r.captured_nodes[k] == node:
            return False
    return node != no_node


cdef list held_by(object x):
    """What a function or a structure holds."""
    cdef list found = []
    if isinstance(x, (list, tuple, set)):
        return list(x)
    if isinstance(x, dict):
        return list(x.values())
    if isinstance(x, functools.partial):
        return [x.func, x.args, x.keywords]
    x = getattr(x, "__func__", x)
    for cell in getattr(x, "__closure__", None) or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # nothing yet
            pass
    return [*found, getattr(x, "__defaults__", None), getattr(x, "__kwdefaults__", None)]
