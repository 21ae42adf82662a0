"""Sphinx's settings: `make docs` runs it in build/docs-source, which stage.py has filled."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.ext.napoleon import Config, GoogleDocstring
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).resolve().parent))

from docstrings import after_sections, before_sections  # noqa: E402
from links import target_of  # noqa: E402
from names import entries, namespaces  # noqa: E402

import autograd_c  # noqa: E402

project = "autograd_c"
version = release = autograd_c.__version__
copyright = "the autograd_c developers"
extensions = ["sphinx.ext.autodoc", "myst_parser"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
root_doc = "index"

myst_heading_anchors = 3
autodoc_typehints = "none"
autodoc_member_order = "alphabetical"
add_module_names = False
toc_object_entries = False
python_maximum_signature_line_length = 80
maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"autograd_c {version}"
html_copy_source = False
html_theme_options = {"source_view_link": "", "top_of_page_buttons": []}
html_last_updated_fmt = None


class Unindexed(dict[str, bool]):
    """Options of a directive, as Sphinx 8 (keys) and 9 (attributes) ask for them.

    Attributes that a docstring lists may be properties as well, which have entries of their own.
    """

    no_index = noindex = True


napoleon = Config(napoleon_use_param=True, napoleon_use_rtype=False, napoleon_use_ivar=False)


def to_lines(path: str, thing: Any, lines: list[str]) -> list[str]:
    """A docstring as reStructuredText."""
    sections = GoogleDocstring(
        "\n".join(before_sections(lines)), napoleon, options=Unindexed({"no-index": True})
    ).lines()
    own = path.rpartition(".")[0]
    return after_sections(sections, lambda code: target_of(code, own, thing))


def convert(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    lines[:] = to_lines(name, thing, lines)


class DocstringOf(SphinxDirective):
    """The docstring of an object that is neither a class nor a function."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        path = self.arguments[0]
        thing: Any = autograd_c
        for name in path.split(".")[1:]:
            thing = getattr(thing, name)
        lines = to_lines(path, thing, (inspect.getdoc(thing) or "").splitlines())
        return self.parse_text_to_nodes("\n".join(lines) + "\n")


def check_index(app: Sphinx, failure: Exception | None) -> None:
    """Every public name has to be where links and the index find it."""
    if failure is None and app.builder.name == "html":
        known = app.env.domains.python_domain.objects
        missing = sorted({*entries(), *namespaces()} - set(known))
        if missing:
            raise ExtensionError(f"not in the index: {', '.join(missing)}")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-process-docstring", convert)
    app.connect("build-finished", check_index)
    app.add_directive("docstring-of", DocstringOf)
    return {"parallel_read_safe": True}
