"""Running Python in the interpreter of the supervisor, which saves a second start."""

import sys

from .state import run


def run_python(code, name):
    """Runs code as __main__, the way the interpreter itself would have."""
    import builtins
    import io

    try:
        import _sitebuiltins

        builtins.exit = _sitebuiltins.Quitter('exit', 'Ctrl-D (i.e. EOF)')
        builtins.quit = _sitebuiltins.Quitter('quit', 'Ctrl-D (i.e. EOF)')
    except ImportError:
        pass
    sys.stdin = sys.__stdin__ = io.open(0, 'r', encoding='utf-8', errors='surrogateescape', closefd=False)
    sys.stdout = sys.__stdout__ = io.open(1, 'w', encoding='utf-8', errors='surrogateescape', closefd=False)
    sys.stderr = sys.__stderr__ = io.open(2, 'w', 1, encoding='utf-8', errors='backslashreplace', closefd=False)
    sys.argv = [name]
    sys.path[:] = run.header['sysPath'][:]
    sys.path.insert(0, run.header['folder'])
    module = type(sys)('__main__')
    space = module.__dict__
    space['__builtins__'] = builtins
    space['__file__'] = run.header['folder'] + '/' + name
    sys.modules['__main__'] = module
    try:
        if type(code) is bytes:
            code = compile(code, space['__file__'], 'exec', dont_inherit=True)
        exec(code, space)
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        raise SystemExit(1) from None
