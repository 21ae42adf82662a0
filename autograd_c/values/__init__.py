"""What TensorFlow has beside tensors, and needs no engine: dtypes, shapes, structures, errors."""
