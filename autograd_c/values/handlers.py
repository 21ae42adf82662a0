"""Errors that signal handlers raise, for who tries something and goes on if it fails."""

from __future__ import annotations

import sys
from typing import Any


def raise_if_of_handler(error: BaseException) -> None:
    """Raise an error again if a signal handler has raised it: it would not come a second time.

    Handlers of Python's are told by their code, which is in the traceback.
    """
    signal = sys.modules.get("signal")
    if signal is None:
        return
    handlers = set()
    for number in signal.valid_signals():
        code = _code_of(signal.getsignal(number))
        if code is not None:
            handlers.add(code)
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code in handlers:
            raise error
        traceback = traceback.tb_next


def _code_of(handler: Any) -> Any:
    """The code that runs when it is called; None if that is not Python's."""
    while hasattr(handler, "func"):  # a functools.partial
        handler = handler.func
    handler = getattr(handler, "__func__", handler)
    found = getattr(handler, "__code__", None)
    if found is None and callable(handler):
        found = getattr(type(handler).__call__, "__code__", None)
    return found
