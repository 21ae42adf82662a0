# Checks of all results for NaN and infinities: what the engine finds, told in Python.

cdef object explain = None  # set by checks/numerics.py


def set_explanation(function, str folder):
    """Install the function that makes the exception, and the folder whose code is not the user's."""
    global explain
    explain = function
    set_library_folder(folder)
    numerics_hooks.here = place_here
    numerics_hooks.tell = tell_finding


cdef int tell_finding(const Finding& finding) except -1 with gil:
    cdef size_t k
    cdef list operands = []
    for k in range(finding.operands.size()):
        name = None if finding.operands[k].name == NULL else finding.operands[k].name.decode()
        operands.append((name, wrap(finding.operands[k].value), counts(finding.operands[k].count)))
    recorded = place_frames(finding.origin.place)
    inner = None
    if finding.origin.derivative_of != 0:
        inner = (op_name(finding.origin.derivative_of), place_frames(finding.origin.asked))
    raise explain(
        finding.kind, finding.operation.decode(), finding.input, finding.batch,
        wrap(finding.found), counts(finding.count), operands, place_frames(place_here()), recorded,
        inner,
    )


cdef tuple counts(const NonFinite& n):
    return n.negative, n.positive, n.nan


def switch_checks(bint on, int frames):
    """Check the results of this thread's operations from now on, or no longer.

    `frames` is how many frames of the user's stack are noted for each record.
    """
    set_place_limit(frames)
    check_numerics(on)
    if not any_thread_checks():
        forget_places()


def checks_are_on():
    """Whether the results of this thread's operations are checked."""
    return checks_numerics()
