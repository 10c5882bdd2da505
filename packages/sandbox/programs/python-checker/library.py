"""Modules of the standard library, which both sides may import by name."""

import sys

from .outcomes import Nonsense

# Python tells since 3.10; before, these are what tests use.
LIBRARY = getattr(sys, 'stdlib_module_names', None) or sys.builtin_module_names + (
    'abc',
    'array',
    'bisect',
    'cmath',
    'collections',
    'copy',
    'dataclasses',
    'datetime',
    'decimal',
    'enum',
    'fractions',
    'functools',
    'hashlib',
    'heapq',
    'io',
    'itertools',
    'json',
    'math',
    'numbers',
    'operator',
    'os',
    'random',
    're',
    'statistics',
    'string',
    'textwrap',
    'typing',
    'unittest',
    'uuid',
)

# Importing one of these does something.
NOISY = ('antigravity', 'this', 'idlelib', 'turtle', 'turtledemo', 'test', '__main__')


def module(name):
    parts = name.split('.')
    if parts[0] in NOISY or parts[0] not in LIBRARY or any(p.startswith('__') for p in parts):
        raise Nonsense('module ' + name)
    __import__(name)
    return sys.modules[name]
