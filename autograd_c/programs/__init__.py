"""Programs as data: files, text and pictures of what `tf.function` has recorded."""
