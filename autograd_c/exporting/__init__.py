"""Programs as C: files for other programs, and machine code for tf.function(jit_compile=True)."""
