"""Functions of HIPS autograd that others here do not have by another name."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.transforms.calls import Argnums, Function, check_callable
from autograd_c.transforms.gradients import grad
from autograd_c.transforms.products import jvp, make_hvp, make_jvp, make_vjp
from autograd_c.values import nest


def deriv(fun: Function, argnum: int = 0) -> Function:
    """A function that computes the derivative of a function of one number, in forward mode.

    Args:
        fun: returns a tensor or a structure of them. Of an argument that is an array, the result is
            the derivative along a direction of ones: that of each element, if `fun` works element
            by element.
        argnum: which positional argument to take the derivative by.

    Returns:
        A function of the arguments of `fun` that returns what is like the output of `fun`.

    Raises:
        TypeError: from the function, as `jvp`.

    >>> import autograd_c as tf
    >>> print(tf.func.deriv(lambda x: tf.stack([x, x * x]))(3.0).numpy())
    [1. 6.]
    """
    check_callable("deriv", fun)

    @functools.wraps(fun, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        def of_one(x: Any) -> Any:
            given = list(args)
            given[argnum] = x
            return fun(*given, **kwargs)

        x = args[argnum]
        ones = nest.map_structure(_ones_like, x)
        return jvp(of_one, (x,), (ones,))[1]

    return derivative


def getval(x: Any) -> Any:
    """The value of what a derivative is being taken of, as an array: to print it, say.

    Args:
        x: a tensor or Variable, or anything else, which is returned as it is.

    Returns:
        A NumPy array or scalar, which is a constant to every tape.

    >>> import autograd_c as tf
    >>> from autograd_c.tracer import getval
    >>> def f(x):
    ...     print(getval(x))
    ...     return x * x
    >>> y = tf.grad(f)(3.0)
    3.0
    """
    return x.numpy() if isinstance(x, (Tensor, Variable)) else x


def isbox(x: Any) -> bool:
    """Whether a derivative is being taken of x: a tape or a function's derivative records it.

    >>> import autograd_c as tf
    >>> from autograd_c.tracer import isbox
    >>> print(isbox(3.0), tf.grad(lambda x: x * float(isbox(x)))(3.0).numpy())
    False 1.0
    """
    return bool(_core.is_recorded(x))


def _ones_like(x: Any) -> Any:
    if isinstance(x, float):
        return 1.0
    t = _core.convert_to_tensor(x)
    return _core.full(t.shape, 1, t.dtype)


def holomorphic_grad(fun: Function, argnum: Argnums = 0) -> Function:
    """A function that computes the complex derivative of a holomorphic function.

    Args:
        fun: returns a complex scalar.
        argnum: as `argnums` of `grad`.

    Raises:
        TypeError: from the function, for real arguments or outputs, and as `grad`.

    >>> import autograd_c as tf
    >>> print(tf.func.holomorphic_grad(lambda z: z * z)(1 + 2j).numpy())
    (2+4j)
    """
    return grad(fun, argnum, holomorphic=True)


def grad_and_aux(fun: Function, argnum: Argnums = 0) -> Function:
    """A function that computes the gradient of the first of two outputs, and hands on the second.

    Args:
        fun: returns a pair, a scalar and anything else.
        argnum: as `argnums` of `grad`.

    Returns:
        A function of the arguments of `fun` that returns a pair: the gradient, and the second
        output.

    Raises:
        TypeError, ValueError: from the function, as `grad`.

    >>> import autograd_c as tf
    >>> gradient, aux = tf.func.grad_and_aux(lambda x: (x * x, "more"))(3.0)
    >>> print(gradient.numpy(), aux)
    6.0 more
    """
    return grad(fun, argnum, has_aux=True)


def grad_named(fun: Function, argname: str) -> Function:
    """The gradient by an argument that is given by its name.

    Args:
        fun: returns a scalar.
        argname: the name of one of its positional arguments.

    Raises:
        ValueError: if there is no such argument.

    >>> import autograd_c as tf
    >>> print(tf.func.grad_named(lambda a, b: a * b * b, "b")(2.0, 3.0).numpy())
    12.0
    """
    check_callable("grad_named", fun)
    names = list(inspect.signature(fun).parameters)
    if argname not in names:
        raise ValueError(f"grad_named: {argname!r} is none of the arguments {', '.join(names)}")
    return grad(fun, names.index(argname))


def multigrad_dict(fun: Function) -> Function:
    """The gradients by all arguments, in a dict by their names.

    Args:
        fun: returns a scalar. An argument by which there is no gradient, of integers or strings,
            is left out of the dict.

    Returns:
        A function of the arguments of `fun`, by position or keyword.

    >>> import autograd_c as tf
    >>> found = tf.func.multigrad_dict(lambda a, b=2.0: a * b)(3.0)
    >>> {name: float(g) for name, g in found.items()}
    {'a': 2.0, 'b': 3.0}
    """
    check_callable("multigrad_dict", fun)
    signature = inspect.signature(fun)

    @functools.wraps(fun, updated=())
    def gradients(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = dict(bound.arguments)
        by = [name for name, x in given.items() if _has_derivative(x)]

        def of_values(*values: Any) -> Any:
            arguments = {**given, **dict(zip(by, values))}
            for name, x in arguments.items():
                bound.arguments[name] = x
            return fun(*bound.args, **bound.kwargs)

        values = [given[name] for name in by]
        found = grad(of_values, tuple(range(len(by))))(*values)
        return dict(zip(by, found))

    return gradients


def _has_derivative(x: Any) -> bool:
    leaves = nest.flatten(x)
    if not leaves:
        return False
    for leaf in leaves:
        if isinstance(leaf, (bool, int, str)) or leaf is None:
            return False
        try:
            dtype = _core.convert_to_tensor(leaf).dtype
        except (TypeError, ValueError):
            return False
        if not (dtype.is_floating or dtype.is_complex):
            return False
    return True


def _of_one_more(fun: Function, prepare: Function) -> Function:
    """What `prepare` makes of the arguments of a function, called with one more of its own."""

    @functools.wraps(fun, updated=())
    def product(*args: Any, **kwargs: Any) -> Tensor:
        *given, tensor = args
        found: Tensor = prepare(*given, **kwargs)[0](tensor)
        return found

    return product


def unary_to_nary(unary_operator: Function) -> Function:
    """Make an operator on functions of one argument one on functions of several.

    Args:
        unary_operator: `unary_operator(fun, x, ...)` gets a function of one argument, and that.

    Returns:
        An operator `operator(fun, argnum=0, ...)`, which returns a function of the arguments of
        `fun`. That one calls `unary_operator` with `fun` as a function of the argument of that
        number; of several numbers, of a tuple of arguments.

    >>> from autograd_c.wrap_util import unary_to_nary
    >>> step = unary_to_nary(lambda f, x: f(x + 1.0) - f(x))
    >>> step(lambda a, b: a * b, 1)(2.0, 3.0)
    2.0
    """
    check_callable("unary_to_nary", unary_operator)

    @functools.wraps(unary_operator, updated=())
    def operator(fun: Function, argnum: Argnums = 0, *more: Any, **options: Any) -> Function:
        check_callable(getattr(unary_operator, "__name__", "unary_to_nary"), fun)
        only = isinstance(argnum, int)
        numbers: Any = [argnum] if only else argnum

        @functools.wraps(fun, updated=())
        def of_several(*args: Any, **kwargs: Any) -> Any:
            def of_one(x: Any) -> Any:
                given = list(args)
                for k, part in zip(numbers, [x] if only else x):
                    given[k] = part
                return fun(*given, **kwargs)

            picked = tuple([args[k] for k in numbers])
            return unary_operator(of_one, picked[0] if only else picked, *more, **options)

        return of_several

    return operator


def tensor_jacobian_product(fun: Function, argnum: int = 0) -> Function:
    """A function that computes the product of a tensor with the Jacobian, from the left.

    Args:
        fun: returns one tensor.
        argnum: which positional argument to take derivatives by.

    Returns:
        A function of the arguments of `fun` and, last, of a tensor of the shape of the output,
        which is contracted with the axes of the output. The result has the shape of the argument.

    Raises:
        TypeError, ValueError: from the function, as `vjp`.

    >>> import autograd_c as tf
    >>> product = tf.func.tensor_jacobian_product(tf.square)
    >>> print(product(tf.constant([1.0, 2.0]), tf.constant([1.0, 10.0])).numpy())
    [ 2. 40.]
    """
    return _of_one_more(fun, make_vjp(fun, argnum))


def hessian_tensor_product(fun: Function, argnum: int = 0) -> Function:
    """A function that computes the product of the Hessian of a scalar function with a tensor.

    Args:
        fun: returns a scalar.
        argnum: which positional argument to take derivatives by.

    Returns:
        A function of the arguments of `fun` and, last, of a tensor of the shape of that argument,
        which the result has, too.

    Raises:
        TypeError, ValueError: from the function, as `hvp`.

    >>> import autograd_c as tf
    >>> product = tf.func.hessian_tensor_product(lambda x: tf.reduce_sum(x**3))
    >>> print(product(tf.constant([1.0, 2.0]), tf.constant([1.0, 1.0])).numpy())
    [ 6. 12.]
    """
    return _of_one_more(fun, make_hvp(fun, argnum))


vector_jacobian_product = tensor_jacobian_product
hessian_vector_product = hessian_tensor_product
make_jvp_reversemode = make_jvp
