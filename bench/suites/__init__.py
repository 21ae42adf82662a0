"""The problems, one file per subject; each defines ``PROBLEMS``, its first line says what of."""
