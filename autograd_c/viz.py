"""``tf.viz``: functions as text and as pictures, and where their time goes."""

from __future__ import annotations

from autograd_c.programs.graphs import Graph
from autograd_c.programs.profiles import Profile
from autograd_c.programs.shown import graph, profile, text

__all__ = ["Graph", "Profile", "graph", "profile", "text"]
