"""HIPS autograd's public names beside ours: what is left out is listed, with the reason."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types

import pytest

autograd = pytest.importorskip("autograd")
pytest.importorskip("scipy")

# Modules of which nothing is here.
MODULES_LEFT_OUT = {
    "autograd.core": "how it records; `autograd_c.core` is ours",
    "autograd.misc.tracers": "graphs of constants, of its own records",
    "autograd.numpy.numpy_jvps": "rules of its own functions",
    "autograd.numpy.numpy_vjps": "rules of its own functions",
    "autograd.numpy.numpy_vspaces": "spaces of its own records",
    "autograd.numpy.numpy_wrapper": "how it wraps NumPy: names are in autograd.numpy",
    "autograd.util": "helpers of its own, and what it has deprecated",
}
IMPORTED = "what a module imports for itself"
PARTS = "a rule, or a part of one"
ARRAYS = "NumPy's, of objects that are no tensors: import numpy"
RECORDS = "how it records objects of other types"
ALGEBRA = "no derivative there either: scipy.linalg takes tensors"
NAMES_LEFT_OUT = {
    "autograd": {
        "a module of which nothing is here": ["util"],
        "it is in `extend`, which the package itself does not import": ["primitive"],
        "Python's own, and `tuple` is TensorFlow's function": [
            "dict",
            "isinstance",
            "list",
            "type",
        ],
    },
    "autograd.builtins": {
        RECORDS: [
            *("SequenceBox", "DictBox", "TupleMeta", "ListMeta", "DictMeta", "ContainerVSpace"),
            *("SequenceVSpace", "ListVSpace", "TupleVSpace", "DictVSpace", "NamedTupleVSpace"),
        ],
        PARTS: [
            *("grad_container_take", "grad_sequence_extend_right", "grad_sequence_extend_left"),
            "fwd_grad_make_sequence",
        ],
    },
    "autograd.extend": {
        RECORDS: ["JVPNode", "SparseObject", "VJPNode", "register_notrace"],
    },
    "autograd.differential_operators": {IMPORTED: ["np"]},
    "autograd.misc": {"graphs of constants": ["const_graph", "tracers"]},
    "autograd.misc.fixed_points": {PARTS: ["fixed_point_vjp"]},
    "autograd.misc.optimizers": {IMPORTED: ["np"], PARTS: ["unflatten_optimizer"]},
    "autograd.numpy": {
        IMPORTED: ["Box", "builtins", "notrace_primitive", "numpy_version", "primitive"],
        "modules of which nothing is here": [
            *("numpy_wrapper", "numpy_vjps", "numpy_jvps", "numpy_vspaces"),
        ],
        "how it wraps NumPy": [
            *("notrace_functions", "wrap_intdtype", "wrap_namespace", "concatenate_args"),
            *("wrap_if_boxes_inside", "array_from_args", "r_class", "c_class", "make_diagonal"),
            *("metadata", "parse_einsum_input", "custom_where"),
        ],
        ARRAYS: [
            *("asmatrix", "bmat", "busday_count", "busday_offset", "busdaycalendar", "matrix"),
            *("datetime_as_string", "datetime_data", "flatiter", "is_busday", "memmap"),
            *("nested_iters", "recarray", "record", "complex256", "float128"),
        ],
        "NumPy's, about itself: import numpy": [
            *("get_include", "show_config", "show_runtime", "test"),
        ],
    },
    "autograd.numpy.fft": {
        IMPORTED: ["anp", "defvjp", "primitive", "vspace", "wrap_namespace", "test"],
        PARTS: [
            *("match_complex", "fft_grad", "rfft_grad", "irfft_grad", "truncate_pad"),
            *("check_no_repeated_axes", "check_even_shape", "get_fft_args", "get_fft2_args"),
            *("get_fftn_args", "make_rfft_factors"),
        ],
    },
    "autograd.numpy.linalg": {
        IMPORTED: ["anp", "builtins", "defjvp", "defvjp", "partial", "test", "wrap_namespace"],
        PARTS: [
            *("T", "add2d", "grad_inv", "grad_pinv", "grad_solve", "norm_vjp", "norm_jvp"),
            *("grad_eigh", "grad_eig", "grad_cholesky", "grad_svd"),
        ],
    },
    "autograd.numpy.numpy_boxes": {
        IMPORTED: ["anp", "trace_primitives_map"],
        PARTS: ["nondiff_methods", "diff_methods", "method_name"],
    },
    "autograd.numpy.random": {
        "NumPy's, about itself: import numpy": ["get_bit_generator", "set_bit_generator", "test"],
        IMPORTED: ["wrap_namespace"],
    },
    "autograd.scipy.integrate": {IMPORTED: ["np"], PARTS: ["grad_odeint", "argnums_unpack"]},
    "autograd.scipy.linalg": {
        IMPORTED: [
            *("anp", "defjvp", "defjvp_argnums", "defvjp", "defvjp_argnums", "partial"),
            *("wrap_namespace", "test"),
        ],
        PARTS: ["grad_solve_triangular", "grad_solve_banded"],
        ALGEBRA: None,  # all others
    },
    "autograd.scipy.signal": {
        IMPORTED: ["np"],
        PARTS: [
            *("einsum_tensordot", "parse_axes", "compute_conv_size", "flipped_idxs"),
            "grad_convolve",
        ],
    },
    "autograd.scipy.special": {
        IMPORTED: ["np"],
        PARTS: [
            *("make_gammainc_vjp_arg1", "inv_root_pi", "root_pi", "make_grad_logsumexp"),
            "fwd_grad_logsumexp",
        ],
    },
    "autograd.scipy.stats.multivariate_normal": {
        PARTS: ["generalized_outer_product", "covgrad", "solve"],
    },
    "autograd.test_util": {
        PARTS: ["TOL", "RTOL", "EPS", "scalar_close", "make_numerical_jvp", "check_equivalent"],
    },
    "autograd.tracer": {
        RECORDS: [
            *("trace", "Node", "trace_primitives_map", "notrace_primitives", "register_notrace"),
            *("find_top_boxed_args", "TraceStack", "trace_stack", "box_type_mappings", "new_box"),
            "box_types",
        ],
        IMPORTED: ["autograd"],
    },
    "autograd.wrap_util": {PARTS: ["wraps", "wrap_nary_f", "get_name", "get_doc"]},
}
# Where names that modules import are meant to be imported from there.
COLLECTIONS = ("", ".extend", ".numpy", ".numpy.fft", ".numpy.linalg", ".numpy.random")
COLLECTIONS += (".scipy.linalg", ".scipy.stats", ".misc")
MODULES = ["autograd", *(m.name for m in pkgutil.walk_packages(autograd.__path__, "autograd."))]


def ours_of(name):
    return name.replace("autograd", "autograd_c", 1)


def public(name):
    """The names of a module but those that it imports for itself."""
    module = importlib.import_module(name)
    for key, thing in vars(module).items():
        if key.startswith("_"):
            continue
        if isinstance(thing, types.ModuleType):
            if thing.__name__.startswith("autograd."):
                yield key
        elif name.removeprefix("autograd") in COLLECTIONS or not callable(thing):
            yield key
        elif getattr(thing, "__module__", name) == name:
            yield key


def left_out(name):
    found = set()
    for names in NAMES_LEFT_OUT.get(name, {}).values():
        found |= set(names or ())
    if name.startswith("autograd.scipy.stats."):
        module = importlib.import_module(name)
        found |= {key for key in vars(module) if key.startswith("grad_") or key in ("np", "anp")}
    return found


@pytest.mark.parametrize("name", [name for name in MODULES if name not in MODULES_LEFT_OUT])
def test_names_are_here_or_left_out(name):
    ours = importlib.import_module(ours_of(name))
    missing = {key for key in public(name) if not hasattr(ours, key)} - left_out(name)
    if ALGEBRA in NAMES_LEFT_OUT.get(name, {}):
        # Those that it has rules for are here.
        assert not missing & {"solve_triangular", "solve_banded", "sqrtm", "solve_sylvester"}
        scipys = importlib.import_module(name.replace("autograd.", ""))
        missing = {key for key in missing if not hasattr(scipys, key)}
    modules = {f"{name}.{key}" for key in missing}
    assert not {m for m in modules if m not in MODULES_LEFT_OUT}
    # Nothing is excused that is there.
    stale = {k for k in left_out(name) if hasattr(ours, k) and k not in ("np", "anp")}
    assert not stale


def test_the_lists_are_of_modules_that_are_there():
    assert set(NAMES_LEFT_OUT) | set(MODULES_LEFT_OUT) <= set(MODULES)
    assert all(reason for reason in MODULES_LEFT_OUT.values())


OTHER_NAMES = {"f_raw": "f"}
CALLED = ["autograd", "autograd.extend", "autograd.misc.flatten", "autograd.misc.optimizers"]
CALLED += ["autograd.misc.fixed_points", "autograd.test_util", "autograd.wrap_util"]


@pytest.mark.parametrize("name", CALLED)
def test_arguments_have_their_names_and_places(name):
    theirs, ours = importlib.import_module(name), importlib.import_module(ours_of(name))
    for key in public(name):
        function = getattr(theirs, key)
        if not inspect.isfunction(function) or not hasattr(ours, key):
            continue
        parameters = inspect.signature(getattr(ours, key)).parameters
        named = list(inspect.signature(function).parameters.values())
        for place, p in enumerate(named):
            if p.kind is not p.POSITIONAL_OR_KEYWORD:
                continue
            known = OTHER_NAMES.get(p.name, p.name)
            assert known in parameters, (key, p.name)
            at = list(parameters)[place]
            assert at == known or (known, at) == ("argnum", "argnums"), (key, p.name)


@pytest.mark.parametrize(
    "name",
    "norm multivariate_normal t beta dirichlet chi2 poisson gamma".split(),
)
def test_distributions_are_imported_as_modules(name):
    space: dict[str, object] = {}
    exec(f"import autograd_c.scipy.stats.{name} as found", space)
    exec(f"import autograd.scipy.stats.{name} as theirs", space)
    for key in public(f"autograd.scipy.stats.{name}"):
        if key not in left_out(f"autograd.scipy.stats.{name}"):
            assert callable(getattr(space["found"], key)), key
