"""Keeping other processes out of the memory of this one."""

import sys


def protect():
    """After this no other process of the same user can read this one's memory or open files."""
    if not sys.platform.startswith('linux'):
        return True
    try:
        import _ctypes

        prctl = _ctypes.dlsym(_ctypes.dlopen(None, 2), 'prctl')
        return _ctypes.call_function(prctl, (4, 0, 0, 0, 0)) == 0
    except Exception:
        return False
