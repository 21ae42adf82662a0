"""Functions of images, by TensorFlow's names."""

from autograd_c.functions.blocks import extract_patches

__all__ = ["extract_patches"]
