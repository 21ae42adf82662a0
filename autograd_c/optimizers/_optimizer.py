"""What all optimizers have in common."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import GradientTape, OptimizerState, Variable
from autograd_c.functions import arrays
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.optimizers._saved import Saved
from autograd_c.optimizers.schedules import LearningRateSchedule
from autograd_c.values import nest
from autograd_c.values.dtypes import DType, as_dtype, int64
from autograd_c.values.names import name_scope, snake_case

if TYPE_CHECKING:
    from autograd_c.typing import DTypeLike, ShapeLike

made: dict[str, int] = {}  # optimizers made so far, by the names that they take by default


def default_name(cls: type) -> str:
    """A name that no optimizer of this process took by default before."""
    name = snake_case(cls.__name__)
    count = made.get(name, 0)
    made[name] = count + 1
    return name if count == 0 else f"{name}_{count}"


class Optimizer(Saved):
    """What optimizers have in common; the base of those of one's own.

    An optimizer changes Variables step by step, given their gradients. What it keeps for each of
    them, its slots, are Variables too.

    Args:
        learning_rate: a number, a Variable (which may be assigned later), a `LearningRateSchedule`,
            or a callable without arguments.
        weight_decay: if given, each variable loses weight_decay * learning_rate of itself before
            each step.
        clipnorm: if given, each gradient is scaled down to this norm.
        clipvalue: if given, elements of gradients are limited to [-clipvalue, clipvalue].
        global_clipnorm: if given, all gradients together are scaled down to this norm.
        use_ema: whether a moving average of each variable is kept.
        ema_momentum: how much of it each step keeps.
        ema_overwrite_frequency: after how many steps variables are given their averages, each time;
            None for never, but in `finalize_variable_values`.
        loss_scale_factor: if given, the loss was multiplied by it (`scale_loss`; `minimize` does),
            and gradients are divided by it.
        gradient_accumulation_steps: if given, gradients are added up, and each time after so many
            calls their mean is applied.
        name: a label; by default that of the class, with a number.

    Raises:
        ValueError: for unknown arguments, and values that make no sense.

    A derived class overrides `build` and `update_step`:

    >>> import autograd_c as tf
    >>> class SignDescent(tf.optimizers.Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         variable.assign_sub(learning_rate * tf.sign(gradient))
    >>> v = tf.Variable([1.0, 2.0])
    >>> SignDescent(0.5).apply_gradients([(tf.constant([3.0, -4.0]), v)])
    <tf.Variable 'sign_descent/iteration:0' shape=() dtype=int64, numpy=1>
    >>> print(v.numpy())
    [0.5 2.5]
    """

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if kwargs:
            raise ValueError(f"Argument(s) not recognized: {kwargs}{self._advice_on(kwargs)}")
        if gradient_accumulation_steps and not gradient_accumulation_steps >= 2:
            raise ValueError(
                "`gradient_accumulation_steps` must be an integer >= 2. Received: "
                f"gradient_accumulation_steps={gradient_accumulation_steps}"
            )
        if use_ema and not 0 <= ema_momentum <= 1:
            raise ValueError(
                f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={ema_momentum}"
            )
        frequency = ema_overwrite_frequency
        if use_ema and frequency and (not isinstance(frequency, int) or frequency < 1):
            raise ValueError(
                "`ema_overwrite_frequency` must be an integer >= 1 or None. Received: "
                f"ema_overwrite_frequency={frequency}"
            )
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
                f"clipnorm={clipnorm}, clipvalue={clipvalue}, global_clipnorm={global_clipnorm}"
            )
        self.name = default_name(type(self)) if name is None else name
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.global_clipnorm = global_clipnorm
        self.clipvalue = clipvalue
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.built = False
        # A class that overrides `update_step` is called for each variable.
        self._compiled = type(self).update_step is Optimizer.update_step
        self._iterations = self._own_variable(0, int64, "iteration")
        self._slots: list[Variable] = []  # in the order in which they were added
        self._columns: list[list[Variable]] = []  # those that the compiled rule finds
        self._averages: list[Variable] | None = None
        self._accumulators: list[Variable] | None = None
        self._state = OptimizerState([])
        self._excluded: list[Variable] = []
        self._excluded_names: list[str] = []
        self._learning_rate: Any = None
        self._set_learning_rate(learning_rate)

    # ------------------------------------------------------------ variables

    def _own_variable(self, value: Any, dtype: DTypeLike, name: str) -> Variable:
        with name_scope(f"{self.name}/"):
            return Variable(value, trainable=False, dtype=dtype, name=name)

    @property
    def iterations(self) -> Any:
        """How many steps were made: an int64 Variable, which may be assigned.

        With `gradient_accumulation_steps`, a tensor: how often gradients were applied.
        """
        if self.gradient_accumulation_steps:
            return self._iterations // self.gradient_accumulation_steps
        return self._iterations

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the next step: a Variable, or what the schedule or callable gives.

        It can be set, to a number unless there is a schedule, or to another schedule or callable.

        >>> import autograd_c as tf
        >>> optimizer = tf.optimizers.SGD(0.5)
        >>> optimizer.learning_rate = 0.25
        >>> print(optimizer.learning_rate.numpy())
        0.25
        """
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            return rate(self._iterations)
        return rate if isinstance(rate, Variable) else rate()

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        if callable(learning_rate):
            self._learning_rate = learning_rate
        elif isinstance(self._learning_rate, LearningRateSchedule):
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object as its "
                "`learning_rate` constructor argument, hence its learning rate is not settable. "
                "If you need the learning rate to be settable, you should instantiate the "
                "optimizer with a float `learning_rate` argument."
            )
        elif isinstance(self._learning_rate, Variable):
            self._learning_rate.assign(np.asarray(learning_rate))
        else:
            self._set_learning_rate(learning_rate)

    def _advice_on(self, unknown: dict[str, Any]) -> str:
        """What to call arguments that have other names elsewhere."""
        from autograd_c.advice import lookup

        accepted = set(inspect.signature(type(self)).parameters)
        advice = lookup.of_keywords(unknown, accepted)
        return f"; {advice}" if advice else ""

    def _set_learning_rate(self, rate: Any) -> None:
        if not callable(rate) and not isinstance(rate, Variable):
            number = np.asarray(rate)
            if number.ndim or number.dtype.kind not in "iuf":
                raise ValueError(
                    "Argument `learning_rate` should be float, or an instance of "
                    "LearningRateSchedule, or a callable (that returns the learning rate value). "
                    f"Received instead: learning_rate={rate!r}. (Variables are given to `minimize` "
                    "or `apply_gradients`.)"
                )
            rate = self._own_variable(number, _core.get_default_float(), "learning_rate")
        self._learning_rate = rate

    @property
    def variables(self) -> list[Variable]:
        """All that makes the optimizer's state: iterations, learning rate, slots.

        A learning rate from a schedule or a callable is not among them.
        """
        rate = [self._learning_rate] if isinstance(self._learning_rate, Variable) else []
        return [self._iterations, *rate, *self._slots]

    def add_variable(
        self,
        shape: ShapeLike,
        initializer: Any = "zeros",
        dtype: DTypeLike | None = None,
        name: str | None = None,
    ) -> Variable:
        """Add a Variable to the optimizer's state, for `build` of a derived class.

        Args:
            shape: its shape.
            initializer: "zeros", "ones", a number for all elements, or a callable of shape and
                dtype.
            dtype: its dtype; by default what Python floats become.
            name: a label.

        Raises:
            ValueError: for another initializer.
        """
        code: DType = _core.get_default_float() if dtype is None else as_dtype(dtype)
        value: Any
        if callable(initializer):
            value = initializer(shape, code)
        else:
            number = {"zeros": 0, "ones": 1}.get(initializer, initializer)
            if isinstance(number, str):
                raise ValueError(f"initializer {initializer!r} is none of 'zeros' and 'ones'")
            value = _core.full(shape, number, code)
        slot = self._own_variable(value, code, name or "variable")
        self._slots.append(slot)
        return slot

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Add a slot of the shape and dtype of a variable, for `build` of a derived class.

        Args:
            reference_variable: the variable.
            name: what the slot is; its label is made of this and the variable's.
            initializer: as for `add_variable`.
        """
        reference = reference_variable.name.replace("/", "_").replace(":", "_")
        return self.add_variable(
            reference_variable.shape,
            initializer,
            reference_variable.dtype,
            f"{reference}_{name or 'var'}",
        )

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Add a slot, or several, for each variable, for `build` of a derived class.

        Args:
            trainable_variables: the variables.
            name: what the slot is, or a list of names.
            initializer: as for `add_variable`, for all of them.

        Returns:
            A list of Variables in the order of the variables, or a tuple of such lists.
        """
        names = [name] if isinstance(name, str) else list(name)
        rows = [
            [self.add_variable_from_reference(v, each, initializer) for each in names]
            for v in trainable_variables
        ]
        columns = tuple([row[k] for row in rows] for k in range(len(names)))
        return columns[0] if isinstance(name, str) else columns

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots for a list of variables; the first step does it otherwise.

        An optimizer is built once. Later steps may have gradients for some of the variables only.

        Args:
            variables: Variables of real floating-point dtypes.

        Raises:
            TypeError: for anything else.
        """
        if self.built:
            return
        known = list(variables)
        state = OptimizerState(known)
        averages = accumulators = None
        before = len(self._slots)
        try:
            if self.use_ema:
                averages = self.add_optimizer_variables(known, "average")
            if self.gradient_accumulation_steps:
                accumulators = self.add_optimizer_variables(known, "gradient_accumulator")
            columns = self._make_slots(known)
        except BaseException:
            del self._slots[before:]
            raise
        self._averages, self._accumulators, self._columns = averages, accumulators, columns
        self._bind(state)
        self.built = True

    def _make_slots(self, variables: list[Variable]) -> list[list[Variable]]:
        """The slots of the compiled rule, in its order; a list for each."""
        return []

    def _bind(self, state: OptimizerState) -> None:
        """Give the compiled side what was built."""
        for column in self._columns:
            state.add_slots(column)
        if self._averages is not None:
            state.set_averages(self._averages)
        if self._accumulators is not None:
            state.set_accumulators(self._accumulators)
        self._state = state
        self._mark_decayed()

    def _get_variable_index(self, variable: Variable) -> int:
        return self._state.place(variable)

    # ------------------------------------------------------------ steps

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Make one step.

        Args:
            grads_and_vars: pairs of a gradient and its Variable. A gradient is a tensor of the
                variable's shape, `IndexedSlices`, or None for a variable that stays as it is.

        Returns:
            The Variable that counts steps.

        Raises:
            ValueError: if all gradients are None, a shape differs, or a variable was not among
                those that the optimizer was built for.
            TypeError: for variables and gradients that hold no real numbers.
            IndexError: for rows that the variable does not have.

        After an error, variables and slots are as they were.

        >>> import autograd_c as tf
        >>> v = tf.Variable([1.0, 2.0])
        >>> optimizer = tf.optimizers.SGD(0.5)
        >>> with tf.GradientTape() as tape:
        ...     loss = tf.reduce_sum(v * v)
        >>> _ = optimizer.apply_gradients(zip(tape.gradient(loss, [v]), [v]))
        >>> print(v.numpy())
        [0. 0.]
        """
        grads, variables = _core.unzip(grads_and_vars)
        self.apply(grads, variables)
        return self._iterations

    def apply(
        self, grads: Sequence[Any], trainable_variables: Iterable[Variable] | None = None
    ) -> None:
        """Make one step: `apply_gradients` with gradients and variables in two lists.

        Args:
            grads: gradients, as for `apply_gradients`.
            trainable_variables: their Variables; by default those of `build`.

        Raises:
            ValueError: for lists of different lengths; else as `apply_gradients`.
        """
        if len(grads) == 0:
            return
        if _core.records_effects():
            changed = self._state.variables if trainable_variables is None else trainable_variables
            changed = list(changed)
            if not self.built and _core.changes_are_taken_back():
                # Then there is something that can be given its values again.
                _core.effect(self.build, (changed,), touched=changed)
            touched = [*changed, *(self.variables if self.built else [])]
            if self.ema_overwrite_frequency and self.built:
                touched += self._state.variables  # those without a gradient, too
            _core.effect(self.apply, (list(grads), changed), touched=touched)
            return
        if trainable_variables is None:
            if not self.built:
                raise ValueError(
                    "When passing `grads` without `variables`, the optimizer must already be "
                    "built on a list of variables. Call `optimizer.build(trainable_variables)` "
                    "first."
                )
            trainable_variables = self._state.variables
        elif not self.built:
            trainable_variables = list(trainable_variables)
            # Whatever is wrong with the first step, nothing is built for it.
            OptimizerState(trainable_variables).updates(grads, trainable_variables)
            self.build(trainable_variables)
        updates = self._state.updates(grads, trainable_variables)
        if updates.missing is not None:
            warnings.warn(
                f"Gradients do not exist for variables {updates.missing} when minimizing the loss.",
                stacklevel=3,
            )
        if self.loss_scale_factor is not None:
            updates.scale(1 / self.loss_scale_factor)
        if self.use_ema:
            self._state.reserve()
        steps = self.gradient_accumulation_steps
        if not steps:
            self._step(updates)
        elif (_core.count(self._iterations) + 1) % steps:
            updates.accumulate()
        else:
            updates.add_accumulated()
            updates.scale(1 / steps)
            self._step(updates)
            updates.reset_accumulators()
        if self.use_ema:
            self._average()
        if self._state.constrained:
            updates.constrain()
        _core.increment(self._iterations)

    def _step(self, updates: _core.Updates) -> None:
        """Clip the gradients and apply the rule."""
        if self.clipnorm:
            updates.clip_by_norm(self.clipnorm)
        elif self.global_clipnorm:
            updates.clip_by_global_norm(self.global_clipnorm)
        elif self.clipvalue:
            updates.clip_by_value(self.clipvalue)
        rate = self._learning_rate
        number = float(rate if type(rate) is Variable else self.learning_rate)
        decay = 0.0 if self.weight_decay is None else self.weight_decay * number
        if self._compiled:
            rule, coefficients = self._rule(number)
            updates.run(rule, coefficients, decay)
            return
        pairs = updates.pairs()
        given = self.learning_rate
        for gradient, variable in pairs:
            if decay and self._use_weight_decay(variable):
                variable.assign_sub(variable * decay)
            self.update_step(gradient, variable, given)

    def _applied(self) -> int:
        """How often gradients were applied."""
        return _core.count(self._iterations) // (self.gradient_accumulation_steps or 1)

    def _rule(self, learning_rate: float) -> tuple[str, tuple[float, ...]]:
        """The compiled rule of a step (csrc/kernels/update.inl), and its coefficients."""
        raise NotImplementedError(
            f"optimizer {type(self).__name__!r} must override "
            "`update_step(self, gradient, variable, learning_rate)`"
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable, given its gradient; what a derived class overrides.

        Args:
            gradient: a tensor of the variable's shape and dtype, or `IndexedSlices`.
            variable: the Variable.
            learning_rate: a Variable, or what the schedule or callable gave.

        Raises:
            NotImplementedError: for a class that has no rule of its own.
        """
        rule, coefficients = self._rule(float(learning_rate))
        self._state.updates([gradient], [variable]).run(rule, coefficients, 0.0)

    def minimize(
        self,
        loss: Any,
        var_list: Sequence[Variable] | Callable[[], Sequence[Variable]],
        tape: GradientTape | None = None,
    ) -> Variable:
        """Compute the gradients of a loss and make one step.

        Args:
            loss: a callable without arguments that computes it; or a tensor, with the tape on
                which it was computed.
            var_list: the Variables, or a callable that gives them, called after `loss`.
            tape: the tape, for a tensor.

        Returns:
            The Variable that counts steps.

        Raises:
            ValueError: for a tensor without a tape; else as `apply_gradients`.

        >>> import autograd_c as tf
        >>> v = tf.Variable(3.0)
        >>> optimizer = tf.optimizers.SGD(0.25)
        >>> _ = optimizer.minimize(lambda: v * v, [v])
        >>> print(v.numpy())
        1.5
        """
        if not callable(loss) and tape is None:
            raise ValueError("`tape` is required when a `Tensor` loss is passed.")
        if callable(loss):
            with GradientTape() if tape is None else tape as recording:
                if not callable(var_list):
                    recording.watch(list(nest.flatten(var_list)))
                loss = loss()
            tape = recording
        variables = list(nest.flatten(var_list() if callable(var_list) else var_list))
        factor = self.loss_scale_factor
        scale = None
        if factor is not None:
            scale = nest.map_structure(lambda x: arrays.ones_like(x) * factor, loss)
        grads = cast(GradientTape, tape).gradient(loss, variables, scale)
        return self.apply_gradients(zip(grads, variables, strict=True))

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`, if there is one: what to take gradients of.

        >>> import autograd_c as tf
        >>> print(tf.optimizers.SGD(0.1, loss_scale_factor=8.0).scale_loss(0.5))
        4.0
        """
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    # What Keras's own examples of `update_step` are written with.

    def assign(self, variable: Variable, value: Any) -> None:
        """Give a variable or slot another value, in its dtype.

        Raises:
            TypeError: for `IndexedSlices`.
            ValueError: for another shape.
        """
        if isinstance(value, IndexedSlices):
            raise TypeError(f"IndexedSlices are no value for the whole of {variable.name!r}")
        variable.assign(_core.cast(value, variable.dtype))

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add a tensor or `IndexedSlices` to a variable or slot, in its dtype.

        Raises:
            ValueError: for another shape.
        """
        variable.assign_add(_core.cast(value, variable.dtype))

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract a tensor or `IndexedSlices` from a variable or slot, in its dtype.

        Raises:
            ValueError: for another shape.
        """
        variable.assign_sub(_core.cast(value, variable.dtype))

    # ------------------------------------------------------------ weight decay

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[Variable] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Say which variables `weight_decay` leaves alone; replaces what was said before.

        Args:
            var_list: Variables.
            var_names: regular expressions, searched for in the names of variables.

        >>> import autograd_c as tf
        >>> w, b = tf.Variable([1.0], name="w"), tf.Variable([1.0], name="bias")
        >>> optimizer = tf.optimizers.SGD(0.5, weight_decay=0.5)
        >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
        >>> optimizer.apply([tf.constant([0.0])] * 2, [w, b])
        >>> print(w.numpy(), b.numpy())
        [0.75] [1.]
        """
        self._excluded = list(var_list or ())
        self._excluded_names = list(var_names or ())
        self._mark_decayed()

    def _use_weight_decay(self, variable: Variable) -> bool:
        if any(variable is v for v in self._excluded):
            return False
        return not any(re.search(name, variable.name) for name in self._excluded_names)

    def _mark_decayed(self) -> None:
        self._state.set_decayed([self._use_weight_decay(v) for v in self._state.variables])

    # ------------------------------------------------------------ moving averages

    def _average(self) -> None:
        applied = self._applied()
        # The first average is the variable itself.
        self._state.average(self.ema_momentum if applied else 0.0)
        frequency = self.ema_overwrite_frequency
        if frequency and (applied + 1) % frequency == 0:
            self._state.overwrite()

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """With `use_ema`, give variables their moving averages, at the end of the training.

        Args:
            var_list: the variables that the optimizer was built for.

        Raises:
            ValueError: for other variables.
        """
        if not self.use_ema:
            return
        known = self._state.variables
        if len(var_list) != len(known) or any(
            v is not w for v, w in zip(var_list, known, strict=True)
        ):
            raise ValueError(
                f"finalize_variable_values needs the {len(known)} variables that the optimizer "
                f"was built for, and got {[getattr(v, 'name', v) for v in var_list]}"
            )
        if _core.records_effects():
            _core.effect(self._state.overwrite, (), touched=list(var_list))
        else:
            self._state.overwrite()


# What optimizers of other libraries have.
for _name in (
    "step", "zero_grad", "lr", "param_groups", "state_dict", "load_state_dict", "get_gradients",
    "compute_gradients",
):  # fmt: skip
    setattr(Optimizer, _name, _core.Absent("Optimizer", _name))
