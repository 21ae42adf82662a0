"""``tf.signal``: discrete Fourier transforms, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.functions.fourier import fft, fft2d, ifft, ifft2d, irfft, rfft

__all__ = ["fft", "fft2d", "ifft", "ifft2d", "irfft", "rfft"]
