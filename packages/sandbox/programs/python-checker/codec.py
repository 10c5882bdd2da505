"""Plain data as bytes and back: all that crosses between the tests and the solution."""

from builtins import __dict__ as BUILTINS

from .outcomes import Nonsense

TYPES = {
    n: t for n, t in BUILTINS.items() if isinstance(t, type) and not issubclass(t, BaseException) and t is not type
}
TYPE_NAMES = {t: n for n, t in TYPES.items()}
TYPE_NAMES[type(None)] = 'NoneType'
TYPES['NoneType'] = type(None)
EXCEPTIONS = {n: t for n, t in BUILTINS.items() if isinstance(t, type) and issubclass(t, BaseException)}


def text(tag, s):
    b = s.encode('utf-8', 'surrogatepass')
    return tag + b'%d:' % len(b) + b


def encode(v, special, depth=0):
    """Plain data as bytes; special(v) encodes everything else."""
    if v is None:
        return b'N'
    if v is True:
        return b'T'
    if v is False:
        return b'F'
    t = type(v)
    if t is str:
        return text(b'S', v)
    if t is int:
        return text(b'I', '%x' % v)
    if t is float:
        return text(b'D', v.hex())
    if depth > 200:
        raise ValueError('a value is nested too deeply')
    d = depth + 1
    if t is list:
        return b'L%d:' % len(v) + b''.join([encode(x, special, d) for x in v])
    if t is tuple:
        return b'U%d:' % len(v) + b''.join([encode(x, special, d) for x in v])
    if t is dict:
        return b'M%d:' % len(v) + b''.join([encode(k, special, d) + encode(x, special, d) for k, x in v.items()])
    if t is set:
        return b'E%d:' % len(v) + b''.join([encode(x, special, d) for x in v])
    if t is frozenset:
        return b'Z%d:' % len(v) + b''.join([encode(x, special, d) for x in v])
    if t is bytes:
        return b'B%d:' % len(v) + v
    if t is bytearray:
        return b'A%d:' % len(v) + bytes(v)
    if t is complex:
        return b'C' + text(b'D', v.real.hex()) + text(b'D', v.imag.hex())
    if t is range:
        return b'R' + b''.join([text(b'I', '%x' % x) for x in (v.start, v.stop, v.step)])
    if t is type and v in TYPE_NAMES:
        return text(b'G', TYPE_NAMES[v])
    if v is Ellipsis:
        return b'P'
    if v is NotImplemented:
        return b'Q'
    name = t.__module__ + '.' + t.__name__
    if name in STANDARD:
        return b'X' + text(b'S', name) + encode(STANDARD[name][0](v), special, d)
    if t.__module__ not in ('builtins', 'unittest.mock'):
        # What derives from plain data is compared as such, e.g. Counter, OrderedDict, a named tuple, an IntEnum.
        for base in (bool, int, float, str, dict, tuple, list, set, frozenset, bytes, complex):
            if isinstance(v, base):
                if base in (tuple, list, set, frozenset):
                    return encode(base(base.__iter__(v)), special, d)
                if base is dict:
                    return encode({k: dict.__getitem__(v, k) for k in dict.__iter__(v)}, special, d)
                if base in (int, float):
                    return encode(base.__add__(v, base(0)) if base is int else base.__pos__(v), special, d)
                if base is str:
                    return encode(str.__str__(v), special, d)
                return encode(base.__new__(base, v), special, d)
    return special(v)


def fields(*names):
    return lambda v: tuple(getattr(v, n) for n in names)


STANDARD = {
    'decimal.Decimal': (str, lambda m, v: m.Decimal(v)),
    'fractions.Fraction': (lambda v: (v.numerator, v.denominator), lambda m, v: m.Fraction(*v)),
    'datetime.date': (fields('year', 'month', 'day'), lambda m, v: m.date(*v)),
    'datetime.timedelta': (fields('days', 'seconds', 'microseconds'), lambda m, v: m.timedelta(*v)),
    'datetime.datetime': (
        fields('year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond'),
        lambda m, v: m.datetime(*v),
    ),
    'datetime.time': (fields('hour', 'minute', 'second', 'microsecond'), lambda m, v: m.time(*v)),
    'collections.deque': (list, lambda m, v: m.deque(v)),
    'array.array': (lambda v: (v.typecode, v.tolist()), lambda m, v: m.array(*v)),
}


class Reader:
    def __init__(self, data, special):
        self.data, self.at, self.special = data, 0, special

    def number(self):
        end = self.data.index(b':', self.at, self.at + 20)
        n = int(self.data[self.at : end])
        self.at = end + 1
        if n < 0 or n > len(self.data):
            raise Nonsense('a length')
        return n

    def raw(self):
        n = self.number()
        b = self.data[self.at : self.at + n]
        self.at += n
        return b

    def string(self):
        return self.raw().decode('utf-8', 'surrogatepass')

    def value(self, depth=0):
        tag = self.data[self.at : self.at + 1]
        self.at += 1
        d = depth + 1
        if depth > 250:
            raise Nonsense('nesting')
        if tag == b'S':
            return self.string()
        if tag == b'I':
            return int(self.string(), 16)
        if tag == b'D':
            return float.fromhex(self.string())
        if tag == b'N':
            return None
        if tag == b'T':
            return True
        if tag == b'F':
            return False
        if tag == b'L':
            return [self.value(d) for _ in range(self.number())]
        if tag == b'U':
            return tuple([self.value(d) for _ in range(self.number())])
        if tag == b'M':
            pairs = [(self.value(d), self.value(d)) for _ in range(self.number())]
            return dict(pairs)
        if tag == b'E':
            return set([self.value(d) for _ in range(self.number())])
        if tag == b'Z':
            return frozenset([self.value(d) for _ in range(self.number())])
        if tag == b'B':
            return self.raw()
        if tag == b'A':
            return bytearray(self.raw())
        if tag == b'C':
            return complex(self.value(d), self.value(d))
        if tag == b'R':
            return range(self.value(d), self.value(d), self.value(d))
        if tag == b'G':
            return TYPES[self.string()]
        if tag == b'P':
            return Ellipsis
        if tag == b'Q':
            return NotImplemented
        if tag == b'X':
            name = self.value(d)
            if name not in STANDARD:
                raise Nonsense(name)
            return STANDARD[name][1](__import__(name.split('.')[0]), self.value(d))
        return self.special(tag, self)
