"""What GradBench, and ADBench before it, measure: four objectives of computer vision and learning.

Written anew from the mathematics that their papers publish, for random data of the same sizes.

================  ==============================================================================
``problems.py``   the data, and the right answers by NumPy
``tensors.py``    with ``tf.function``, for each module that has TensorFlow's API
``arrays.py``     with JAX
``symbols.py``    with CasADi
``peer.cpp``      in C++, with derivatives by hand
``calls.py``      calls that
================  ==============================================================================

``mixture``
    The logarithm of the likelihood of a mixture of Gaussians with a Wishart prior, and its gradient
    by weights, means and inverse roots of covariances.
``recurrent``
    The loss of a network of diagonal long short-term memory that predicts letters, and its
    gradient.
``cameras``
    Bundle adjustment: where cameras see points, beside where they were seen; the Jacobian, which
    has two rows of fifteen numbers for each observation.
``hand``
    A hand of 22 bones that is fitted to points on it, and the Jacobian by its 26 parameters.
"""
