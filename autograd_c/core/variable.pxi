# Variable: a tensor whose value can be assigned, and which tapes watch by themselves.

cdef uint64_t variables_made = 0


cdef class Variable:
    """A value that can be assigned, watched by every open `GradientTape` that reads it.

    Usable wherever a tensor is. Its place on a tape stays the same when it is assigned: what was
    computed before keeps the value read then, and gradients add up over all reads.

    Args:
        initial_value: a tensor, array, number, nested list, or a callable that returns one.
        trainable: whether tapes watch it without being asked; True for None.
        validate_shape, caching_device, variable_def, import_scope: accepted for TensorFlow's sake,
            without effect.
        name: a label; "Variable" by default. That of the open `name_scope` is put in front.
        dtype: of the value; by default what `constant` would choose.
        constraint: a callable on the value, kept for optimizers.
        synchronization, aggregation: of `tf.VariableSynchronization` and
            `tf.VariableAggregation`. With ON_READ, None for `trainable` is False; they have no
            other effect where there is one processor.
        shape: the static shape that the value must fit.

    Raises:
        ValueError: for a missing value, a shape that does not fit, or no member of those two.
        TypeError: for a value that is no array of numbers.

    >>> import autograd_c as tf
    >>> v = tf.Variable(2.0, name="v")
    >>> with tf.GradientTape() as tape:
    ...     y = v * v
    >>> print(tape.gradient(y, v).numpy())
    4.0
    >>> v.assign_add(1.0)
    <tf.Variable 'v:0' shape=() dtype=float32, numpy=3.0>
    """

    # Private: its slot is the variable's place in a log. None in an object of a derived class that
    # has not called __init__: see tensor_of.
    cdef Tensor tensor_or_none
    cdef object label           # the name, with TensorFlow's ":0"
    cdef bint is_trainable
    cdef object kept_constraint
    cdef object kept_synchronization, kept_aggregation  # or None
    cdef uint64_t seen          # generation of the thread's tapes that have watched it
    cdef uint64_t order
    cdef object __weakref__

    def __init__(self, initial_value=None, trainable=None, validate_shape=True,
                 caching_device=None, name=None, variable_def=None, dtype=None,
                 import_scope=None, constraint=None, synchronization=None, aggregation=None,
                 shape=None):
        if creators_of_threads:
            creators = creators_of_threads.get(PyThread_get_thread_ident())
            if creators:
                made = make_by_creators(
                    self, creators, len(creators), initial_value=initial_value,
                    trainable=trainable, validate_shape=validate_shape,
                    caching_device=caching_device, name=name, dtype=dtype, constraint=constraint,
                    synchronization=synchronization, aggregation=aggregation, shape=shape)
                if made is not self:
                    raise TypeError(
                        "a variable creator must return the Variable that next_creator has "
                        f"returned, not {made!r}"
                    )
                return
        self.initialise(initial_value, trainable, name, dtype, constraint, synchronization,
                        aggregation, shape)

    cdef int initialise(self, object initial_value, object trainable, object name, object dtype,
                        object constraint, object synchronization, object aggregation,
                        object shape) except -1:
        global variables_made
        if initial_value is None:
            raise ValueError("The `initial_value` arg to `tf.Variable` must be specified.")
        if callable(initial_value) and not isinstance(initial_value, (Tensor, Variable)):
            initial_value = initial_value()
        cdef int code = NO_DTYPE if dtype is None else dtype_code(dtype)
        cdef Tensor t = tensor_from(initial_value, code)
        if code != NO_DTYPE and <int>t.data.value.dtype != code:
            if isinstance(initial_value, (Tensor, Variable)):
                raise ValueError(
                    f"initial_value: Tensor conversion requested dtype {dtype_name(code)} for "
                    f"Tensor with dtype {t.dtype.name}: {initial_value!r}"
                )
            t = as_dtype_tensor(t, code)
        if shape is not None and not TensorShape(shape).is_compatible_with(extents_of(t)):
            raise ValueError(
                f"In this `tf.Variable` creation, the initial value's shape ({tuple(t.shape)}) is "
                f"not compatible with the explicitly supplied `shape` argument ({shape})."
            )
        note_values_read(t.data)
        note_made_variable()
        self.tensor_or_none = wrap(t.data.value.detached())
        self.label = f"{scoped('Variable' if name is None else name)}:0"
        if synchronization is not None or aggregation is not None:
            trainable = self.distribute(trainable, synchronization, aggregation)
        self.is_trainable = trainable is None or trainable
        self.kept_constraint = constraint
        self.seen = 0
        variables_made += 1
        self.order = variables_made
        return 0

    cdef object distribute(self, object trainable, object synchronization, object aggregation):
        """Keeps what is for several devices; whether the variable is trainable."""
        if synchronization is not None and not isinstance(synchronization, VariableSynchronization):
            raise ValueError(f"Invalid variable synchronization mode: {synchronization!r}")
        if aggregation is not None and not isinstance(aggregation, VariableAggregation):
            raise ValueError(f"Invalid variable aggregation mode: {aggregation!r}")
        self.kept_synchronization = synchronization
        self.kept_aggregation = aggregation
        if trainable is None and synchronization is VariableSynchronization.ON_READ:
            return False
        return trainable

    @property
    def name(self):
        """The label given, with TensorFlow's ":0"."""
        return self.label

    @property
    def synchronization(self):
        """What was given as that, a `tf.VariableSynchronization`."""
        return self.kept_synchronization or VariableSynchronization.AUTO

    @property
    def aggregation(self):
        """What was given as that, a `tf.VariableAggregation`."""
        return self.kept_aggregation or VariableAggregation.NONE

    @property
    def initializer(self):
        """None: a variable has its value from the beginning."""
        return None

    @property
    def handle(self):
        """Itself: what code gives to `tape.watch` as a resource."""
        return self

    def is_initialized(self, name=None):
        """True, as a tensor."""
        return wrap(number_value(True, BOOL))

    @property
    def trainable(self):
        """Whether tapes watch it without being asked."""
        return self.is_trainable

    @property
    def constraint(self):
        """The callable that an optimizer applies to the value, or None."""
        return self.kept_constraint

    # ------------------------------------------------------------ reading

    def value(self):
        """The value as a tensor of its own; recorded."""
        return identity(self)

    def read_value(self):
        """The value as a tensor of its own; recorded."""
        return identity(self)

    def read_value_no_copy(self):
        """The value as a tensor of its own; recorded. Nothing is ever copied for that."""
        return identity(self)

    def numpy(self):
        """The value as a NumPy array of its own; a NumPy scalar for a 0-d variable."""
        return value_tensor(self).numpy()

    def item(self, *args):
        """An element, as a Python number: as `Tensor.item`."""
        return value_tensor(self).item(*args)

    def tolist(self):
        """The elements as nested lists of Python numbers."""
        return value_tensor(self).tolist()

    def eval(self, session=None):
        """The value as `numpy()` gives it. The argument of graph mode is ignored."""
        return value_tensor(self).numpy()

    def gather_nd(self, indices, name=None):
        """Parts of the value by tuples of indices, as `tf.gather_nd`; recorded."""
        return scattering().gather_nd(self, indices)

    def sparse_read(self, indices, name=None):
        """Rows of the value by integer indices, as `tf.gather`; recorded."""
        return gather_rows(self, indices, True)

    @property
    def shape(self):
        """Its extents, a `TensorShape`."""
        return tensor_of(self).shape

    def get_shape(self):
        """Its extents, a `TensorShape`."""
        return tensor_of(self).shape

    def set_shape(self, shape):
        """Check that `shape`, which may have None for unknown extents, fits.

        Raises:
            ValueError: if it does not.
        """
        tensor_of(self).set_shape(shape)

    @property
    def dtype(self):
        """Its element type, a `DType`."""
        return tensor_of(self).dtype

    @property
    def ndim(self):
        """Number of dimensions."""
        return tensor_of(self).ndim

    @property
    def size(self):
        """Number of elements."""
        return tensor_of(self).size

    @property
    def device(self):
        """The processor, in TensorFlow's spelling."""
        return tensor_of(self).device

    @property
    def T(self):
        """The transpose, all axes reversed; recorded."""
        return variable_tensor(self).T

    def ref(self):
        """A hashable reference that compares by identity; `deref()` gives the variable back."""
        return Reference(self)

    def experimental_ref(self):
        """The old name of `ref`."""
        return Reference(self)

    # ------------------------------------------------------------ assigning

    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Replace the value by one of the same shape; numbers and arrays take the dtype.

        Not recorded: gradients do not flow from the variable to what it was assigned.

        Raises:
            ValueError: for another shape, or a tensor of another dtype.
        """
        cdef Tensor t = self.operand(value)
        if not t.data.value.same_shape(tensor_of(self).data.value):
            raise ValueError(
                f"Cannot assign value to variable '{self.name}': Shape mismatch. The variable "
                f"shape {tuple(self.shape)}, and the assigned value shape {tuple(t.shape)} are "
                "incompatible."
            )
        give_value(self, t.data)
        return self if read_value else None

    def assign_add(self, delta, use_locking=False, name=None, read_value=True):
        """Add `delta`, of the same shape, to the value.

        Raises:
            ValueError: for another shape, or a tensor of another dtype.
        """
        return self.update(OP_add, delta, read_value)

    def assign_sub(self, delta, use_locking=False, name=None, read_value=True):
        """Subtract `delta`, of the same shape, from the value.

        Raises:
            ValueError: for another shape, or a tensor of another dtype.
        """
        return self.update(OP_subtract, delta, read_value)

    def load(self, value, session=None):
        """As `assign`, and returns None. The argument of graph mode is ignored."""
        self.assign(value)

    def count_up_to(self, limit):
        """Add 1 to a variable of int32 or int64 that is below `limit`; the value before.

        Raises:
            TypeError: for other dtypes.
            OutOfRangeError: (`tf.errors`) if it has reached the limit.
        """
        cdef Tensor t = tensor_of(self)
        cdef int code = <int>t.data.value.dtype
        if code != INT32 and code != INT64 or t.data.value.rank() != 0:
            raise errors.InvalidDTypeError(
                f"[count_up_to] needs a 0-d variable of dtype int32 or int64, not {self!r}"
            )
        if int(self) >= limit:
            raise errors.OutOfRangeError(None, None, f"Reached limit of {limit}")
        before = identity(self)
        self.assign_add(1)
        return before

    def scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Replace rows: those of `sparse_delta`, a `tf.IndexedSlices`; of several of one index, by
        the last one. Returns the variable, as all of these methods do.

        Not recorded. Values of one number are for all rows.

        Raises:
            TypeError: for what is no `IndexedSlices`.
            IndexError: (`tf.errors.InvalidArgumentError`) for indices out of range.
            ValueError: for values of another shape, or tensors of another dtype. Whatever is
                raised, the variable is as before.
        """
        return self.scatter_rows("update", "scatter_update", sparse_delta)

    def scatter_add(self, sparse_delta, use_locking=False, name=None):
        """Add to rows: those of `sparse_delta`. Raises what `scatter_update` does."""
        return self.scatter_rows("add", "scatter_add", sparse_delta)

    def scatter_sub(self, sparse_delta, use_locking=False, name=None):
        """Subtract from rows: those of `sparse_delta`. Raises what `scatter_update` does."""
        return self.scatter_rows("sub", "scatter_sub", sparse_delta)

    def scatter_mul(self, sparse_delta, use_locking=False, name=None):
        """Multiply rows by those of `sparse_delta`. Raises what `scatter_update` does."""
        return self.scatter_rows("mul", "scatter_mul", sparse_delta)

    def scatter_div(self, sparse_delta, use_locking=False, name=None):
        """Divide rows by those of `sparse_delta`; integers towards zero.

        Raises what `scatter_update` does, and an InvalidArgumentError for the integer 0.
        """
        return self.scatter_rows("div", "scatter_div", sparse_delta)

    def scatter_min(self, sparse_delta, use_locking=False, name=None):
        """Take the smaller elements of rows and those of `sparse_delta`. Raises what `scatter_update`
        does."""
        return self.scatter_rows("min", "scatter_min", sparse_delta)

    def scatter_max(self, sparse_delta, use_locking=False, name=None):
        """Take the larger elements of rows and those of `sparse_delta`. Raises what `scatter_update`
        does."""
        return self.scatter_rows("max", "scatter_max", sparse_delta)

    def batch_scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Replace rows along the last axis of the indices, the axes in front of which are the
        variable's: variable[i, indices[i, j]] = values[i, j]. Raises what `scatter_update` does."""
        sparse = checked_slices(sparse_delta)
        cdef Tensor indices = sparse.indices
        cdef int lead = max(indices.data.value.rank() - 1, 0)
        cdef tuple extents = tuple(self.shape)
        if extents_of(indices)[:lead] != extents[:lead]:
            raise errors.InvalidArgumentError(
                f"[batch_scatter_update] the first {lead} axes of indices of shape "
                f"{tuple(indices.shape)} are not those of a variable of shape {extents}"
            )
        flat = scattering().batched_rows(indices, extents[lead], lead)
        return self.scatter_flat("update", "batch_scatter_update", flat, range(lead + 1),
                                 sparse.values)

    def scatter_nd_update(self, indices, updates, name=None):
        """Replace the parts that tuples of indices name, as in `tf.tensor_scatter_nd_update`, in place.

        Raises what `scatter_update` does.
        """
        return self.scatter_tuples("update", "scatter_nd_update", indices, updates)

    def scatter_nd_add(self, indices, updates, name=None):
        """Add to the parts that tuples of indices name. Raises what `scatter_update` does."""
        return self.scatter_tuples("add", "scatter_nd_add", indices, updates)

    def scatter_nd_sub(self, indices, updates, name=None):
        """Subtract from the parts that tuples of indices name. Raises what `scatter_update` does."""
        return self.scatter_tuples("sub", "scatter_nd_sub", indices, updates)

    def scatter_nd_min(self, indices, updates, name=None):
        """Take the smaller elements of parts and updates. Raises what `scatter_update` does."""
        return self.scatter_tuples("min", "scatter_nd_min", indices, updates)

    def scatter_nd_max(self, indices, updates, name=None):
        """Take the larger elements of parts and updates. Raises what `scatter_update` does."""
        return self.scatter_tuples("max", "scatter_nd_max", indices, updates)

    cdef object scatter_rows(self, str how, str method, object sparse_delta):
        sparse = checked_slices(sparse_delta)
        return self.scatter_flat(how, method, sparse.indices, (0,), sparse.values)

    cdef object scatter_tuples(self, str how, str method, object indices, object updates):
        cdef Tensor i = tensor_from(indices)
        cdef int rank = i.data.value.rank()
        cdef tuple extents = tuple(self.shape)
        if rank == 0 or not 0 < i.data.value.extent(rank - 1) <= len(extents):
            raise errors.InvalidArgumentError(
                f"[{method}] indices of shape {tuple(i.shape)} are no tuples of indices into a "
                f"variable of shape {extents}"
            )
        count = i.data.value.extent(rank - 1)
        return self.scatter_flat(how, method, flat_indices(i, extents[:count]), range(count),
                                 updates)

    cdef object scatter_flat(self, str how, str method, object indices, object axes,
                             object updates):
        """Rows by indices into `axes`, flattened together."""
        cdef FunctionRecording recording = current_recording()
        if recording is not None:
            given = (self, how, method, indices, tuple(axes), updates)
            recording.effect(scatter_again, given, {}, [self])
            return self
        cdef Tensor t = tensor_of(self)
        cdef Tensor i = tensor_from(indices)
        cdef Value v = self.operand(updates).data.value.detached()
        cdef bytes name = method.encode()
        cdef tuple extents = tuple(self.shape)
        if len(extents) == 0:
            raise errors.InvalidArgumentError(f"[{method}] needs a variable of rank 1 or more")
        if v.rank() == 0:
            rest = [extents[k] for k in range(len(extents)) if k not in axes]
            v = op_broadcast_to(v, shape_of([*extents_of(i), *rest]))
        if how == "mul" or how == "div":
            changed = scattering().times_rows(how, method, wrap(t.data.value.detached()), i, axes,
                                              wrap(v))
            replace_value(t, (<Tensor?>changed).data.value)
            return self
        if how == "sub":
            v = op_binary(OP_subtract, op_full(v.dtype, Shape(), 0), v)
            how = "add"
        scatter_checked(t.data.value, i.data.value.detached(), bits_of(axes), v, combination(how),
                        name)
        return self

    cdef Tensor operand(self, object value):
        cdef int code = <int>tensor_of(self).data.value.dtype
        cdef Tensor t = tensor_from(value, code)
        if current_recording() is None:
            note_values_read(t.data)
        if <int>t.data.value.dtype != code:
            if isinstance(value, (Tensor, Variable)):
                raise ValueError(
                    f"Tensor conversion requested dtype {dtype_name(code)} for Tensor with dtype "
                    f"{t.dtype.name}: {value!r}"
                )
            t = wrap(op_converted(untraced(t.data), <DType>code))
        return t

    cdef object update(self, uint16_t code, object delta, bint read_value):
        cdef Tensor t = self.operand(delta)
        if not t.data.value.same_shape(tensor_of(self).data.value):
            raise errors.InvalidArgumentError(
                f"Cannot update variable with shape {self.shape} using a Tensor with shape "
                f"{t.shape}, shapes must be equal."
            )
        cdef Value operand = untraced(t.data)
        cdef Tensor changed = wrap(op_binary(code, untraced(value_tensor(self).data), operand))
        cdef FunctionRecording recording = current_recording()
        changes = None if recording is None else recording.changes_with(self, code, operand)
        give_value(self, changed.data)
        if changes is not None:
            recording.assigned[id(self)][3] = changes
        return self if read_value else None

    # ------------------------------------------------------------ protocols

    def __array__(self, dtype=None, copy=None):
        answer = answer_to_sparse(self)
        if answer is not None:
            return answer
        check_leaving(variable_tensor(self), "array")
        return value_tensor(self).__array__(dtype, copy)

    @property
    def __pandas_priority__(self):
        return pandas_priority()

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return array_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        return array_function(function, args, kwargs)

    def __repr__(self):
        a = array_view(tensor_of(self))
        text = repr(a.item()) if a.ndim == 0 else repr(a)
        if <int>tensor_of(self).data.value.dtype == BFLOAT16:
            text = text.replace("dtype=float32", "dtype=bfloat16")
        line = "\n" if "\n" in text else ""
        return (
            f"<tf.Variable '{self.name}' shape={tuple(self.shape)} dtype={self.dtype.name}, "
            f"numpy={line}{text}>"
        )

    def __format__(self, spec):
        return format(tensor_of(self), spec) if spec else repr(self)

    def __hash__(self):
        raise TypeError(
            "Variable is unhashable. Instead, use variable.ref() as the key. "
            f"(Variable: {self!r})"
        )

    def __bool__(self): return bool(value_tensor(self))
    def __float__(self): return float(variable_tensor(self))
    def __int__(self): return int(value_tensor(self))
    def __complex__(self): return complex(variable_tensor(self))
    def __index__(self): return operator.index(value_tensor(self))
    def __len__(self): return len(tensor_of(self))
    def __iter__(self): return iter(variable_tensor(self))

    def __getitem__(self, key):
        cdef Tensor t = index(variable_tensor(self), key)
        t.origin = (self, key)
        return t

    def __reversed__(self): return reversed(variable_tensor(self))
    def __setitem__(self, key, value): raise no_item_assignment()
    def __delitem__(self, key): raise no_item_assignment()
    def __dir__(self): return present(self)
    def __contains__(self, x): return x in value_tensor(self)
    def __round__(self, digits=None): return variable_tensor(self).__round__(digits)
    def __copy__(self): return self

    def __deepcopy__(self, memo):
        copy = _rebuild_variable(wrap(tensor_of(self).data.value.detached()), self.trainable,
                                 self.label, self.constraint)
        memo[id(self)] = copy
        return copy

    def __reduce__(self):
        return _rebuild_variable, (wrap(tensor_of(self).data.value.detached()), self.trainable,
                                   self.label, self.constraint)

    # ------------------------------------------------------------ arithmetic

    def __add__(a, b): return binary_operator(OP_add, read(a), read(b))
    def __sub__(a, b): return binary_operator(OP_subtract, read(a), read(b))
    def __mul__(a, b): return binary_operator(OP_multiply, read(a), read(b))
    def __truediv__(a, b): return binary_operator(OP_divide, read(a), read(b))
    def __floordiv__(a, b): return binary_operator(OP_floordiv, read(a), read(b))
    def __mod__(a, b): return binary_operator(OP_mod, read(a), read(b))
    def __divmod__(a, b): return divmod(read(a), read(b))
    def __pow__(a, b, modulus): return pow(read(a), read(b), modulus)
    def __matmul__(a, b): return matmul_operator(read(a), read(b))
    def __neg__(self): return unary_operator(OP_negative, read(self))
    def __pos__(self): return identity(self)
    def __abs__(self): return unary_operator(OP_abs, read(self))
    def __invert__(self): return ~read(self)
    def __and__(a, b): return bit_operator(OP_logical_and, OP_bitwise_and, read(a), read(b))
    def __or__(a, b): return bit_operator(OP_logical_or, OP_bitwise_or, read(a), read(b))
    def __xor__(a, b): return bit_operator(OP_logical_xor, OP_bitwise_xor, read(a), read(b))
    def __lshift__(a, b): return binary_operator(OP_left_shift, read(a), read(b))
    def __rshift__(a, b): return binary_operator(OP_right_shift, read(a), read(b))

    def __iadd__(self, other): raise in_place("+", "assign_add")
    def __isub__(self, other): raise in_place("-", "assign_sub")
    def __imul__(self, other): raise in_place("*", "assign")
    def __itruediv__(self, other): raise in_place("/", "assign")
    def __ifloordiv__(self, other): raise in_place("//", "assign")
    def __imod__(self, other): raise in_place("%", "assign")
    def __ipow__(self, other, modulus): raise in_place("**", "assign")

    def __richcmp__(a, b, int op):
        return compare(read(a), read(b), op)


def _rebuild_variable(value, trainable, name, constraint):
    """A variable from its pickled parts; its name is kept in whatever scope."""
    cdef Variable v = Variable(value, trainable=trainable, constraint=constraint)
    v.label = name
    return v


cdef inline object read(object x):
    return variable_tensor(<Variable>x) if isinstance(x, Variable) else x


cdef inline Tensor tensor_of(Variable v):
    """Where the value is, read or not."""
    if v.tensor_or_none is None:
        raise RuntimeError(
            f"a {type(v).__name__} has no value yet: {type(v).__name__}.__init__ must call "
            "super().__init__(initial_value) first"
        )
    return v.tensor_or_none


@cython.nonecheck(False)  # a cast of what is a Variable
cdef Tensor variable_tensor(Variable v):
    """The value that an operation reads; open tapes come to watch the variable."""
    cdef Tape* tape
    cdef FunctionRecording recording
    cdef Tensor t = tensor_of(v)
    if watchers:
        note_read(v)
    if active_log != NULL and v.is_trainable and v.seen != current_thread_generation():
        for tape in thread_state().open:
            if tape.watch_accessed:
                (<GradientTape>tape.owner).watch_variable(v)
        v.seen = current_thread_generation()
    if active_log != NULL and active_log.program != NULL:
        recording = current_recording()
        if recording is not None:
            return recording.read_variable(v, t)
    return t


cdef Tensor value_tensor(Variable v):
    """The value that Python reads: no tape comes to watch the variable for that."""
    cdef Tensor t = tensor_of(v)
    cdef FunctionRecording recording = current_recording()
    return t if recording is None else recording.value_of_variable(v, t)


cdef int give_value(Variable v, const TensorData& data) except -1:
    """Assigns a value, in the program too that is being recorded."""
    cdef FunctionRecording recording = current_recording()
    if recording is not None:
        recording.assign(v, untraced(data))
        if recording.part is not None or recording.before is not None:
            return 0  # the instruction that is made of it assigns, or nothing does
    return replace_value(tensor_of(v), data.value)


cdef int note_read(Variable v) except -1:
    """For custom gradients, which must know the Variables that they depend on."""
    for thread, seen, values in watchers:
        if thread == PyThread_get_thread_ident():
            for other in seen:
                if other is v:
                    break
            else:
                seen.append(v)
                if values is not None:
                    values.append(wrap(tensor_of(v).data.value.detached()))
    return 0


cdef uint64_t values_replaced = 0  # those of Variables, by any thread


cdef int replace_value(Tensor t, const Value& value) except -1:
    """Gives the private tensor of a variable another value; its place in a log stays."""
    global values_replaced
    values_replaced += 1
    cdef Value v = value.detached()
    cdef uint32_t node = t.data.value.node
    t.data.value.swap(v)
    t.data.value.node = node
    return 0
