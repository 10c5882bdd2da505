"""Tests of pytest: each function, once for every set of its parameters, is a case."""

import sys

from .load_tests import load_tests
from .outcomes import Skipped, Unsupported
from .pytest_marks import ParamValues
from .pytest_shim import make_pytest


def run_pytest(checker, trees):
    sys.modules['pytest'] = shim = make_pytest(checker.space)
    if not load_tests(checker, trees):
        return
    tests = []
    for name, v in list(checker.space.items()):
        if name.startswith('test') and type(v).__name__ == 'function':
            tests.extend(expand(name, v, lambda v=v: v))
        elif name.startswith('Test') and isinstance(v, type):
            for n in [n for n in v.__dict__ if n.startswith('test')]:
                tests.extend(expand(name + '.' + n, v.__dict__[n], lambda v=v, n=n: method_of(v, n)))
    if not tests:
        return checker.say('broken', 'the tests hold no function named test...')
    for name, make, arguments in tests:
        try:
            if not checker.attempt(name, lambda make=make, arguments=arguments: shim.run(make(), arguments)):
                return
        except Unsupported as e:
            return checker.say('broken', str(e))


def method_of(c, name):
    """The method of a new object of a class, which is set up."""
    o = c()
    for setup in ('setUp', 'setup_method', 'setup'):
        if hasattr(o, setup):
            set_up = getattr(o, setup)
            takes_method = setup == 'setup_method' and set_up.__code__.co_argcount != 1
            set_up(None) if takes_method else set_up()
            break
    return getattr(o, name)


def skipping(mark):
    def skip():
        raise Skipped(mark.kwargs.get('reason', 'skipped'))

    return skip


def expand(name, f, make):
    """A test once for each set of arguments of its parametrize marks."""
    sets = [('', {})]
    for mark in getattr(f, 'pytestmark', []):
        if mark.name in ('skip', 'skipif') and (mark.name == 'skip' or (mark.args and mark.args[0])):
            return [(name, lambda mark=mark: skipping(mark), {})]
        if mark.name == 'parametrize':
            keys = mark.args[0]
            keys = [k.strip() for k in keys.split(',')] if type(keys) is str else list(keys)
            rows = [getattr(r, 'values', r) if type(r).__name__ == 'Param' else r for r in mark.args[1]]
            single = len(keys) == 1
            rows = [[r] if single and type(r) is not ParamValues else r for r in rows]
            sets = [
                ('%s%s%d' % (label, '-' if label else '', i), dict(known, **dict(zip(keys, row))))
                for i, row in enumerate(rows)
                for label, known in sets
            ]
    return [('%s[%s]' % (name, label) if label else name, make, known) for label, known in sets]
