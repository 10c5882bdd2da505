"""Marks of pytest, and values of its parameters."""


class Mark:
    def __init__(self, name, args=(), kwargs=None):
        self.name, self.args, self.kwargs = name, args, kwargs or {}

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and type(args[0]) in (type(lambda: None), type):
            args[0].pytestmark = getattr(args[0], 'pytestmark', []) + [self]
            return args[0]
        return Mark(self.name, args, kwargs)


class Marks:
    def __getattr__(self, name):
        return Mark(name)


class ParamValues(tuple):
    pass
