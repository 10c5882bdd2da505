"""Objects of the solution, as the tests see them."""

from .refresh import refresh


def ask(h, *request):
    return object.__getattribute__(h, '_channel').ask(*request)


class Handle:
    """An object of the solution. What it is compared with is never told to it, unless that is the solution's own."""

    def __init__(self, channel, id, kind, name):
        for k, v in (('_channel', channel), ('_id', id), ('_kind', kind), ('__name__', name)):
            object.__setattr__(self, k, v)

    def __call__(self, *args, **kwargs):
        if (
            object.__getattribute__(self, '_kind') == 'o'
            and not object.__getattribute__(self, '_channel').objects_allowed
        ):
            raise TypeError('an object of the solution is not called')
        value, changed = ask(self, 'call', self, args, kwargs)
        if changed is not None:
            refresh(args, changed)
        return value

    def __getattr__(self, name):
        if (
            name.startswith('__')
            and name.endswith('__')
            and name not in ('__name__', '__doc__', '__call__', '__enter__', '__exit__', '__dict__')
        ):
            raise AttributeError(name)
        if not object.__getattribute__(self, '_channel').objects_allowed and name not in (
            '__doc__',
            'cache_info',
            'cache_clear',
        ):
            raise AttributeError('a value of the solution has no attribute %r here' % name)
        return ask(self, 'get', self, name)[0]

    def __setattr__(self, name, v):
        ask(self, 'put', self, name, v)

    def __iter__(self):
        iterator = ask(self, 'iterate', self)[0]
        return iterator if isinstance(iterator, Handle) else iter(iterator)

    def __next__(self):
        return ask(self, 'next', self)[0]

    def __getitem__(self, k):
        return ask(self, 'item', self, k)[0]

    def __setitem__(self, k, v):
        ask(self, 'set_item', self, k, v)

    def __contains__(self, v):
        return any(x is v or x == v for x in self)

    def __len__(self):
        return ask(self, 'convert', self, 'len')[0]

    def __str__(self):
        return plain(str, ask(self, 'convert', self, 'str')[0])

    def __repr__(self):
        return plain(str, ask(self, 'convert', self, 'repr')[0])

    def __bool__(self):
        return object.__getattribute__(self, '_kind') != 'o' or plain(bool, ask(self, 'convert', self, 'bool')[0])

    def __int__(self):
        return plain(int, ask(self, 'convert', self, 'int')[0])

    def __float__(self):
        return plain(float, ask(self, 'convert', self, 'float')[0])

    def __abs__(self):
        return ask(self, 'convert', self, 'abs')[0]

    def __neg__(self):
        return ask(self, 'convert', self, 'neg')[0]

    def __hash__(self):
        return hash(object.__getattribute__(self, '_id'))

    def __instancecheck__(self, v):
        return isinstance(v, Handle) and plain(bool, ask(self, 'instance', v, self)[0])

    def __eq__(self, other):
        if self is other:
            return True
        return plain(bool, ask(self, 'operate', 'eq', self, other)[0]) if isinstance(other, Handle) else NotImplemented

    def __ne__(self, other):
        return not self == other if isinstance(other, Handle) else NotImplemented


def operation(how):
    def operate(self, other):
        return ask(self, 'operate', how, self, other)[0] if isinstance(other, Handle) else NotImplemented

    return operate


for how in ('lt', 'le', 'gt', 'ge', 'add', 'sub', 'mul', 'truediv', 'matmul', 'mod', 'and_', 'or_', 'xor'):
    setattr(Handle, '__%s__' % how.rstrip('_'), operation(how))


def plain(kind, v):
    if type(v) is not kind:
        raise TypeError('expected %s' % kind.__name__)
    return v
