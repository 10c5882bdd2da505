"""What pytest adds to `assert`: expected exceptions and values that are nearly equal."""

from .outcomes import Gone, Nonsense


class Raises:
    def __init__(self, expected, match=None):
        self.expected, self.match, self.value, self.type = expected, match, None, None

    def __enter__(self):
        return self

    def __exit__(self, kind, e, trace):
        if kind is None:
            raise AssertionError('did not raise %s' % (self.expected,))
        if isinstance(e, (Gone, Nonsense)) or not issubclass(kind, self.expected):
            return False
        self.value, self.type = e, kind
        if self.match is not None and __import__('re').search(self.match, str(e)) is None:
            raise AssertionError('%r does not match %r' % (str(e), self.match))
        return True


class Approx:
    def __init__(self, expected, rel=None, abs=None, nan_ok=False):
        self.expected, self.rel, self.abs, self.nan_ok = expected, rel, abs, nan_ok

    def __repr__(self):
        return 'approx(%r)' % (self.expected,)

    def __eq__(self, v):
        return self.near(v, self.expected)

    def __ne__(self, v):
        return not self == v

    __hash__ = None

    def near(self, v, e):
        if type(e) is dict:
            return type(v) is dict and v.keys() == e.keys() and all(self.near(v[k], e[k]) for k in e)
        if type(e) in (list, tuple):
            return type(v) in (list, tuple) and len(v) == len(e) and all(self.near(a, b) for a, b in zip(v, e))
        if type(v) not in (int, float, bool, complex) and type(v).__name__ not in ('Decimal', 'Fraction'):
            return False
        if v == e:
            return True
        if v != v or e != e:
            return self.nan_ok and v != v and e != e
        relative = 1e-6 if self.rel is None else self.rel
        absolute = 1e-12 if self.abs is None else self.abs
        tolerance = absolute if self.rel is None and self.abs is not None else max(relative * abs(e), absolute)
        return abs(v - e) <= tolerance and abs(e) != float('inf')
