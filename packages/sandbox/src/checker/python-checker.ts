/**
 * The checker of Python solutions, a program for the sandbox. It is two processes: the parent runs the tests, the
 * child the solution, and they speak by pipes. The parent forks before it has read more than the names of modules, so neither the tests, nor
 * what they expect, nor the nonce of the verdict lines ever was in the memory of the child; it makes itself
 * undumpable, so that the child can read neither its memory nor its open files. Values cross by a codec of plain
 * data; objects of the solution stay in the child and are seen by the tests as handles, which never equal plain data and
 * are never told what they are compared with. So a program that passes has computed what was asked for.
 *
 * Input (stdin): a line with the names of modules both will import, then a dictionary in the codec, see
 * `encodeCheckerInput`. Output: lines `nonce name field field ...`, fields
 * in hexadecimal UTF-8.
 */
export const pythonChecker = String.raw`
import os, sys
from builtins import __dict__ as BUILTINS

sys.path = [p for p in sys.path if p.startswith((sys.prefix, sys.base_prefix))]
sys.dont_write_bytecode = True


class Nonsense(BaseException):
    pass


class Gone(BaseException):
    pass


class Unsupported(BaseException):
    pass


class Skipped(Exception):
    pass


TYPES = {n: t for n, t in BUILTINS.items() if isinstance(t, type) and not issubclass(t, BaseException) and t is not type}
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
    'datetime.datetime': (fields('year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond'), lambda m, v: m.datetime(*v)),
    'datetime.time': (fields('hour', 'minute', 'second', 'microsecond'), lambda m, v: m.time(*v)),
    'collections.deque': (list, lambda m, v: m.deque(v)),
    'array.array': (lambda v: (v.typecode, v.tolist()), lambda m, v: m.array(*v)),
}


class Reader:
    def __init__(self, data, special):
        self.data, self.at, self.special = data, 0, special

    def number(self):
        end = self.data.index(b':', self.at, self.at + 20)
        n = int(self.data[self.at:end])
        self.at = end + 1
        if n < 0 or n > len(self.data):
            raise Nonsense('a length')
        return n

    def raw(self):
        n = self.number()
        b = self.data[self.at:self.at + n]
        self.at += n
        return b

    def string(self):
        return self.raw().decode('utf-8', 'surrogatepass')

    def value(self, depth=0):
        tag = self.data[self.at:self.at + 1]
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


# Python tells since 3.10; before, these are what tests use.
LIBRARY = getattr(sys, 'stdlib_module_names', None) or sys.builtin_module_names + (
    'abc', 'array', 'bisect', 'cmath', 'collections', 'copy', 'dataclasses', 'datetime', 'decimal', 'enum', 'fractions',
    'functools', 'hashlib', 'heapq', 'io', 'itertools', 'json', 'math', 'numbers', 'operator', 'os', 'random', 're',
    'statistics', 'string', 'textwrap', 'typing', 'unittest', 'uuid')

# Importing one of these does something.
NOISY = ('antigravity', 'this', 'idlelib', 'turtle', 'turtledemo', 'test', '__main__')


def module(name):
    parts = name.split('.')
    if parts[0] in NOISY or parts[0] not in LIBRARY or any(p.startswith('__') for p in parts):
        raise Nonsense('module ' + name)
    __import__(name)
    return sys.modules[name]


def send(fd, data):
    data = memoryview(len(data).to_bytes(8, 'big') + data)
    while data:
        data = data[os.write(fd, data):]


def receive(fd):
    size = int.from_bytes(exactly(fd, 8), 'big')
    if size > 1 << 26:
        raise Nonsense('a message of %d bytes' % size)
    return exactly(fd, size)


DEAD = []


def exactly(fd, n):
    parts = []
    while n:
        b = os.read(fd, min(n, 1 << 20))
        if not b:
            DEAD.append(True)
            raise Gone('the program ended')
        parts.append(b)
        n -= len(b)
    return b''.join(parts)


# ---- the child: runs the solution, knows nothing else ----

class Solution:
    def __init__(self, inbox, outbox):
        self.inbox, self.outbox = inbox, outbox
        self.objects, self.ids = [], {}

    def keep(self, v):
        if id(v) not in self.ids:
            self.ids[id(v)] = len(self.objects)
            self.objects.append(v)
        return self.ids[id(v)]

    def special(self, v):
        if isinstance(v, Callback):
            return b'K%d:' % v.id
        bases = [c.__name__ for c in v.__mro__ if EXCEPTIONS.get(c.__name__) is c] if isinstance(v, type) else []
        kind = 'c' if isinstance(v, type) else 'f' if type(v).__name__ in FUNCTIONS and callable(v) else 'o'
        name = getattr(v, '__name__', type(v).__name__)
        name = name if type(name) is str else ''
        return b'H%d:' % self.keep(v) + text(b'S', kind) + text(b'S', name) + text(b'S', bases[0] if bases else '')

    def read(self, tag, reader):
        if tag == b'O':
            return self.objects[reader.number()]
        if tag == b'K':
            return Callback(self, reader.number())
        if tag == b'Y':
            name = reader.string()
            __import__(name)
            return getattr(sys.modules[name], reader.string())
        raise Nonsense(tag)

    def reply(self, *v):
        send(self.outbox, encode(v, self.special))

    def describe(self, e):
        chain = [c for c in type(e).__mro__ if c is not object]
        names = [c.__name__ if EXCEPTIONS.get(c.__name__) is c else c for c in chain]
        try:
            message = str(e)[:2000]
        except BaseException:
            message = ''
        try:
            args = [a for a in e.args if type(a) in (str, int, float, bool, tuple, list, dict, type(None))]
            encode(args, self.special)
        except BaseException:
            args = [message]
        return names, message, args

    def serve(self):
        """Answers requests until the one that called back is answered too."""
        while True:
            request = Reader(receive(self.inbox), self.read).value()
            if request[0] == 'r' or request[0] == 'e':
                return request
            try:
                answer = getattr(self, request[0])(*request[1:])
                extra = self.changed
                self.changed = None
                data = encode(('r', answer, extra), self.special)
            except BaseException as e:
                data = encode(('e',) + self.describe(e), self.special)
            send(self.outbox, data)

    changed = None

    def load(self, code, entry):
        namespace = type(sys)('solution')
        sys.modules['solution'] = namespace
        self.namespace = namespace.__dict__
        exec(compile(code, 'solution.py', 'exec'), self.namespace)
        found, modules = {}, {}
        for name, v in list(self.namespace.items()):
            if type(v) is type(sys):
                modules[name] = v.__name__
            elif type(name) is str and not (name.startswith('__') and name.endswith('__')):
                try:
                    encode(v, self.special)
                    found[name] = v
                except Exception:
                    pass
        holder = self.namespace.get('Solution')
        if entry and entry not in found and isinstance(holder, type) and hasattr(holder, entry):
            found[entry] = getattr(holder(), entry)
        return found, modules

    def call(self, f, args, kwargs):
        before = encode(args, self.special)
        v = f(*args, **kwargs)
        after = encode(args, self.special)
        if after != before:
            self.changed = args
        return v

    def get(self, o, name):
        return getattr(o, name)

    def put(self, o, name, v):
        setattr(o, name, v)

    def iterate(self, o):
        return Kept(iter(o))

    def next(self, o):
        return next(o.value if type(o) is Kept else o)

    def item(self, o, k):
        return o[k]

    def set_item(self, o, k, v):
        o[k] = v

    def convert(self, o, how):
        return {'len': len, 'str': str, 'repr': repr, 'bool': bool, 'int': int, 'float': float, 'abs': abs,
                'neg': lambda x: -x, 'hash': hash}[how](o)

    def operate(self, how, a, b):
        return getattr(__import__('_operator'), how)(a, b)

    def instance(self, o, c):
        return isinstance(o, c)


class Kept:
    """Keeps a value from being read out as plain data."""

    def __init__(self, value):
        self.value = value


class Callback:
    """A function of the tests, as the solution sees it."""

    def __init__(self, solution, id):
        self.solution, self.id = solution, id

    def __call__(self, *args, **kwargs):
        self.solution.reply('k', self.id, args, kwargs)
        answer = self.solution.serve()
        if answer[0] == 'r':
            return answer[1]
        raise EXCEPTIONS.get(answer[1], RuntimeError)(answer[2])


FUNCTIONS = ('function', 'builtin_function_or_method', 'method', 'partial', '_lru_cache_wrapper', 'method_descriptor',
             'method-wrapper', 'wrapper_descriptor')


# ---- the parent: runs the tests ----

class Channel:
    def __init__(self, inbox, outbox):
        self.inbox, self.outbox = inbox, outbox
        self.handles, self.callbacks, self.errors = {}, [], {}
        self.objects_allowed = False

    def special(self, v):
        if isinstance(v, Handle):
            return b'O%d:' % object.__getattribute__(v, '_id')
        if isinstance(v, type) and hasattr(v, '_handle_id'):
            return b'O%d:' % v._handle_id
        module_name, name = getattr(v, '__module__', None), getattr(v, '__name__', None)
        if module_name in LIBRARY and type(name) is str and getattr(sys.modules.get(module_name), name, None) is v:
            return b'Y' + text(b'', module_name) + text(b'', name)
        if callable(v):
            self.callbacks.append(v)
            return b'K%d:' % (len(self.callbacks) - 1)
        if hasattr(v, '__next__'):
            return encode(list(v), self.special)
        raise Unsupported('the tests hand a %s of their own to the solution, which is not supported' % type(v).__name__)

    def read(self, tag, reader):
        if tag == b'K':
            return self.callbacks[reader.number()]
        if tag != b'H':
            raise Nonsense(tag)
        id, kind, name, base = reader.number(), reader.value(), reader.value(), reader.value()
        if id not in self.handles:
            if base:
                parent = EXCEPTIONS[base] if issubclass(EXCEPTIONS[base], Exception) else Exception
                made = type(name, (parent,), {'_handle_id': id})
            else:
                made = Handle(self, id, kind, name)
            self.handles[id] = made
        return self.handles[id]

    def ask(self, *request):
        send(self.outbox, encode(request, self.special))
        while True:
            answer = Reader(receive(self.inbox), self.read).value()
            if answer[0] == 'r':
                return answer[1:]
            if answer[0] == 'e':
                raise self.error(*answer[1:])
            if answer[0] != 'k':
                raise Nonsense('an answer')
            self.call_back(*answer[1:])

    def call_back(self, id, args, kwargs):
        try:
            answer = ('r', self.callbacks[id](*args, **kwargs))
        except Exception as e:
            answer = ('e', type(e).__name__, str(e))
        send(self.outbox, encode(answer, self.special))

    def error(self, names, message, args):
        for name in names:
            kind = EXCEPTIONS.get(name) if type(name) is str else name
            if isinstance(kind, type) and issubclass(kind, Exception):
                break
        else:
            kind, message = RuntimeError, '%s: %s' % (names[0] if names and type(names[0]) is str else 'error', message)
            args = [message]
        try:
            e = kind(*args)
        except Exception:
            e = Exception(message)
        e.from_solution = True
        return e


def ask(h, *request):
    return object.__getattribute__(h, '_channel').ask(*request)


def refresh(old, new):
    """Makes an argument what the call has made of it."""
    if type(old) is not type(new):
        return
    if type(old) is list:
        n = min(len(old), len(new))
        for i in range(n):
            if type(old[i]) is type(new[i]) and type(old[i]) in (list, dict, set):
                refresh(old[i], new[i])
            else:
                old[i] = new[i]
        del old[n:]
        old.extend(new[n:])
    elif type(old) is bytearray:
        old[:] = new
    elif type(old) is dict:
        for k in [k for k in old if k not in new]:
            del old[k]
        for k, v in new.items():
            if k in old and type(old[k]) is type(v) and type(v) in (list, dict, set):
                refresh(old[k], v)
            else:
                old[k] = v
    elif type(old) is set:
        old.clear()
        old.update(new)
    elif type(old) is tuple:
        for a, b in zip(old, new):
            refresh(a, b)


class Handle:
    """An object of the solution. What it is compared with is never told to it, unless that is the solution's own."""

    def __init__(self, channel, id, kind, name):
        for k, v in (('_channel', channel), ('_id', id), ('_kind', kind), ('__name__', name)):
            object.__setattr__(self, k, v)

    def __call__(self, *args, **kwargs):
        if object.__getattribute__(self, '_kind') == 'o' and not object.__getattribute__(self, '_channel').objects_allowed:
            raise TypeError('an object of the solution is not called')
        value, changed = ask(self, 'call', self, args, kwargs)
        if changed is not None:
            refresh(args, changed)
        return value

    def __getattr__(self, name):
        if name.startswith('__') and name.endswith('__') and name not in ('__name__', '__doc__', '__call__', '__enter__', '__exit__', '__dict__'):
            raise AttributeError(name)
        if not object.__getattribute__(self, '_channel').objects_allowed and name not in ('__doc__', 'cache_info', 'cache_clear'):
            raise AttributeError("a value of the solution has no attribute %r here" % name)
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


def names_of(trees):
    """Names that tests use: (read at all, called, read as the base of an attribute only, defined)."""
    read, called, based, other, defined = set(), set(), set(), set(), set()
    stack = list(trees)
    while stack:
        node = stack.pop()
        kind = type(node).__name__
        skip = None
        if kind == 'Call' and type(node.func).__name__ == 'Name':
            called.add(node.func.id)
            other.add(node.func.id)
        elif kind == 'Attribute' and type(node.value).__name__ == 'Name' and type(node.value.ctx).__name__ == 'Load':
            based.add(node.value.id)
            read.add(node.value.id)
            skip = node.value
        elif kind == 'Name':
            (read if type(node.ctx).__name__ == 'Load' else defined).add(node.id)
            if type(node.ctx).__name__ == 'Load':
                other.add(node.id)
        elif kind in ('FunctionDef', 'AsyncFunctionDef', 'ClassDef'):
            defined.add(node.name)
        elif kind == 'arg':
            defined.add(node.arg)
        elif kind in ('Import', 'ImportFrom') and getattr(node, 'module', None) != 'solution':
            defined.update((a.asname or a.name).split('.')[0] for a in node.names)
        elif kind == 'ExceptHandler' and node.name:
            defined.add(node.name)
        for field in node._fields:
            v = getattr(node, field, None)
            if isinstance(v, list):
                stack.extend(x for x in v if hasattr(x, '_fields'))
            elif hasattr(v, '_fields') and v is not skip:
                stack.append(v)
    return read, called, based - other, defined


def tree(code):
    return compile(code, 'tests.py', 'exec', 0x400)


def hexed(s):
    return str(s).encode('utf-8', 'replace').hex()


# Taken from the library even where the solution has something of that name: tests wrap both sides of == in them.
COLLECTIONS = ('Counter', 'OrderedDict', 'defaultdict', 'deque', 'namedtuple')


class Quiet:
    """Where tests may print."""

    def write(self, s):
        return len(s)

    def flush(self):
        pass

    def isatty(self):
        return False


class Checker:
    def __init__(self, channel, job):
        self.channel, self.job, self.nonce = channel, job, job['nonce']

    def say(self, *v):
        send_line(' '.join([self.nonce, v[0]] + [hexed(x) or '-' for x in v[1:]]))

    def run(self):
        job = self.job
        try:
            prelude = compile(job['prelude'], 'prompt.py', 'exec')
            trees = [tree(t) for t in [job['setup']] + job['tests']]
        except (SyntaxError, ValueError) as e:
            return self.say('broken', 'the tests do not compile: %s' % e)
        read, called, based, defined = names_of(trees)
        entry = job['entry']
        space = type(sys)('tests')
        sys.modules['tests'] = space
        self.space = space.__dict__
        try:
            exec(prelude, self.space)
        except Exception as e:
            return self.say('broken', 'what stands before the tests fails: %s: %s' % (type(e).__name__, e))
        try:
            found, modules = self.channel.ask('load', job['solution'], entry)[0]
            if type(found) is not dict or type(modules) is not dict:
                raise Nonsense('names')
        except (Gone, Nonsense):
            return self.say('ended', 'the program ended while it was loaded')
        except Exception as e:
            return self.say('unloaded', '%s: %s' % (type(e).__name__, e))
        if job['mode'] == 'unittest':
            self.space['unittest'] = __import__('unittest')
        self.space.pop(entry, None)
        wanted = read | ({entry} if entry else set())
        own_calls = {n for n in called if n not in BUILTINS and n not in defined}
        for name in wanted:
            if name in based and name in LIBRARY and name != entry:
                try:
                    self.space.setdefault(name, module(name))
                except (Nonsense, ImportError):
                    pass
                continue
            if name in self.space:
                continue
            if name in COLLECTIONS and name != entry:
                self.space[name] = getattr(module('collections'), name)
                continue
            if name in modules and name not in BUILTINS:
                try:
                    self.space[name] = module(modules[name])
                except (Nonsense, ImportError):
                    pass
                continue
            if name in BUILTINS and name != entry and (own_calls or entry):
                continue
            if name in found:
                self.space[name] = found[name]
                if isinstance(found[name], Handle) and object.__getattribute__(found[name], '_kind') == 'c':
                    self.channel.objects_allowed = True
        solution = type(sys)('solution')
        solution.__dict__.update(found)
        solution.__all__ = [n for n in found if n not in BUILTINS]
        sys.modules['solution'] = solution
        for alias in job['modules']:
            sys.modules[alias] = solution
        self.allow_imported(trees, found)
        self.say('loaded')
        getattr(self, 'run_' + job['mode'])(trees)
        self.say('done')

    def allow_imported(self, trees, found):
        own = ['solution'] + self.job['modules']
        for n in [n for t in trees for n in t.body]:
            kind = type(n).__name__
            if kind == 'Import' and any(a.name in own for a in n.names):
                self.channel.objects_allowed = True
            if kind == 'ImportFrom' and n.module in own:
                for v in found.values() if n.names[0].name == '*' else [found.get(a.name) for a in n.names]:
                    if isinstance(v, Handle) and object.__getattribute__(v, '_kind') == 'c':
                        self.channel.objects_allowed = True

    def attempt(self, name, run):
        """Runs one case; says how it went. Returns whether to go on."""
        try:
            run()
            if DEAD:
                raise Gone()
        except Gone:
            self.say('case', name, 'ended', 'the program ended before it answered')
            return False
        except Nonsense as e:
            self.say('case', name, 'ended', 'the program sent nonsense: %s' % e)
            return False
        except Unsupported as e:
            self.say('broken', e)
            return False
        except Skipped as e:
            self.say('case', name, 'skipped', e)
        except AssertionError as e:
            own = getattr(e, 'from_solution', False)
            self.say('case', name, 'error' if own else 'failed', ('AssertionError in the program: %s' % e if own else str(e)[:1000]))
        except BaseException as e:
            self.say('case', name, 'error', '%s: %s' % (type(e).__name__, str(e)[:1000]))
        else:
            self.say('case', name, 'passed', '')
            return True
        return not self.job['stop']

    def run_assert(self, trees):
        setup, tests = trees[0], trees[1:]
        try:
            exec(compile(setup, 'tests.py', 'exec'), self.space)
        except Gone:
            return self.say('ended', 'the program ended during the setup of the tests')
        except BaseException as e:
            return self.say('unset', '%s: %s' % (type(e).__name__, e))
        for i, t in enumerate(tests):
            explained = t.body[0] if len(t.body) == 1 and type(t.body[0]).__name__ == 'Assert' else None
            if not self.attempt(str(i), lambda: self.statement(t, explained)):
                return

    def statement(self, t, explained):
        """Runs a test; of a single assert a == b the message says what a was."""
        test = explained.test if explained else None
        if type(test).__name__ == 'Compare' and len(test.ops) == 1 and explained.msg is None:
            left, right = [self.evaluate(e) for e in (test.left, test.comparators[0])]
            self.space['__left'], self.space['__right'] = left, right
            sample = compile('__left == __right', 'tests.py', 'eval', 0x400).body
            sample.ops = test.ops
            if not self.evaluate(sample):
                op = type(test.ops[0]).__name__
                raise AssertionError('got %s, expected %s%s' % (brief(left), '' if op == 'Eq' else op + ' ', brief(right)))
            return
        exec(compile(t, 'tests.py', 'exec'), self.space)

    def evaluate(self, e):
        wrapper = compile('0', 'tests.py', 'eval', 0x400)
        wrapper.body = e
        return eval(compile(wrapper, 'tests.py', 'eval'), self.space)

    def run_check(self, trees):
        def run():
            for t in trees:
                exec(compile(t, 'tests.py', 'exec'), self.space)
            if self.job['entry'] not in self.space:
                raise NameError('%s is not defined' % self.job['entry'])
            self.space['check'](self.space[self.job['entry']])
        self.attempt('0', run)

    def run_unittest(self, trees):
        if not self.execute(trees):
            return
        import unittest
        cases = [v for v in list(self.space.values()) if isinstance(v, type) and issubclass(v, unittest.TestCase)]
        names = [(c, n) for c in cases for n in unittest.defaultTestLoader.getTestCaseNames(c)]
        if not names:
            return self.say('broken', 'the tests hold no unittest.TestCase with a test')
        checker = self

        class Result(unittest.TestResult):
            problem = None

            def addError(self, test, err):
                self.problem = self.problem or err[1]

            def addFailure(self, test, err):
                self.problem = self.problem or err[1]

            def addSubTest(self, test, subtest, err):
                if err is not None:
                    self.problem = self.problem or err[1]

            def addSkip(self, test, reason):
                self.problem = self.problem or Skipped(reason)

        for c, n in names:
            def run():
                result = Result()
                unittest.TestSuite([c(n)]).run(result)
                if result.problem is not None:
                    raise result.problem
            if not self.attempt('%s.%s' % (c.__name__, n), run):
                return

    def execute(self, trees):
        try:
            for t in trees:
                exec(compile(t, 'tests.py', 'exec'), self.space)
            return True
        except Gone:
            self.say('ended', 'the program ended while the tests were loaded')
        except Unsupported as e:
            self.say('broken', str(e))
        except BaseException as e:
            self.say('unset', '%s: %s' % (type(e).__name__, e))
        return False

    def run_pytest(self, trees):
        sys.modules['pytest'] = shim = make_pytest(self.space)
        if not self.execute(trees):
            return
        tests = []
        for name, v in list(self.space.items()):
            if name.startswith('test') and type(v).__name__ == 'function':
                tests.extend(expand(name, v, lambda v=v: v))
            elif name.startswith('Test') and isinstance(v, type):
                for n in [n for n in v.__dict__ if n.startswith('test')]:
                    tests.extend(expand(name + '.' + n, v.__dict__[n], lambda v=v, n=n: method_of(v, n)))
        if not tests:
            return self.say('broken', 'the tests hold no function named test...')
        for name, make, arguments in tests:
            try:
                if not self.attempt(name, lambda: shim.run(make(), arguments)):
                    return
            except Unsupported as e:
                return self.say('broken', str(e))


def method_of(c, name):
    o = c()
    for setup in ('setUp', 'setup_method', 'setup'):
        if hasattr(o, setup):
            getattr(o, setup)() if setup != 'setup_method' or getattr(o, setup).__code__.co_argcount == 1 else getattr(o, setup)(None)
            break
    return getattr(o, name)


class Mark:
    def __init__(self, name, args=(), kwargs=None):
        self.name, self.args, self.kwargs = name, args, kwargs or {}

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and type(args[0]) in (type(method_of), type):
            setattr(args[0], 'pytestmark', getattr(args[0], 'pytestmark', []) + [self])
            return args[0]
        return Mark(self.name, args, kwargs)


class Marks:
    def __getattr__(self, name):
        return Mark(name)


def expand(name, f, make):
    """A test once for each set of arguments of its parametrize marks."""
    sets = [('', {})]
    for mark in getattr(f, 'pytestmark', []):
        if mark.name in ('skip', 'skipif') and (mark.name == 'skip' or (mark.args and mark.args[0])):
            def skip():
                raise Skipped(mark.kwargs.get('reason', 'skipped'))
            return [(name, lambda: skip, {})]
        if mark.name == 'parametrize':
            keys = mark.args[0]
            keys = [k.strip() for k in keys.split(',')] if type(keys) is str else list(keys)
            rows = [getattr(r, 'values', r) if type(r).__name__ == 'Param' else r for r in mark.args[1]]
            sets = [('%s%s%d' % (label, '-' if label else '', i), dict(known, **dict(zip(keys, [r] if len(keys) == 1 and type(rows) is list and not (type(r) is ParamValues) else r))))
                    for i, r in enumerate(rows) for label, known in sets]
    return [('%s[%s]' % (name, label) if label else name, make, known) for label, known in sets]


class ParamValues(tuple):
    pass


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
        names = code.co_varnames[1 if hasattr(f, '__self__') else 0:code.co_argcount]
        count = len(names) - len(f.__defaults__ or ())
        return f(**{n: known[n] if n in known else value_of(n, cache, ends) for i, n in enumerate(names) if i < count or n in known})

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

    shim.__dict__.update(fixture=fixture, raises=raises, fail=fail, skip=skip, param=param, approx=Approx, mark=Marks(), run=run,
                         main=lambda *a, **k: None, __getattr__=unknown)
    return shim


def brief(v):
    s = repr(v)
    return s if len(s) <= 300 else s[:300] + '...'


def send_line(s):
    data = (s + '\n').encode()
    while data:
        data = data[os.write(1, data):]


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


def load_common():
    """Imports what both processes will import, once for both: the first line of stdin names it."""
    line = b''
    while not line.endswith(b'\n'):
        b = os.read(0, 1)
        if not b:
            return
        line += b
    for name in line.decode().split():
        try:
            module(name)
        except ImportError:
            pass


def main():
    load_common()
    to_child, to_parent = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        null = os.open('/dev/null', os.O_RDWR)
        inbox, outbox = os.dup2(to_child[0], 10), os.dup2(to_parent[1], 11)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.closerange(3, 10)
        os.closerange(12, 256)
        try:
            Solution(inbox, outbox).serve()
        except BaseException:
            pass
        os._exit(0)
    os.close(to_child[0])
    os.close(to_parent[1])
    protected = protect()
    parts = []
    while True:
        b = os.read(0, 1 << 20)
        if not b:
            break
        parts.append(b)
    job = Reader(b''.join(parts), None).value()
    sys.stdout = sys.stderr = Quiet()
    checker = Checker(Channel(to_parent[0], to_child[1]), job)
    if not protected:
        checker.say('broken', 'the checker cannot protect itself here')
    else:
        checker.run()
    try:
        os.kill(child, 9)
    except OSError:
        pass
    os._exit(0)


sys.setrecursionlimit(3000)
main()
`;
