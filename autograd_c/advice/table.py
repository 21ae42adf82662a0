"""What to write for names of TensorFlow, PyTorch, NumPy and JAX that are not here under those."""

from __future__ import annotations

# Functions of NumPy, PyTorch, JAX and TensorFlow 1: the function that does the same here, or an
# expression, or what to do. Names that a namespace of this package has need no line.
FUNCTIONS: dict[str, str] = {
    # reductions
    "sum": "tf.reduce_sum",
    "mean": "tf.reduce_mean",
    "average": "tf.reduce_mean",
    "prod": "tf.reduce_prod",
    "max": "tf.reduce_max",
    "amax": "tf.reduce_max",
    "min": "tf.reduce_min",
    "amin": "tf.reduce_min",
    "all": "tf.reduce_all",
    "any": "tf.reduce_any",
    "logsumexp": "tf.reduce_logsumexp",
    "ptp": "tf.reduce_max(x) - tf.reduce_min(x)",
    "var": "tf.math.reduce_variance",
    "std": "tf.math.reduce_std",
    "topk": "tf.math.top_k",
    "diagonal": "tf.linalg.diag_part",
    # elementwise
    "absolute": "tf.abs",
    "fabs": "tf.abs",
    "arccos": "tf.acos",
    "arcsin": "tf.asin",
    "arctan": "tf.atan",
    "arctan2": "tf.atan2",
    "arccosh": "tf.acosh",
    "arcsinh": "tf.asinh",
    "arctanh": "tf.atanh",
    "neg": "tf.negative",
    "mul": "tf.multiply",
    "sub": "tf.subtract",
    "div": "tf.divide",
    "true_divide": "tf.divide",
    "floor_divide": "tf.math.floordiv",
    "floor_div": "tf.math.floordiv",
    "remainder": "tf.math.mod",
    "power": "tf.pow",
    "float_power": "tf.pow",
    "sgn": "tf.sign",
    "conjugate": "tf.math.conj",
    "log2": "tf.math.log(x) / math.log(2.0)",
    "log10": "tf.math.log(x) / math.log(10.0)",
    "exp2": "2.0 ** x",
    "logit": "tf.math.log(x) - tf.math.log1p(-x)",
    "expit": "tf.sigmoid",
    "log_expit": "-tf.math.softplus(-x)",
    "log_sigmoid": "-tf.math.softplus(-x)",
    "logaddexp": "tf.reduce_logsumexp(tf.stack([x, y]), axis=0)",
    "softmax": "tf.exp(x - tf.reduce_logsumexp(x, axis=-1, keepdims=True))",
    "log_softmax": "x - tf.reduce_logsumexp(x, axis=-1, keepdims=True)",
    "squared_difference": "tf.square(x - y)",
    "hypot": "tf.sqrt(x * x + y * y)",
    "angle": "tf.atan2(tf.math.imag(x), tf.math.real(x))",
    "deg2rad": "x * (math.pi / 180)",
    "rad2deg": "x * (180 / math.pi)",
    "isnan": "tf.math.is_nan",
    "isinf": "tf.math.is_inf",
    "isfinite": "tf.math.is_finite",
    "eq": "tf.equal",
    "ne": "tf.not_equal",
    "lt": "tf.less",
    "le": "tf.less_equal",
    "gt": "tf.greater",
    "ge": "tf.greater_equal",
    "bitwise_not": "tf.bitwise.invert",
    "clip": "tf.clip_by_value",
    "clamp": "tf.clip_by_value",
    "clamp_min": "tf.maximum(x, low)",
    "clamp_max": "tf.minimum(x, high)",
    "lerp": "x + weight * (y - x)",
    "mse_loss": "tf.reduce_mean(tf.square(x - y))",
    "leaky_relu": "tf.maximum(x, 0.2 * x)",
    "elu": "tf.where(x > 0, x, tf.math.expm1(tf.minimum(x, 0.0)))",
    "silu": "x * tf.sigmoid(x)",
    "swish": "x * tf.sigmoid(x)",
    "relu6": "tf.clip_by_value(x, 0.0, 6.0)",
    # products
    "dot": "x @ y, or tf.tensordot(x, y, 1)",
    "mm": "tf.matmul",
    "bmm": "tf.matmul",
    "mv": "x @ y",
    "vdot": "tf.tensordot(tf.math.conj(x), y, 1)",
    "inner": "tf.tensordot(x, y, [[-1], [-1]])",
    "outer": "tf.tensordot(x, y, 0)",
    "kron": "tf.einsum('ij,kl->ikjl', x, y), reshaped",
    "l2_loss": "tf.reduce_sum(tf.square(x)) / 2",
    # shapes
    "cat": "tf.concat",
    "concatenate": "tf.concat",
    "append": "tf.concat([x, y], 0)",
    "hstack": "tf.concat([x, y], -1)",
    "vstack": "tf.concat([x, y], 0), of rows tf.stack([x, y])",
    "column_stack": "tf.stack([x, y], axis=1)",
    "unsqueeze": "tf.expand_dims",
    "flatten": "tf.reshape(x, [-1])",
    "ravel": "tf.reshape(x, [-1])",
    "view": "tf.reshape(x, shape)",
    "permute": "tf.transpose(x, axes)",
    "swapaxes": "tf.transpose(x, axes)",
    "swapdims": "tf.transpose(x, axes)",
    "moveaxis": "tf.transpose(x, axes)",
    "movedim": "tf.transpose(x, axes)",
    "t": "tf.transpose",
    "flip": "tf.reverse(x, [axis])",
    "flipud": "tf.reverse(x, [0])",
    "fliplr": "tf.reverse(x, [1])",
    "expand": "tf.broadcast_to",
    "expand_as": "tf.broadcast_to(x, y.shape)",
    "view_as": "tf.reshape(x, y.shape)",
    "reshape_as": "tf.reshape(x, y.shape)",
    "unbind": "tf.unstack",
    "chunk": "tf.split",
    "array_split": "tf.split",
    "tensor_split": "tf.split",
    "take": "tf.gather",
    "index_select": "tf.gather(x, indices, axis=axis)",
    "select": "x[index], or tf.where(condition, x, y)",
    "narrow": "x[start:start + length]",
    "masked_select": "x[mask]",
    "compress": "x[mask]",
    "masked_fill": "tf.where(mask, value, x)",
    "nonzero": "tf.where",
    "argwhere": "tf.where",
    "diff": "x[1:] - x[:-1]",
    # making
    "array": "tf.constant",
    "asarray": "tf.convert_to_tensor",
    "asanyarray": "tf.convert_to_tensor",
    "tensor": "tf.constant, or tf.Variable for what is to be trained",
    "as_tensor": "tf.convert_to_tensor",
    "from_numpy": "tf.constant",
    "full": "tf.fill",
    "full_like": "`tf.fill(x.shape, value)`",
    "empty": "tf.zeros",
    "empty_like": "tf.zeros_like",
    "arange": "tf.range",
    "Parameter": "tf.Variable",
    "get_variable": "tf.Variable",
    "constant_initializer": "tf.Variable(tf.fill(shape, value))",
    "numel": "tf.size",
    "ndim": "tf.rank",
    "long": "tf.int64",
    "float": "tf.float32",
    "int": "tf.int32",
    "cdouble": "tf.complex128",
    "cfloat": "tf.complex64",
    # casts of TensorFlow 1
    "to_float": "tf.cast(x, tf.float32)",
    "to_double": "tf.cast(x, tf.float64)",
    "to_int32": "tf.cast(x, tf.int32)",
    "to_int64": "tf.cast(x, tf.int64)",
    # derivatives
    "no_grad": "nothing: only a tf.GradientTape records; inside one, `with tape.stop_recording():`",
    "enable_grad": "`with tf.GradientTape() as tape:`",
    "inference_mode": "nothing: only a tf.GradientTape records",
    "autograd": "`with tf.GradientTape() as tape:`, then tape.gradient(y, x); or tf.func.grad(f)",
    "gradient": "tape.gradient(y, x) of a tf.GradientTape, or tf.func.grad(f)",
    "detach": "tf.stop_gradient",
    "no_gradient": "tf.stop_gradient",
    "custom_jvp": "tf.custom_gradient, or tf.func.primitive and tf.func.defjvp",
    "custom_vjp": "tf.custom_gradient, or tf.func.primitive and tf.func.defvjp",
    "value_and_gradient": "tf.func.value_and_grad",
    # control flow and programs
    "jit": "tf.function, which runs functions as they are",
    "compile": "tf.function, which runs functions as they are",
    "pure_callback": "tf.numpy_function; tf.custom_gradient gives it a derivative",
    "fori_loop": "Python's `for`, or tf.while_loop",
    "vmap": "tf.vectorized_map",
    "manual_seed": "tf.random.set_seed(seed)",
    "randn": "tf.random.normal(shape)",
    "rand": "tf.random.uniform(shape)",
    "random_normal": "tf.random.normal(shape)",
    "random_uniform": "tf.random.uniform(shape)",
    # graphs of TensorFlow 1
    "placeholder": "nothing: pass values to a function as arguments",
    "Session": "nothing: operations run at once; x.numpy() is the value of a tensor",
    "InteractiveSession": "nothing: operations run at once; x.numpy() is the value of a tensor",
    "global_variables_initializer": "nothing: a tf.Variable has its value from the start",
    "enable_eager_execution": "nothing: operations run at once",
    "disable_v2_behavior": "nothing: there are no graphs here",
    "compat": "nothing: names are those of TensorFlow 2, without compat.v1",
    "assign": "v.assign(value) of a tf.Variable",
    "assign_add": "v.assign_add(value) of a tf.Variable",
    "assign_sub": "v.assign_sub(value) of a tf.Variable",
    "train": "tf.optimizers",
    "optim": "tf.optimizers",
    "GradientDescentOptimizer": "tf.optimizers.SGD",
    "AdamOptimizer": "tf.optimizers.Adam",
    "is_variable": "isinstance(x, tf.Variable)",
    "matrix_inverse": "tf.linalg.inv",
}

IMMUTABLE = "tensors do not change; a tf.Variable does: v.assign(...)"
_AT_HOME = "nothing: tensors are in the processor's memory already"
_DIFFERENTIATE = (
    "compute inside `with tf.GradientTape() as tape:`, after tape.watch(x) or with a tf.Variable, "
    "and then tape.gradient(y, x)"
)

# Attributes and methods of tensors, where the function of that name is not the answer.
ATTRIBUTES: dict[str, str] = {
    "backward": _DIFFERENTIATE,
    "grad": _DIFFERENTIATE,
    "grad_fn": _DIFFERENTIATE,
    "requires_grad": "tape.watch(x) on a tf.GradientTape; a tf.Variable is watched by itself",
    "requires_grad_": "tape.watch(x) on a tf.GradientTape; a tf.Variable is watched by itself",
    "retain_grad": "ask tape.gradient(y, [x, ...]) for as many tensors as you like",
    "register_hook": "tf.custom_gradient, for a function that changes the gradient",
    "is_leaf": "what a tape watches is up to it: tape.watched_variables()",
    "zero_grad": "nothing: each tape.gradient starts from zero",
    "detach": "tf.stop_gradient(x)",
    "detach_": "tf.stop_gradient(x)",
    "data": "x.numpy() for the values, tf.stop_gradient(x) for a tensor without a record",
    "astype": "tf.cast(x, dtype)",
    "to": "tf.cast(x, dtype) for a dtype; tensors are in the processor's memory already",
    "type": "x.dtype, or tf.cast(x, dtype)",
    "type_as": "tf.cast(x, y.dtype)",
    "float": "tf.cast(x, tf.float32)",
    "double": "tf.cast(x, tf.float64)",
    "half": "tf.cast(x, tf.float16)",
    "int": "tf.cast(x, tf.int32)",
    "long": "tf.cast(x, tf.int64)",
    "short": "tf.cast(x, tf.int16)",
    "char": "tf.cast(x, tf.int8)",
    "byte": "tf.cast(x, tf.uint8)",
    "bool": "tf.cast(x, tf.bool)",
    "cfloat": "tf.cast(x, tf.complex64)",
    "cdouble": "tf.cast(x, tf.complex128)",
    "copy_": IMMUTABLE,
    "cuda": _AT_HOME,
    "gpu": _AT_HOME,
    "to_device": _AT_HOME,
    "pin_memory": _AT_HOME,
    "is_cuda": "there are no devices here",
    "block_until_ready": "nothing: operations run at once",
    "contiguous": "nothing: tensors may have any layout",
    "is_contiguous": "nothing: tensors may have any layout",
    "clone": "tf.identity(x), though a tensor never changes",
    "copy": "tf.identity(x), though a tensor never changes; x.numpy() for an array",
    "dim": "x.ndim",
    "ndimension": "x.ndim",
    "numel": "x.size",
    "nelement": "x.size",
    "element_size": "x.itemsize",
    "flags": "np.asarray(x).flags",
    "strides": "np.asarray(x).strides",
    "stride": "np.asarray(x).strides",
    "base": "np.asarray(x).base",
    "ctypes": "np.asarray(x).ctypes",
    "flat": "tf.reshape(x, [-1])",
    "to_numpy": "x.numpy()",
    "values": "x.numpy()",
    "tobytes": "x.numpy().tobytes()",
    "tostring": "x.numpy().tobytes()",
    "tofile": "x.numpy().tofile(file)",
    "dump": "x.numpy().dump(file), or pickle",
    "dumps": "pickle.dumps(x)",
    "at": "tf.where(mask, value, x): tensors have no x.at[...].set(value) yet",
    "fill": IMMUTABLE,
    "put": IMMUTABLE,
    "itemset": IMMUTABLE,
    "resize": IMMUTABLE,
    "setflags": IMMUTABLE,
    "setfield": IMMUTABLE,
    "partition": "np.partition(x.numpy(), k), without a gradient",
    "assign": "tensors do not change; a tf.Variable does: v.assign(value), as a whole",
    "assign_add": "tensors do not change; a tf.Variable does: v.assign_add(value), as a whole",
    "assign_sub": "tensors do not change; a tf.Variable does: v.assign_sub(value), as a whole",
    "view": "tf.reshape(x, shape)",
    "real": "tf.math.real(x)",
    "new_zeros": "tf.zeros(shape, x.dtype)",
    "new_ones": "tf.ones(shape, x.dtype)",
    "new_full": "tf.fill(shape, value)",
    "new_tensor": "tf.constant(values, x.dtype)",
    "item": "float(v), or v.numpy().item()",
    "tolist": "v.numpy().tolist()",
    "cpu": "nothing: everything is in the processor's memory",
    "mT": "v.value().mT",
    "itemsize": "v.value().itemsize",
    "nbytes": "v.value().nbytes",
    "graph": "there are no graphs here",
    "op": "there are no graphs here",
    "initializer": "nothing: a tf.Variable has its value from the start",
    "initialized_value": "v.value()",
    "load": "v.assign(value)",
    "scatter_nd_update": "v.assign(tf.where(mask, value, v))",
    "scatter_nd_add": "v.assign_add(tf.where(mask, delta, 0.0))",
    "scatter_nd_sub": "v.assign_sub(tf.where(mask, delta, 0.0))",
    "scatter_update": "v.assign(tf.where(mask, value, v))",
    "scatter_add": "v.assign_add of an array of deltas, zero where nothing changes",
    "scatter_sub": "v.assign_sub of an array of deltas, zero where nothing changes",
    "sparse_read": "tf.gather(v, indices)",
    "batch_scatter_update": "v.assign(tf.where(mask, value, v))",
}

# Of a tape, and of an optimizer.
TAPE: dict[str, str] = {
    "grad": "tape.gradient(target, sources)",
    "gradients": "tape.gradient(target, sources)",
    "backward": "tape.gradient(target, sources)",
    "hessian": "tape.jacobian of an inner tape's gradient, or tf.func.hessian(f)",
    "jvp": "tf.autodiff.ForwardAccumulator, or tf.func.jvp(f, primals, tangents)",
    "vjp": "tape.gradient(target, sources, output_gradients=v), or tf.func.vjp",
}
OPTIMIZER: dict[str, str] = {
    "step": "optimizer.apply_gradients(zip(gradients, variables)), or optimizer.minimize",
    "zero_grad": "nothing: each tape.gradient starts from zero",
    "lr": "optimizer.learning_rate",
    "param_groups": "optimizer.variables, and optimizer.learning_rate",
    "state_dict": "optimizer.save_own_variables(store)",
    "load_state_dict": "optimizer.load_own_variables(store)",
    "get_gradients": "tape.gradient(loss, variables) of a tf.GradientTape",
    "compute_gradients": "tape.gradient(loss, variables) of a tf.GradientTape",
}

# Keyword arguments under the names of other libraries and of older ones.
KEYWORDS: dict[str, str] = {
    "lr": "learning_rate",
    "learningrate": "learning_rate",
    "step_size": "learning_rate",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "b1": "beta_1",
    "b2": "beta_2",
    "betas": "beta_1 and beta_2",
    "eps": "epsilon",
    "alpha": "rho",
    "decay": "a schedule as learning_rate (tf.optimizers.schedules), or weight_decay",
    "lr_decay": "a schedule as learning_rate (tf.optimizers.schedules)",
    "lr_scheduler": "a schedule as learning_rate (tf.optimizers.schedules)",
    "schedule": "a schedule as learning_rate (tf.optimizers.schedules)",
    "wd": "weight_decay",
    "l2": "weight_decay",
    "clip_norm": "clipnorm",
    "clip_value": "clipvalue",
    "max_grad_norm": "global_clipnorm",
    "grad_clip": "clipnorm",
    "momentum": "beta_1",
    "dampening": "nothing: gradients are not damped",
    "initial_accumulator": "initial_accumulator_value",
    "ema": "use_ema",
    "maximize": "nothing: minimize the negative",
    "params": "the variables given to minimize or apply_gradients",
    "parameters": "the variables given to minimize or apply_gradients",
    "var_list": "the variables given to minimize or apply_gradients",
    "dim": "axis",
    "dims": "axis",
    "axes": "axis",
    "dimension": "axis",
    "keepdim": "keepdims",
    "keep_dims": "keepdims",
    "reduction_indices": "axis",
    "requires_grad": "nothing: tape.watch(x), or a tf.Variable",
    "device": "nothing: there are no devices",
    "out": "nothing: the result is returned",
    "inplace": "nothing: the result is returned",
    "casting": "nothing: tf.cast",
}

# Names that TensorFlow 2 has and this package does not, by namespace.
NOT_YET: dict[str, str] = {
    "": """
        Graph Operation RegisterGradient as_string check_pinned constant_initializer edit_distance
        fftnd fingerprint ifftnd irfftnd make_ndarray matrix_square_root no_gradient
        ones_initializer random_normal_initializer random_uniform_initializer rfftnd truncatediv
        truncatemod variable_creator_scope zeros_initializer
    """,
    "math": """
        angle bessel_i0 bessel_i0e bessel_i1 bessel_i1e betainc divide_no_nan erfcinv erfinv igamma
        igammac lbeta log_sigmoid log_softmax multiply_no_nan ndtri nextafter reciprocal_no_nan rint
        softmax softsign squared_difference xdivy xlog1py xlogy
    """,
    "linalg": """
        banded_triangular_solve eigh_tridiagonal expm logm sqrtm tridiagonal_matmul
        tridiagonal_solve
    """,
    "nn": """
        collapse_repeated compute_accidental_hits crelu ctc_beam_search_decoder ctc_greedy_decoder
        ctc_loss ctc_unique_labels elu embedding_lookup_sparse fractional_avg_pool
        fractional_max_pool gelu isotonic_regression l2_loss leaky_relu log_poisson_loss log_softmax
        nce_loss relu6 safe_embedding_lookup_sparse sampled_softmax_loss selu
        sigmoid_cross_entropy_with_logits silu softmax softmax_cross_entropy_with_logits softsign
        sparse_softmax_cross_entropy_with_logits swish weighted_cross_entropy_with_logits
        with_space_to_batch
    """,
    "signal": """
        dct fft3d fftnd fftshift frame hamming_window hann_window idct ifft3d ifftnd ifftshift
        inverse_mdct inverse_stft inverse_stft_window_fn irfft2d irfft3d irfftnd
        kaiser_bessel_derived_window kaiser_window linear_to_mel_weight_matrix mdct overlap_and_add
        rfft2d rfft3d rfftnd stft vorbis_window
    """,
    "initializers": """
        Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer
        Initializer LecunNormal LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal
        RandomUniform STFT STFTInitializer TruncatedNormal VarianceScaling Zeros constant
        deserialize get glorot_normal glorot_uniform he_normal he_uniform identity lecun_normal
        lecun_uniform ones orthogonal random_normal random_uniform serialize stft truncated_normal
        variance_scaling zeros
    """,
    "losses": """
        BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy
        CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy CategoricalHinge Circle
        CosineSimilarity Dice Hinge Huber KLD KLDivergence LogCosh Loss MAE MAPE MSE MSLE
        MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError
        Poisson Reduction SparseCategoricalCrossentropy SquaredHinge Tversky binary_crossentropy
        binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy
        categorical_generalized_cross_entropy categorical_hinge circle cosine_similarity ctc
        deserialize dice get hinge huber kld kullback_leibler_divergence logcosh mae mape mse msle
        poisson serialize sparse_categorical_crossentropy squared_hinge tversky
    """,
}
