"""``tf.signal``: Fourier and cosine transforms, frames and windows, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.functions.cosines import (
    dct,
    idct,
    inverse_mdct,
    linear_to_mel_weight_matrix,
    mdct,
    mfccs_from_log_mel_spectrograms,
)
from autograd_c.functions.fourier import fft, fft2d, ifft, ifft2d, irfft, rfft
from autograd_c.functions.fourier_axes import (
    fft3d,
    fftnd,
    fftshift,
    ifft3d,
    ifftnd,
    ifftshift,
    irfft2d,
    irfft3d,
    irfftnd,
    rfft2d,
    rfft3d,
    rfftnd,
)
from autograd_c.functions.frames import (
    frame,
    inverse_stft,
    inverse_stft_window_fn,
    overlap_and_add,
    stft,
)
from autograd_c.functions.windows import (
    hamming_window,
    hann_window,
    kaiser_bessel_derived_window,
    kaiser_window,
    vorbis_window,
)

__all__ = [
    "dct",
    "fft",
    "fft2d",
    "fft3d",
    "fftnd",
    "fftshift",
    "frame",
    "hamming_window",
    "hann_window",
    "idct",
    "ifft",
    "ifft2d",
    "ifft3d",
    "ifftnd",
    "ifftshift",
    "inverse_mdct",
    "inverse_stft",
    "inverse_stft_window_fn",
    "irfft",
    "irfft2d",
    "irfft3d",
    "irfftnd",
    "kaiser_bessel_derived_window",
    "kaiser_window",
    "linear_to_mel_weight_matrix",
    "mdct",
    "mfccs_from_log_mel_spectrograms",
    "overlap_and_add",
    "rfft",
    "rfft2d",
    "rfft3d",
    "rfftnd",
    "stft",
    "vorbis_window",
]
