# Functions that have a say in the Variables that a thread makes.

cdef dict creators_of_threads = {}      # lists of functions, the innermost last


def make_by_creators(Variable variable not None, list creators not None, int place, **given):
    """Initialise a variable with what the first `place` creators make of its arguments."""
    if place > 0:
        following = functools.partial(make_by_creators, variable, creators, place - 1)
        return creators[place - 1](following, **given)
    if variable.tensor_or_none is not None:
        raise RuntimeError("next_creator was called twice for one Variable")
    variable.initialise(
        given.get("initial_value"), given.get("trainable"), given.get("name"), given.get("dtype"),
        given.get("constraint"), given.get("synchronization"), given.get("aggregation"),
        given.get("shape"))
    return variable


def enter_creator(creator):
    """Let a function have a say in the Variables that this thread makes."""
    creators = creators_of_threads.get(PyThread_get_thread_ident(), [])
    # A new list: a variable that is being made keeps the old one.
    creators_of_threads[PyThread_get_thread_ident()] = [*creators, creator]


def leave_creator(creator):
    """Undo the last `enter_creator`."""
    creators = creators_of_threads.get(PyThread_get_thread_ident(), [])
    if not creators or creators[-1] is not creator:
        raise ValueError("the creator is not the innermost one of this thread")
    if len(creators) == 1:
        del creators_of_threads[PyThread_get_thread_ident()]
    else:
        creators_of_threads[PyThread_get_thread_ident()] = creators[:-1]
