"""The libraries, one file each, named after what it imports (``python`` imports nothing).

A file defines, for each problem it takes part in, a function of the problem's `function` name
that takes the problem's inputs and returns a `bench.problem.Task`, or a dict of them. It may
define ``about()``, a line for the description of the machine. Each writes the problems as the
library's own documentation would.
"""
