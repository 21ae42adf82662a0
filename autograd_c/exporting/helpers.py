"""Functions that exported code calls: of C's library, and those that it brings along.

Each of the latter is written once for a kind of dtypes: floating, signed, unsigned. In its text
REAL is the type, @exp the library's function for that type, and #sigmoid another one of these. What
elementwise rows call computes what csrc/kernels/functions.inl does, in the same order: a test
compares them. BITS, WIDE and LOWEST stand for the number of bits, the unsigned type that integers
are computed in, and the smallest number.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from autograd_c.exporting import routines
from autograd_c.exporting.types import SHORT, c_type, itemsize, kind_of, wide_unsigned

# Functions of numbers, by the names that rows have for them.
LIBM = {
    name: name
    for name in (
        "exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc "
        "pow atan2 sqrt floor ceil nextafter lgamma"
    ).split()
}
LIBM.update(abs="fabs", round="rint", truncatemod="fmod")

_FLOATING = {
    "sign": "REAL #sign(REAL x) { return x != x ? x : (REAL)((x > 0) - (x < 0)); }",
    "maximum": "REAL #maximum(REAL a, REAL b) { return a >= b || a != a ? a : b; }",
    "minimum": "REAL #minimum(REAL a, REAL b) { return a <= b || a != a ? a : b; }",
    "sigmoid": "REAL #sigmoid(REAL x) { return 1 / (1 + @exp(-x)); }",
    "reciprocal": "REAL #reciprocal(REAL x) { return 1 / x; }",
    "rsqrt": "REAL #rsqrt(REAL x) { return 1 / @sqrt(x); }",
    "co_square": "REAL #co_square(REAL x) { return (1 - x) * (1 + x); }",
    "one_plus_square": "REAL #one_plus_square(REAL x) { return 1 + x * x; }",
    "exp_difference": """
/* exp(a - b), right to the last digits where the difference is rounded. */
REAL #exp_difference(REAL a, REAL b) {
    const REAL d = a - b;
    const REAL taken = d - a;
    const REAL lost = (a - (d - taken)) - (b + taken);
    const REAL y = @exp(d);
    const REAL nearer = y + y * lost;
    return nearer == nearer ? nearer : y;
}""",
    "asin_slope": "REAL #asin_slope(REAL x) { return #rsqrt(#co_square(x)); }",
    "hypot1": """
/* The square root of 1 + x * x, without overflow. */
REAL #hypot1(REAL x) {
    const REAL modulus = @fabs(x);
    return modulus > (REAL)1099511627776.0 ? modulus : @sqrt(1 + x * x);
}""",
    "over_square": """
/* a / (a * a + b * b), moved by a power of two where a square could overflow or be subnormal. */
REAL #over_square(REAL a, REAL b) {
    const int is_wide = sizeof(REAL) == sizeof(double);
    const REAL larger = @fabs(a) > @fabs(b) ? @fabs(a) : @fabs(b);
    const REAL scale = larger > @ldexp(1, is_wide ? 500 : 60)   ? @ldexp(1, is_wide ? -600 : -80)
                       : larger < @ldexp(1, is_wide ? -440 : -50) ? @ldexp(1, is_wide ? 600 : 90)
                                                                  : 1;
    a *= scale;
    b *= scale;
    return a / (a * a + b * b) * scale;
}""",
    "elu": "REAL #elu(REAL x) { return x > 0 ? x : @expm1(x); }",
    "selu": """
REAL #selu(REAL x) {
    return x > 0 ? (REAL)1.0507009873554805 * x : (REAL)1.7580993408473766 * @expm1(x);
}""",
    "nonzero": "REAL #nonzero(REAL x) { return x != 0 ? 1 : 0; }",
    "xlogy": "REAL #xlogy(REAL a, REAL b) { return a != 0 ? a * @log(b) : 0; }",
    "xlog1py": "REAL #xlog1py(REAL a, REAL b) { return a != 0 ? a * @log1p(b) : 0; }",
    "xdivy": "REAL #xdivy(REAL a, REAL b) { return a != 0 ? a / b : 0; }",
    "divide_no_nan": "REAL #divide_no_nan(REAL a, REAL b) { return b != 0 ? a / b : 0; }",
    "reciprocal_no_nan": "REAL #reciprocal_no_nan(REAL x) { return x != 0 ? 1 / x : 0; }",
    "multiply_no_nan": "REAL #multiply_no_nan(REAL a, REAL b) { return b != 0 ? a * b : 0; }",
    "twice": "REAL #twice(REAL x) { return x + x; }",
    "lowered": """
/* b - 1, but 0 where both are 0: the exponent of the derivative of a power. */
REAL #lowered(REAL a, REAL b) { return b - (a != 0 || b != 0 ? 1 : 0); }""",
    "pow_slope": """
/* b * a^(b - 1), where b - 1 may be rounded. */
REAL #pow_slope(REAL a, REAL b) {
    const int rounded = b < (REAL)0.5 && b >= LOWEST && a != 0;
    const REAL p = b * @pow(a, rounded ? b : #lowered(a, b));
    return rounded ? p / a : p;
}""",
    "mod": """
/* The remainder with the sign of b. */
REAL #mod(REAL a, REAL b) {
    REAL r = @fmod(a, b);
    if (b == 0) return (REAL)NAN;
    if (r == 0) return @copysign(0, b);
    if ((b < 0) != (r < 0)) r += b;
    return r;
}""",
    "floordiv": """
/* The quotient rounded down. */
REAL #floordiv(REAL a, REAL b) {
    REAL r, q, f;
    if (b == 0) return a / b;
    r = @fmod(a, b);
    q = (a - r) / b;
    if (r != 0 && (b < 0) != (r < 0)) q -= 1;
    if (q == 0) return @copysign(0, a / b);
    f = @floor(q);
    return q - f > (REAL)0.5 ? f + 1 : f;
}""",
    "truncatediv": "REAL #truncatediv(REAL a, REAL b) { return @trunc(a / b); }",
}

_SIGNED = {
    "abs": "REAL #abs(REAL x) { return x < 0 ? (REAL)(0u - (WIDE)x) : x; }",
    "sign": "REAL #sign(REAL x) { return (REAL)((x > 0) - (x < 0)); }",
    "floordiv": """
/* The quotient rounded down; b is not 0. */
REAL #floordiv(REAL a, REAL b) {
    if (b == -1) return (REAL)(0u - (WIDE)a);
    return (REAL)(a / b - (a % b != 0 && (a < 0) != (b < 0)));
}""",
    "mod": """
/* The remainder with the sign of b, which is not 0. */
REAL #mod(REAL a, REAL b) {
    const REAL r = (REAL)(b == -1 ? 0 : a % b);
    return (REAL)(r != 0 && (r < 0) != (b < 0) ? r + b : r);
}""",
    "truncatediv": """
REAL #truncatediv(REAL a, REAL b) { return (REAL)(b == -1 ? (REAL)(0u - (WIDE)a) : a / b); }""",
    "truncatemod": "REAL #truncatemod(REAL a, REAL b) { return (REAL)(b == -1 ? 0 : a % b); }",
    "right_shift": """
/* With the sign; all bits move out beyond the width. */
REAL #right_shift(REAL a, REAL b) {
    const int places = b < 0 || b >= BITS ? BITS - 1 : (int)b;
    return (REAL)(a < 0 ? ~(~a >> places) : a >> places);
}""",
    "left_shift": """
REAL #left_shift(REAL a, REAL b) { return (REAL)(b < 0 || b >= BITS ? 0 : (WIDE)a << b); }""",
}

_UNSIGNED = {
    "abs": "REAL #abs(REAL x) { return x; }",
    "sign": "REAL #sign(REAL x) { return x > 0; }",
    "floordiv": "REAL #floordiv(REAL a, REAL b) { return (REAL)(a / b); }",
    "mod": "REAL #mod(REAL a, REAL b) { return (REAL)(a % b); }",
    "truncatediv": "REAL #truncatediv(REAL a, REAL b) { return (REAL)(a / b); }",
    "truncatemod": "REAL #truncatemod(REAL a, REAL b) { return (REAL)(a % b); }",
    "right_shift": "REAL #right_shift(REAL a, REAL b) { return (REAL)(b >= BITS ? 0 : a >> b); }",
    "left_shift": """
REAL #left_shift(REAL a, REAL b) { return (REAL)(b >= BITS ? 0 : (WIDE)a << b); }""",
}

_INTEGRAL = {
    "maximum": "REAL #maximum(REAL a, REAL b) { return a >= b ? a : b; }",
    "minimum": "REAL #minimum(REAL a, REAL b) { return a <= b ? a : b; }",
    "twice": "REAL #twice(REAL x) { return (REAL)((WIDE)x + (WIDE)x); }",
    "pow": """
/* It wraps; b is not negative. */
REAL #pow(REAL a, REAL b) {
    WIDE result = 1, factor = (WIDE)a;
    while (b != 0) {
        if (b & 1) result *= factor;
        factor *= factor;
        b = (REAL)(b >> 1);
    }
    return (REAL)result;
}""",
}

_TEXTS = {
    "floating": {**_FLOATING, **routines.FLOATING, **routines.ORDERED},
    "signed": {**_INTEGRAL, **_SIGNED, **routines.SIGNED, **routines.INTEGRAL, **routines.ORDERED},
    "unsigned": {**_INTEGRAL, **_UNSIGNED, **routines.INTEGRAL, **routines.ORDERED},
    "bool": {},
}


def find_helper(name: str, kind: str) -> str | None:
    """The text of a function for a kind of dtypes, or None."""
    return _TEXTS[kind].get(name)


class Helpers:
    """Functions that a file needs, each before those that call it."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], str] = {}
        self.texts: list[str] = []
        self._parts = 0
        # What long loops call now and then; not 0 if they are to end.
        self.patience = ""
        self.asks_for_patience = False

    def __call__(self, name: str, dtype: str) -> str:
        """What a function is called; it is in the file from now on."""
        made = self._made.get((name, dtype))
        if made is None:
            made = self._made[name, dtype] = f"{name}_{SHORT[dtype]}"
            text = find_helper(name, kind_of(dtype))
            if text is None:
                raise KeyError(f"no helper {name} for {dtype}")
            self.texts.append(self._filled(text.strip(), dtype))
        return made

    def new_part(self) -> int:
        """The number of one more loop or branch."""
        self._parts += 1
        return self._parts

    def add(self, name: str, text: Callable[[], str]) -> str:
        """One that is made for the purpose."""
        if ("", name) not in self._made:
            self._made["", name] = name
            self.texts.append(text())
        return name

    def cast(self, source: str, target: str) -> str:
        """Of floats to integers, which may have no room for them: as processors do it."""
        signed = "int64_t" if target.endswith("64") or target == "uint32" else "int32_t"
        least, bits = ("INT64_MIN", 63) if signed == "int64_t" else ("INT32_MIN", 31)
        f = "f" if source == "float32" else ""
        name = f"{SHORT[target]}_of_{SHORT[source]}"
        limit = f"{2.0**bits!r}{f}"
        chosen = f"x >= -{limit} && x < {limit} ? ({signed})x : {least}"
        result = f"({c_type(target)})({chosen})"
        large = ""
        if target == "uint64":
            large = f"    if (x >= {2.0**63!r}{f} && x < {2.0**64!r}{f}) return (uint64_t)x;\n"
        return self.add(
            name,
            lambda: (
                f"/* The least number where there is no room for x. */\nstatic inline "
                f"{c_type(target)} {name}({c_type(source)} x) {{\n{large}    return {result};\n}}"
            ),
        )

    def _filled(self, text: str, dtype: str) -> str:
        suffix = "f" if dtype == "float32" else ""
        text = re.sub(r"#(\w+)", lambda m: self(m.group(1), dtype), text)
        text = re.sub(r"@(\w+)", rf"\1{suffix}", text)
        for word, meant in (
            ("REAL", c_type(dtype)),
            ("WIDE", wide_unsigned(dtype)),
            ("BITS", str(8 * itemsize(dtype))),
            ("LOWEST", "-FLT_MAX" if suffix else "-DBL_MAX"),
        ):
            text = re.sub(rf"\b{word}\b", meant, text)
        # The comment before it stays before it.
        head, brace, rest = text.partition("*/\n") if text.startswith("/*") else ("", "", text)
        return f"{head}{brace}static inline {rest}"
