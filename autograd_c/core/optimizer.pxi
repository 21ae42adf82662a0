# Optimizers: what they keep for a list of variables, and compiled steps on it.

# The rules of update.h, by name.
cdef dict UPDATE_RULES = {name.decode(): k for k, name in enumerate([
    rule_name(k) for k in range(rule_count)
])}


cdef class OptimizerState:
    """The variables that an optimizer was built for, and what it keeps for each of them.

    Raises:
        TypeError: for what is no Variable, or one that holds no real floating-point numbers.
    """

    cdef readonly tuple variables
    cdef dict places                # of each variable in the list, by identity
    cdef list slots                 # for each variable the Variables of its slots
    cdef list averages              # for each variable its moving average, or None
    cdef list accumulators          # for each variable the sum of its gradients, or None
    cdef vector[uint8_t] decayed    # by variable
    cdef readonly bint constrained  # any variable has a constraint

    def __init__(self, variables):
        self.variables = tuple(variables)
        self.places = {}
        self.constrained = False
        for k in range(len(self.variables)):
            v = self.variables[k]
            if not isinstance(v, Variable):
                raise TypeError(
                    f"an optimizer updates tf.Variables, not {v!r}; its pairs are (gradient, Variable)"
                )
            if not is_floating(tensor_of(<Variable>v).data.value.dtype):
                raise TypeError(
                    f"an optimizer updates floating-point variables, not {v.name!r} of dtype "
                    f"{v.dtype.name}"
                )
            self.places[id(v)] = k
            self.decayed.push_back(1)
            self.constrained = self.constrained or (<Variable>v).kept_constraint is not None
        self.slots = [[] for _ in self.variables]

    def add_slots(self, list slots):
        """One more slot for each variable; a rule finds them in this order."""
        for own, slot in zip(self.slots, self.one_each(slots), strict=True):
            own.append(slot)

    cdef list one_each(self, list own):
        """A list that nobody else can change, of one Variable for each of `variables`."""
        for v in own:
            if not isinstance(v, Variable):
                raise TypeError(f"an optimizer keeps tf.Variables, not {v!r}")
        if len(own) != len(self.variables):
            raise ValueError(f"{len(own)} slots for {len(self.variables)} variables")
        return list(own)

    def set_averages(self, list averages):
        """Where the moving averages of the variables are kept."""
        self.averages = self.one_each(averages)

    def set_accumulators(self, list accumulators):
        """Where gradients are added up until they are applied."""
        self.accumulators = self.one_each(accumulators)

    def set_decayed(self, list decayed):
        """For each variable, whether weight decay applies to it."""
        for k in range(<Py_ssize_t>self.decayed.size()):
            self.decayed[k] = bool(decayed[k])

    def place(self, variable):
        """Where a variable stands in the list.

        Raises:
            ValueError: if it is not there.
        """
        found = self.places.get(id(variable))
        if found is None:
            raise ValueError(
                f"Unknown variable: {variable!r}. This optimizer can only be called for the "
                "variables it was originally built with. When working with a new set of "
                "variables, you should recreate a new optimizer instance."
            )
        return found

    def updates(self, grads, variables):
        """The gradients of a step, checked and paired with their variables; nothing changes."""
        cdef Updates u = Updates.__new__(Updates)
        # Lists of its own: the conversion of a gradient may run code that changes those given.
        cdef list given = list(grads)
        cdef list wanted = list(variables)
        cdef Py_ssize_t k
        if len(given) != len(wanted):
            raise ValueError(f"{len(given)} gradients for {len(wanted)} variables")
        u.state = self
        u.tensors = []
        u.items.reserve(len(given))
        for k in range(len(given)):
            # As a rule they come in the order of the list.
            if k < len(self.variables) and wanted[k] is self.variables[k]:
                u.add(given[k], <Variable>wanted[k], k)
            else:
                u.add(given[k], <Variable>wanted[k], self.place(wanted[k]))
        if u.items.empty() and len(wanted):
            raise ValueError("No gradients provided for any variable.")
        return u

    def average(self, double momentum):
        """Bring the moving averages up to date."""
        cdef vector[Update] items
        cdef double[5] c = [momentum, 1 - momentum, 0, 0, 0]
        cdef Py_ssize_t k
        kept_for(self.averages, "use_ema")
        items.resize(len(self.variables))
        for k in range(len(self.variables)):
            items[k].variable = &tensor_of(<Variable>self.averages[k]).data.value
            items[k].set_gradient(tensor_of(<Variable>self.variables[k]).data.value)
        prepare_updates(RULE_average, items)
        run_updates(RULE_average, c, items)

    def reserve(self):
        """Make sure that `average` cannot fail for want of memory."""
        for v in kept_for(self.averages, "use_ema"):
            make_writable(tensor_of(<Variable>v).data.value)

    def overwrite(self):
        """Give the variables the values of their moving averages."""
        for v, average in zip(self.variables, kept_for(self.averages, "use_ema")):
            replace_value(tensor_of(<Variable>v), tensor_of(<Variable>average).data.value)


@cython.freelist(4)
cdef class Updates:
    """One step of an optimizer: gradients on their way to their variables."""

    cdef OptimizerState state
    cdef list tensors              # of the variables, whose values `items` point to
    cdef vector[Update] items
    cdef vector[Py_ssize_t] places
    cdef readonly list missing     # names of variables without a gradient

    cdef int add(self, object gradient, Variable v, Py_ssize_t place) except -1:
        cdef Update* u
        cdef Tensor t
        if gradient is None:
            if self.missing is None:
                self.missing = []
            self.missing.append(v.name)
            return 0
        self.items.resize(self.items.size() + 1)
        self.places.push_back(place)
        u = &self.items.back()
        t = tensor_of(v)
        self.tensors.append(t)
        u.variable = &t.data.value
        if type(gradient) is not Tensor and isinstance(gradient, slices_class()):
            self.add_rows(u, gradient, v)
            return 0
        t = gradient_tensor(gradient, v)
        if not t.data.value.same_shape(u.variable[0]):
            raise errors.InvalidArgumentError(
                f"the gradient of variable {v.name!r} has shape {tuple(t.shape)}, and the "
                f"variable {tuple(v.shape)}"
            )
        u.set_gradient(t.data.value)
        return 0

    cdef int add_rows(self, Update* u, object slices, Variable v) except -1:
        cdef Tensor values = gradient_tensor(slices.values, v)
        cdef Tensor indices = tensor_from(slices.indices)
        if (v.ndim == 0 or tuple(values.shape) != (indices.size, *v.shape[1:])
                or indices.ndim != 1):
            raise errors.InvalidArgumentError(
                f"the gradient of variable {v.name!r} has rows of shape {tuple(values.shape)} at "
                f"indices of shape {tuple(indices.shape)}, and the variable shape {tuple(v.shape)}"
            )
        u.set_rows(values.data.value, indices.data.value)
        return 0

    def scale(self, double factor):
        """Multiply all gradients."""
        cdef size_t k
        for k in range(self.items.size()):
            self.items[k].scale *= factor

    def clip_by_norm(self, double limit):
        """Shrink each gradient that is longer than `limit`."""
        clip_by_norm(self.items, limit)

    def clip_by_global_norm(self, double limit):
        """Shrink all gradients together if they are longer than `limit`."""
        clip_by_global_norm(self.items, limit)

    def clip_by_value(self, double limit):
        """Limit each element to [-limit, limit]."""
        clip_by_value(self.items, limit)

    def accumulate(self):
        """Add the gradients to the state's accumulators, and apply none."""
        cdef vector[Update] items = self.items
        cdef double[5] c = [-1, 0, 0, 0, 0]
        cdef size_t k
        kept_for(self.state.accumulators, "gradient_accumulation_steps")
        for k in range(items.size()):
            items[k].variable = self.value_of(self.state.accumulators, k)
        prepare_updates(RULE_descent, items)
        run_updates(RULE_descent, c, items)

    def add_accumulated(self):
        """Add to the gradients what was accumulated."""
        cdef size_t k
        kept_for(self.state.accumulators, "gradient_accumulation_steps")
        for k in range(self.items.size()):
            add_to_gradient(self.items[k], self.value_of(self.state.accumulators, k)[0])
        for v in self.state.accumulators:
            make_writable(tensor_of(<Variable>v).data.value)

    def reset_accumulators(self):
        """Begin the sums of gradients again."""
        cdef Value* a
        for v in self.state.accumulators:
            a = &tensor_of(<Variable>v).data.value
            memset(a.mutable_data(), 0, a.size() * itemsize(a.dtype))

    cdef Value* value_of(self, list kept, size_t k):
        return &tensor_of(<Variable>kept[self.places[k]]).data.value

    def run(self, str rule, tuple coefficients, double decay):
        """The step: `decay` is how much of each variable weight decay takes away."""
        cdef Rule code = <Rule><int>UPDATE_RULES[rule]
        cdef double[5] c = [0, 0, 0, 0, 0]
        cdef size_t k
        cdef int j, count = slot_count(code)
        cdef list slots
        cdef Py_ssize_t i
        for i in range(len(coefficients)):
            c[i] = coefficients[i]
        for k in range(self.items.size()):
            slots = <list>self.state.slots[self.places[k]]
            if len(slots) < count:
                raise ValueError(
                    f"the optimizer was built without what the rule {rule!r} keeps for each "
                    "variable"
                )
            for j in range(count):
                self.items[k].slots[j] = &tensor_of(<Variable>slots[j]).data.value
            if decay != 0 and self.state.decayed[self.places[k]]:
                self.items[k].keep = 1 - decay
        prepare_updates(code, self.items)
        run_updates(code, c, self.items)

    def pairs(self):
        """The gradients as tensors or `IndexedSlices`, each with its variable, as a list."""
        cdef list out = []
        cdef size_t k
        cdef Update* u
        cdef Variable v
        for k in range(self.items.size()):
            u = &self.items[k]
            v = <Variable>self.state.variables[self.places[k]]
            g = wrap(op_cast(u.gradient, u.variable.dtype))
            if u.scale != 1:
                g = g * u.scale
            if u.sparse:
                g = slices_class()(g, wrap(u.indices), constant(list(v.shape), dtypes.int64))
            out.append((g, v))
        return out

    def constrain(self):
        """Give each variable that has a constraint the value which that makes of it."""
        for k in range(<Py_ssize_t>self.places.size()):
            v = self.state.variables[self.places[k]]
            if (<Variable>v).kept_constraint is not None:
                v.assign((<Variable>v).kept_constraint(v))


cdef list kept_for(list kept, str argument):
    """What the optimizer keeps for the sake of one of its arguments."""
    if kept is None:
        raise ValueError(f"the optimizer was built without `{argument}`")
    return kept


cdef Tensor gradient_tensor(object gradient, Variable v):
    cdef int code = <int>tensor_of(v).data.value.dtype
    cdef Tensor t = tensor_from(gradient, code)
    if not is_floating(t.data.value.dtype) and not is_integer(t.data.value.dtype):
        raise errors.InvalidDTypeError(
            f"the gradient of variable {v.name!r} has dtype {t.dtype.name}, and the variable "
            f"{dtype_name(code)}"
        )
    return t


def unzip(pairs):
    """Gradients and variables of an optimizer's step as two lists."""
    cdef list grads = [], variables = []
    for gradient, variable in pairs:
        grads.append(gradient)
        variables.append(variable)
    return grads, variables


def count(Variable counter not None):
    """The value of an int64 variable of rank 0."""
    return <int64_t>tensor_of(counter).data.value.bits


def increment(Variable counter not None):
    """Add 1 to an int64 variable of rank 0."""
    cdef Value one = value_from_bits(tensor_of(counter).data.value.dtype,
                                     tensor_of(counter).data.value.bits + 1)
    replace_value(tensor_of(counter), one)
