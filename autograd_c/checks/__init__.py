"""Whether values and derivatives are what they should be: assertions, numerics, gradient tests."""
