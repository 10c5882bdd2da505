"""What names tests use."""


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
