"""Names that tests use without defining them: from the library, from the modules of the solution, from the solution."""

import sys
from builtins import __dict__ as BUILTINS

from .handle import Handle
from .library import LIBRARY, module
from .names import names_of
from .outcomes import Nonsense

# Taken from the library even where the solution has something of that name: tests wrap both sides of == in them.
COLLECTIONS = ('Counter', 'OrderedDict', 'defaultdict', 'deque', 'namedtuple')


def provide_names(space, trees, entry, loaded):
    """Fills the name space of the tests; returns the values that are of the solution."""
    found, modules = loaded
    read, called, based, defined = names_of(trees)
    wanted = read | ({entry} if entry else set())
    own_calls = {n for n in called if n not in BUILTINS and n not in defined}
    taken = []
    for name in wanted:
        if name in based and name in LIBRARY and name != entry:
            try:
                space.setdefault(name, module(name))
            except (Nonsense, ImportError):
                pass
            continue
        if name in space:
            continue
        if name in COLLECTIONS and name != entry:
            space[name] = getattr(module('collections'), name)
            continue
        if name in modules and name not in BUILTINS:
            try:
                space[name] = module(modules[name])
            except (Nonsense, ImportError):
                pass
            continue
        if name in BUILTINS and name != entry and (own_calls or entry):
            continue
        if name in found:
            space[name] = found[name]
            taken.append(found[name])
    return taken


def provide_modules(found, aliases):
    """Makes the solution a module that tests may import, by more than one name."""
    solution = type(sys)('solution')
    solution.__dict__.update(found)
    solution.__all__ = [n for n in found if n not in BUILTINS]
    for name in ['solution'] + aliases:
        sys.modules[name] = solution


def imports_classes(trees, found, aliases):
    """Whether tests import the solution as a whole, or classes from it."""
    own = ['solution'] + aliases
    for n in [n for t in trees for n in t.body]:
        kind = type(n).__name__
        if kind == 'Import' and any(a.name in own for a in n.names):
            return True
        if kind == 'ImportFrom' and n.module in own:
            values = found.values() if n.names[0].name == '*' else [found.get(a.name) for a in n.names]
            if any(is_class(v) for v in values):
                return True
    return False


def is_class(v):
    """Whether this is a class of the solution."""
    return isinstance(v, Handle) and object.__getattribute__(v, '_kind') == 'c'
