"""The module `pytest`, as far as tests of one function use it."""

import sys

from .outcomes import Skipped, Unsupported
from .pytest_asserts import Approx, Raises
from .pytest_marks import Marks, ParamValues


def make_pytest(space):
    """The part of pytest that tests of one function use, without its files, plugins and settings."""
    shim = type(sys)('pytest')
    fixtures = {}

    def fixture(f=None, **options):
        def mark(f):
            fixtures[options.get('name') or f.__name__] = f
            return f

        return mark(f) if f is not None else mark

    def raises(expected, *args, **kwargs):
        if args:
            with Raises(expected) as found:
                args[0](*args[1:], **kwargs)
            return found
        return Raises(expected, **kwargs)

    def fail(reason='', pytrace=True):
        raise AssertionError(reason)

    def skip(reason='', **_):
        raise Skipped(reason)

    def param(*values, **_):
        return values[0] if len(values) == 1 else ParamValues(values)

    class Capture:
        def readouterr(self):
            raise Unsupported('capsys is not supported: what a solution prints is not seen by the tests')

    def value_of(name, cache, ends):
        if name in cache:
            return cache[name]
        if name not in fixtures:
            raise Unsupported('the fixture %r is not supported' % name)
        v = call(fixtures[name], {}, cache, ends)
        if hasattr(v, '__next__') and hasattr(v, 'send'):
            ends.append(v)
            v = next(v)
        cache[name] = v
        return v

    def call(f, known, cache, ends):
        code = f.__code__
        names = code.co_varnames[1 if hasattr(f, '__self__') else 0 : code.co_argcount]
        count = len(names) - len(f.__defaults__ or ())
        return f(
            **{
                n: known[n] if n in known else value_of(n, cache, ends)
                for i, n in enumerate(names)
                if i < count or n in known
            }
        )

    def run(f, known):
        ends = []
        try:
            call(f, known, {}, ends)
        finally:
            for g in reversed(ends):
                for _ in g:
                    pass

    def unknown(name):
        raise Unsupported('pytest.%s is not supported' % name)

    shim.__dict__.update(
        fixture=fixture,
        raises=raises,
        fail=fail,
        skip=skip,
        param=param,
        approx=Approx,
        mark=Marks(),
        run=run,
        main=lambda *a, **k: None,
        __getattr__=unknown,
    )
    return shim
