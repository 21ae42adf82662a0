"""Control flow and functions under TensorFlow's names, as they are in eager mode."""
