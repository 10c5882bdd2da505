"""Calls of the system."""


def prctl(option, value):
    # Not by the package ctypes: importing that costs 4 ms.
    import _ctypes

    library = _ctypes.dlopen(None, 0)
    return _ctypes.call_function(_ctypes.dlsym(library, 'prctl'), (option, value, 0, 0, 0))


def attempt(work, *values):
    try:
        work(*values)
    except OSError:
        pass
