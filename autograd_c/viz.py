"""``tf.viz``: functions and tapes as text and as pictures, and where their time goes."""

from __future__ import annotations

from autograd_c.programs.graphs import Graph
from autograd_c.programs.profiles import Profile
from autograd_c.programs.shown import graph, profile, text
from autograd_c.programs.tapes import record_lines

__all__ = ["Graph", "Profile", "graph", "profile", "record_lines", "text"]
