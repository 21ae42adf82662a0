# Made by tools/make_stubs.py from the operation table and arrays/__init__.py: see `make stubs`.

from typing import Any

from autograd_c.arrays._as_is import (
    array2string,
    array_repr,
    array_str,
    base_repr,
    binary_repr,
    broadcast,
    errstate,
    exceptions,
    format_float_positional,
    format_float_scientific,
    fromfile,
    frompyfunc,
    fromregex,
    genfromtxt,
    get_printoptions,
    getbufsize,
    geterr,
    geterrcall,
    index_exp,
    info,
    isfortran,
    isnat,
    isscalar,
    iterable,
    load,
    loadtxt,
    may_share_memory,
    ndenumerate,
    ndindex,
    nditer,
    packbits,
    poly1d,
    printoptions,
    s_,
    save,
    savetxt,
    savez,
    savez_compressed,
    set_printoptions,
    setbufsize,
    seterr,
    seterrcall,
    shares_memory,
    typecodes,
    typename,
    ufunc,
    unpackbits,
)
from autograd_c.arrays._differences import diff, ediff1d, gradient, trapezoid, trapz
from autograd_c.arrays._einsum import einsum, einsum_path
from autograd_c.arrays._elementwise import (
    allclose,
    angle,
    around,
    array_equal,
    array_equiv,
    fix,
    i0,
    imag,
    isclose,
    iscomplex,
    iscomplexobj,
    isneginf,
    isposinf,
    isreal,
    isrealobj,
    nan_to_num,
    real,
    real_if_close,
    round,
    sinc,
    unwrap,
)
from autograd_c.arrays._histograms import (
    bincount,
    histogram,
    histogram2d,
    histogram_bin_edges,
    histogramdd,
)
from autograd_c.arrays._interpolation import interp
from autograd_c.arrays._joining import (
    append,
    array_split,
    block,
    c_,
    column_stack,
    concat,
    concatenate,
    delete,
    dsplit,
    dstack,
    hsplit,
    hstack,
    insert,
    r_,
    row_stack,
    split,
    stack,
    trim_zeros,
    unstack,
    vsplit,
    vstack,
)
from autograd_c.arrays._making import (
    array,
    asanyarray,
    asarray,
    asarray_chkfinite,
    ascontiguousarray,
    asfortranarray,
    astype,
    copy,
    empty,
    empty_like,
    from_dlpack,
    frombuffer,
    fromiter,
    fromstring,
    full,
    full_like,
    ones,
    ones_like,
    require,
    zeros,
    zeros_like,
)
from autograd_c.arrays._mapping import apply_along_axis, apply_over_axes, vectorize
from autograd_c.arrays._matrices import (
    diag,
    diag_indices,
    diag_indices_from,
    diagflat,
    diagonal,
    eye,
    identity,
    mask_indices,
    trace,
    tri,
    tril,
    tril_indices,
    tril_indices_from,
    triu,
    triu_indices,
    triu_indices_from,
    vander,
)
from autograd_c.arrays._means import average, mean, std, var
from autograd_c.arrays._nan_reductions import (
    nanargmax,
    nanargmin,
    nancumprod,
    nancumsum,
    nanmax,
    nanmean,
    nanmin,
    nanprod,
    nanstd,
    nansum,
    nanvar,
)
from autograd_c.arrays._padding import pad
from autograd_c.arrays._polynomials import (
    poly,
    polyadd,
    polyder,
    polydiv,
    polyfit,
    polyint,
    polymul,
    polysub,
    polyval,
    roots,
)
from autograd_c.arrays._products import (
    cross,
    dot,
    inner,
    kron,
    matmul,
    matvec,
    outer,
    tensordot,
    vdot,
    vecdot,
    vecmat,
)
from autograd_c.arrays._quantiles import (
    median,
    nanmedian,
    nanpercentile,
    nanquantile,
    percentile,
    quantile,
)
from autograd_c.arrays._ranges import (
    arange,
    fromfunction,
    geomspace,
    indices,
    linspace,
    logspace,
    meshgrid,
    mgrid,
    ogrid,
)
from autograd_c.arrays._reductions import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    count_nonzero,
    cumprod,
    cumsum,
    cumulative_prod,
    cumulative_sum,
    max,
    min,
    prod,
    ptp,
    sum,
)
from autograd_c.arrays._selecting import (
    argwhere,
    choose,
    clip,
    compress,
    digitize,
    extract,
    flatnonzero,
    ix_,
    nonzero,
    piecewise,
    ravel_multi_index,
    searchsorted,
    select,
    take,
    take_along_axis,
    unravel_index,
    where,
)
from autograd_c.arrays._series import convolve, corrcoef, correlate, cov
from autograd_c.arrays._shapes import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_arrays,
    broadcast_shapes,
    broadcast_to,
    expand_dims,
    flip,
    fliplr,
    flipud,
    matrix_transpose,
    moveaxis,
    ndim,
    permute_dims,
    ravel,
    repeat,
    reshape,
    resize,
    roll,
    rollaxis,
    rot90,
    shape,
    size,
    squeeze,
    swapaxes,
    tile,
    transpose,
)
from autograd_c.arrays._sorting import (
    argpartition,
    argsort,
    in1d,
    intersect1d,
    isin,
    lexsort,
    msort,
    partition,
    setdiff1d,
    setxor1d,
    sort,
    sort_complex,
    union1d,
    unique,
    unique_all,
    unique_counts,
    unique_inverse,
    unique_values,
)
from autograd_c.arrays._tensorflows import (
    complex_,
    experimental_enable_numpy_behavior,
    flatten,
    float_,
    string_,
    unicode_,
)
from autograd_c.arrays._types import (
    False_,
    ScalarType,
    True_,
    bool,
    bool_,
    byte,
    bytes_,
    can_cast,
    cdouble,
    character,
    clongdouble,
    common_type,
    complex64,
    complex128,
    complexfloating,
    csingle,
    datetime64,
    double,
    dtype,
    e,
    euler_gamma,
    finfo,
    flexible,
    float16,
    float32,
    float64,
    floating,
    generic,
    half,
    iinfo,
    inexact,
    inf,
    int8,
    int16,
    int32,
    int64,
    int_,
    intc,
    integer,
    intp,
    isdtype,
    issubdtype,
    long,
    longdouble,
    longlong,
    min_scalar_type,
    mintypecode,
    nan,
    ndarray,
    newaxis,
    number,
    object_,
    pi,
    promote_types,
    result_type,
    short,
    signedinteger,
    single,
    str_,
    timedelta64,
    ubyte,
    uint,
    uint8,
    uint16,
    uint32,
    uint64,
    uintc,
    uintp,
    ulong,
    ulonglong,
    unsignedinteger,
    ushort,
    void,
)
from autograd_c.arrays._types import __array_api_version__ as __array_api_version__
from autograd_c.arrays._types import __array_namespace_info__ as __array_namespace_info__
from autograd_c.arrays._windows import bartlett, blackman, hamming, hanning, kaiser
from autograd_c.arrays._writing import copyto, fill_diagonal, place, put, put_along_axis, putmask
from autograd_c.core._core import Tensor, UniversalFunction
from autograd_c.typing import DTypeLike, TensorLike

__all__ = [
    "False_",
    "ScalarType",
    "True_",
    "abs",
    "absolute",
    "acos",
    "acosh",
    "add",
    "all",
    "allclose",
    "amax",
    "amin",
    "angle",
    "any",
    "append",
    "apply_along_axis",
    "apply_over_axes",
    "arange",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "argwhere",
    "around",
    "array",
    "array2string",
    "array_equal",
    "array_equiv",
    "array_repr",
    "array_split",
    "array_str",
    "asanyarray",
    "asarray",
    "asarray_chkfinite",
    "ascontiguousarray",
    "asfortranarray",
    "asin",
    "asinh",
    "astype",
    "atan",
    "atan2",
    "atanh",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "average",
    "bartlett",
    "base_repr",
    "binary_repr",
    "bincount",
    "bitwise_and",
    "bitwise_count",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "blackman",
    "block",
    "bool",
    "bool_",
    "broadcast",
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "byte",
    "bytes_",
    "c_",
    "can_cast",
    "cbrt",
    "cdouble",
    "ceil",
    "character",
    "choose",
    "clip",
    "clongdouble",
    "column_stack",
    "common_type",
    "complex128",
    "complex64",
    "complex_",
    "complexfloating",
    "compress",
    "concat",
    "concatenate",
    "conj",
    "conjugate",
    "convolve",
    "copy",
    "copysign",
    "copyto",
    "corrcoef",
    "correlate",
    "cos",
    "cosh",
    "count_nonzero",
    "cov",
    "cross",
    "csingle",
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "datetime64",
    "deg2rad",
    "degrees",
    "delete",
    "diag",
    "diag_indices",
    "diag_indices_from",
    "diagflat",
    "diagonal",
    "diff",
    "digitize",
    "divide",
    "divmod",
    "dot",
    "double",
    "dsplit",
    "dstack",
    "dtype",
    "e",
    "ediff1d",
    "einsum",
    "einsum_path",
    "empty",
    "empty_like",
    "equal",
    "errstate",
    "euler_gamma",
    "exceptions",
    "exp",
    "exp2",
    "expand_dims",
    "experimental_enable_numpy_behavior",
    "expm1",
    "extract",
    "eye",
    "fabs",
    "fill_diagonal",
    "finfo",
    "fix",
    "flatnonzero",
    "flatten",
    "flexible",
    "flip",
    "fliplr",
    "flipud",
    "float16",
    "float32",
    "float64",
    "float_",
    "float_power",
    "floating",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "format_float_positional",
    "format_float_scientific",
    "frexp",
    "from_dlpack",
    "frombuffer",
    "fromfile",
    "fromfunction",
    "fromiter",
    "frompyfunc",
    "fromregex",
    "fromstring",
    "full",
    "full_like",
    "gcd",
    "generic",
    "genfromtxt",
    "geomspace",
    "get_printoptions",
    "getbufsize",
    "geterr",
    "geterrcall",
    "gradient",
    "greater",
    "greater_equal",
    "half",
    "hamming",
    "hanning",
    "heaviside",
    "histogram",
    "histogram2d",
    "histogram_bin_edges",
    "histogramdd",
    "hsplit",
    "hstack",
    "hypot",
    "i0",
    "identity",
    "iinfo",
    "imag",
    "in1d",
    "index_exp",
    "indices",
    "inexact",
    "inf",
    "info",
    "inner",
    "insert",
    "int16",
    "int32",
    "int64",
    "int8",
    "int_",
    "intc",
    "integer",
    "interp",
    "intersect1d",
    "intp",
    "invert",
    "isclose",
    "iscomplex",
    "iscomplexobj",
    "isdtype",
    "isfinite",
    "isfortran",
    "isin",
    "isinf",
    "isnan",
    "isnat",
    "isneginf",
    "isposinf",
    "isreal",
    "isrealobj",
    "isscalar",
    "issubdtype",
    "iterable",
    "ix_",
    "kaiser",
    "kron",
    "lcm",
    "ldexp",
    "left_shift",
    "less",
    "less_equal",
    "lexsort",
    "linspace",
    "load",
    "loadtxt",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logaddexp2",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logspace",
    "long",
    "longdouble",
    "longlong",
    "mask_indices",
    "matmul",
    "matrix_transpose",
    "matvec",
    "max",
    "maximum",
    "may_share_memory",
    "mean",
    "median",
    "meshgrid",
    "mgrid",
    "min",
    "min_scalar_type",
    "minimum",
    "mintypecode",
    "mod",
    "modf",
    "moveaxis",
    "msort",
    "multiply",
    "nan",
    "nan_to_num",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "ndarray",
    "ndenumerate",
    "ndim",
    "ndindex",
    "nditer",
    "negative",
    "newaxis",
    "nextafter",
    "nonzero",
    "not_equal",
    "number",
    "object_",
    "ogrid",
    "ones",
    "ones_like",
    "outer",
    "packbits",
    "pad",
    "partition",
    "percentile",
    "permute_dims",
    "pi",
    "piecewise",
    "place",
    "poly",
    "poly1d",
    "polyadd",
    "polyder",
    "polydiv",
    "polyfit",
    "polyint",
    "polymul",
    "polysub",
    "polyval",
    "positive",
    "pow",
    "power",
    "printoptions",
    "prod",
    "promote_types",
    "ptp",
    "put",
    "put_along_axis",
    "putmask",
    "quantile",
    "r_",
    "rad2deg",
    "radians",
    "ravel",
    "ravel_multi_index",
    "real",
    "real_if_close",
    "reciprocal",
    "remainder",
    "repeat",
    "require",
    "reshape",
    "resize",
    "result_type",
    "right_shift",
    "rint",
    "roll",
    "rollaxis",
    "roots",
    "rot90",
    "round",
    "row_stack",
    "s_",
    "save",
    "savetxt",
    "savez",
    "savez_compressed",
    "searchsorted",
    "select",
    "set_printoptions",
    "setbufsize",
    "setdiff1d",
    "seterr",
    "seterrcall",
    "setxor1d",
    "shape",
    "shares_memory",
    "short",
    "sign",
    "signbit",
    "signedinteger",
    "sin",
    "sinc",
    "single",
    "sinh",
    "size",
    "sort",
    "sort_complex",
    "spacing",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "str_",
    "string_",
    "subtract",
    "sum",
    "swapaxes",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "tensordot",
    "tile",
    "timedelta64",
    "trace",
    "transpose",
    "trapezoid",
    "trapz",
    "tri",
    "tril",
    "tril_indices",
    "tril_indices_from",
    "trim_zeros",
    "triu",
    "triu_indices",
    "triu_indices_from",
    "true_divide",
    "trunc",
    "typecodes",
    "typename",
    "ubyte",
    "ufunc",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintc",
    "uintp",
    "ulong",
    "ulonglong",
    "unicode_",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "unpackbits",
    "unravel_index",
    "unsignedinteger",
    "unstack",
    "unwrap",
    "ushort",
    "vander",
    "var",
    "vdot",
    "vecdot",
    "vecmat",
    "vectorize",
    "void",
    "vsplit",
    "vstack",
    "where",
    "zeros",
    "zeros_like",
]

add: UniversalFunction
arctan2: UniversalFunction
atan2: UniversalFunction
bitwise_and: UniversalFunction
bitwise_left_shift: UniversalFunction
bitwise_or: UniversalFunction
bitwise_right_shift: UniversalFunction
bitwise_xor: UniversalFunction
copysign: UniversalFunction
divide: UniversalFunction
equal: UniversalFunction
float_power: UniversalFunction
floor_divide: UniversalFunction
fmax: UniversalFunction
fmin: UniversalFunction
fmod: UniversalFunction
gcd: UniversalFunction
greater: UniversalFunction
greater_equal: UniversalFunction
heaviside: UniversalFunction
hypot: UniversalFunction
lcm: UniversalFunction
ldexp: UniversalFunction
left_shift: UniversalFunction
less: UniversalFunction
less_equal: UniversalFunction
logaddexp: UniversalFunction
logaddexp2: UniversalFunction
logical_and: UniversalFunction
logical_or: UniversalFunction
logical_xor: UniversalFunction
maximum: UniversalFunction
minimum: UniversalFunction
mod: UniversalFunction
multiply: UniversalFunction
nextafter: UniversalFunction
not_equal: UniversalFunction
pow: UniversalFunction
power: UniversalFunction
remainder: UniversalFunction
right_shift: UniversalFunction
subtract: UniversalFunction
true_divide: UniversalFunction

def abs(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's absolute of tensors, elementwise, in its dtypes."""

def absolute(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's absolute of tensors, elementwise, in its dtypes."""

def acos(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arccos of tensors, elementwise, in its dtypes."""

def acosh(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arccosh of tensors, elementwise, in its dtypes."""

def arccos(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arccos of tensors, elementwise, in its dtypes."""

def arccosh(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arccosh of tensors, elementwise, in its dtypes."""

def arcsin(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arcsin of tensors, elementwise, in its dtypes."""

def arcsinh(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arcsinh of tensors, elementwise, in its dtypes."""

def arctan(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arctan of tensors, elementwise, in its dtypes."""

def arctanh(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arctanh of tensors, elementwise, in its dtypes."""

def asin(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arcsin of tensors, elementwise, in its dtypes."""

def asinh(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arcsinh of tensors, elementwise, in its dtypes."""

def atan(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arctan of tensors, elementwise, in its dtypes."""

def atanh(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's arctanh of tensors, elementwise, in its dtypes."""

def bitwise_count(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's bitwise_count of tensors, elementwise, in its dtypes."""

def bitwise_invert(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's invert of tensors, elementwise, in its dtypes."""

def bitwise_not(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's invert of tensors, elementwise, in its dtypes."""

def cbrt(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's cbrt of tensors, elementwise, in its dtypes."""

def ceil(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's ceil of tensors, elementwise, in its dtypes."""

def conj(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's conjugate of tensors, elementwise, in its dtypes."""

def conjugate(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's conjugate of tensors, elementwise, in its dtypes."""

def cos(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's cos of tensors, elementwise, in its dtypes."""

def cosh(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's cosh of tensors, elementwise, in its dtypes."""

def deg2rad(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's deg2rad of tensors, elementwise, in its dtypes."""

def degrees(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's degrees of tensors, elementwise, in its dtypes."""

def divmod(
    x1: TensorLike,
    x2: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> tuple[Tensor, Tensor]:
    """NumPy's divmod of tensors, elementwise, in its dtypes."""

def exp(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's exp of tensors, elementwise, in its dtypes."""

def exp2(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's exp2 of tensors, elementwise, in its dtypes."""

def expm1(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's expm1 of tensors, elementwise, in its dtypes."""

def fabs(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's fabs of tensors, elementwise, in its dtypes."""

def floor(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's floor of tensors, elementwise, in its dtypes."""

def frexp(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> tuple[Tensor, Tensor]:
    """NumPy's frexp of tensors, elementwise, in its dtypes."""

def invert(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's invert of tensors, elementwise, in its dtypes."""

def isfinite(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's isfinite of tensors, elementwise, in its dtypes."""

def isinf(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's isinf of tensors, elementwise, in its dtypes."""

def isnan(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's isnan of tensors, elementwise, in its dtypes."""

def log(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's log of tensors, elementwise, in its dtypes."""

def log10(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's log10 of tensors, elementwise, in its dtypes."""

def log1p(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's log1p of tensors, elementwise, in its dtypes."""

def log2(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's log2 of tensors, elementwise, in its dtypes."""

def logical_not(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's logical_not of tensors, elementwise, in its dtypes."""

def modf(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> tuple[Tensor, Tensor]:
    """NumPy's modf of tensors, elementwise, in its dtypes."""

def negative(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's negative of tensors, elementwise, in its dtypes."""

def positive(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's positive of tensors, elementwise, in its dtypes."""

def rad2deg(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's rad2deg of tensors, elementwise, in its dtypes."""

def radians(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's radians of tensors, elementwise, in its dtypes."""

def reciprocal(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's reciprocal of tensors, elementwise, in its dtypes."""

def rint(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's rint of tensors, elementwise, in its dtypes."""

def sign(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's sign of tensors, elementwise, in its dtypes."""

def signbit(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's signbit of tensors, elementwise, in its dtypes."""

def sin(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's sin of tensors, elementwise, in its dtypes."""

def sinh(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's sinh of tensors, elementwise, in its dtypes."""

def spacing(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's spacing of tensors, elementwise, in its dtypes."""

def sqrt(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's sqrt of tensors, elementwise, in its dtypes."""

def square(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's square of tensors, elementwise, in its dtypes."""

def tan(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's tan of tensors, elementwise, in its dtypes."""

def tanh(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's tanh of tensors, elementwise, in its dtypes."""

def trunc(
    x: TensorLike,
    /,
    out: Any = None,
    *,
    where: TensorLike = True,
    dtype: DTypeLike | None = None,
    **options: Any,
) -> Tensor:
    """NumPy's trunc of tensors, elementwise, in its dtypes."""
