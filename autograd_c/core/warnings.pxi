# Warnings, as log records of "autograd_c": each once for each line of the user's program.

cdef set warned = set()  # (key, file, line)

# Programs that make code as they run have lines without end.
cdef Py_ssize_t WARNINGS_KEPT = 10_000


cpdef bint warn_once_each_place(str key, str message) except -1:
    """Warn, unless this line of the user's program has had a warning of this key before.

    Whether there was a warning. `message` is asked for whether it is needed or not.
    """
    frame = user_frame()
    file, line, function = ("<unknown>", 0, None) if frame is None else frame
    place = (key, file, line)
    if place in warned or len(warned) >= WARNINGS_KEPT:
        return False
    warned.add(place)
    import logging
    logger = logging.getLogger("autograd_c")
    if logger.isEnabledFor(logging.WARNING):
        # Who prints the message alone is to see the place too.
        text = message if frame is None else f"{message}\n  at {file}:{line}"
        logger.handle(logger.makeRecord(logger.name, logging.WARNING, file, line, text, (), None,
                                        function))
    return True
