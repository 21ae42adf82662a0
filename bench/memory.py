"""How much memory this process holds and held at most, in bytes.

``ru_maxrss`` alone would not do: on Linux a process inherits it from the one that started it.
"""

import os
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def resident() -> int:
    """Give the resident set now; where the system does not say, the largest so far."""
    return _status("VmRSS") if _STATUS.exists() else peak()


def peak() -> int:
    """Give the largest resident set since `reset_peak`, or since the process began."""
    if _STATUS.exists():
        return _status("VmHWM")
    import resource  # does not exist everywhere

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def reset_peak() -> None:
    """Forget the peak so far, where the system lets us."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5" + os.linesep)
    except OSError:
        pass


def _status(field: str) -> int:
    """Read a field of /proc/self/status, which counts in kB."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{_STATUS} has no {field}")
