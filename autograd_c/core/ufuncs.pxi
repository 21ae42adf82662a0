# Values that are somebody else's: the inner loops of ufuncs of SciPy, for the rows that ask for them.

cdef list ufuncs_in_use = []  # their loops are called as long as the process lives


cdef object find_ufunc(object special, str name):
    """The ufunc; a function of SciPy's around one has it by the same name with a bar before."""
    for place, word in ((special, name), (getattr(special, "_ufuncs", None), "_" + name)):
        ufunc = getattr(place, word, None)
        ufunc = getattr(ufunc, "__wrapped__", ufunc)  # of one that takes arrays of any namespace
        if isinstance(ufunc, np.ufunc):
            return ufunc
    raise ImportError(f"scipy.special.{name} of this SciPy is no ufunc, and is made of none")


def load_special_functions():
    """Give the operations of csrc/ops/special.cpp their loops, which imports SciPy the first time.

    Raises:
        ImportError: if SciPy is not there, or its ufuncs have no such loops.
    """
    cdef int row, k
    cdef UfuncLoop loop
    cdef vector[UfuncLoop] loops
    cdef list found = []
    if ufuncs_in_use:
        return
    try:
        import scipy.special as special
    except ImportError as error:
        raise ImportError(
            "special functions (tf.math.lgamma, betainc, bessel_i0 and others) take their values from SciPy, "
            'which cannot be imported: pip install "autograd_c[scipy]"'
        ) from error
    for row in range(ufunc_row_count()):
        name = ufunc_row_name(row).decode()
        ufunc = find_ufunc(special, name)
        for letter in "fd":
            signature = letter * ufunc.nin + "->" + letter * ufunc.nout
            k = ufunc.types.index(signature) if signature in ufunc.types else -1
            if not ufunc_loop(ufunc, ufunc.__name__.encode(), ufunc.nargs, ufunc.ntypes, k, &loop):
                raise ImportError(f"scipy.special.{name} of this SciPy has no loop {signature}")
            loops.push_back(loop)
        found.append(ufunc)
    # All of them before the first: a derivative may need another one where Python cannot be asked.
    for row in range(ufunc_row_count()):
        for k in range(2):
            set_ufunc_loop(row, k == 1, loops[2 * row + k])
    ufuncs_in_use.extend(found)
