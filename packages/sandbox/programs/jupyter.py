"""
Runs cells like a notebook: one name space, the value of a last expression is displayed, an error ends its cell and not
the next. Input: JSON `{ nonce, cells, timeout }` in the file `.cells.json`. Output: a line `nonce JSON` for each cell
that ended; a cell prints into its own answer, only what its child processes print comes between.
"""

import ast
import io
import json
import linecache
import os
import signal
import sys
import traceback

with open('.cells.json') as f:
    job = json.load(f)
os.unlink('.cells.json')
out = os.dup(1)
displays = []
main = type(sys)('__main__')
space = main.__dict__
sys.modules['__main__'] = main

MIMES = (
    ('text/html', '_repr_html_'),
    ('text/markdown', '_repr_markdown_'),
    ('image/svg+xml', '_repr_svg_'),
    ('text/latex', '_repr_latex_'),
    ('application/json', '_repr_json_'),
)


def display(*values):
    for v in values:
        shown = {'text/plain': repr(v)}
        for mime, name in MIMES:
            method = getattr(type(v), name, None)
            if method is not None:
                made = method(v)
                if made is not None:
                    shown[mime] = made
        displays.append(shown)


def late(*_):
    raise TimeoutError('the cell took longer than %g s' % job['timeout'])


def run(code, name):
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    tree = ast.parse(code, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not code.rstrip().endswith(';'):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, name, 'exec'), space)
    if last is not None:
        value = eval(compile(last, name, 'eval'), space)
        if value is not None:
            space['_'] = value
            display(value)


space['display'] = display
signal.signal(signal.SIGALRM, late)
for index, code in enumerate(job['cells']):
    displays.clear()
    errors = []
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    try:
        if job['timeout'] > 0:
            signal.setitimer(signal.ITIMER_REAL, job['timeout'])
        try:
            run(code, '<cell %d>' % (index + 1))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException as e:
        trace = traceback.format_exception(type(e), e, e.__traceback__)
        errors.append(
            {
                'ename': type(e).__name__,
                'evalue': str(e),
                'traceback': [t for t in trace if '/main.py' not in t and 'main.py"' not in t],
            }
        )
    cell = {
        'stdout': sys.stdout.getvalue(),
        'stderr': sys.stderr.getvalue(),
        'display': list(displays),
        'error': errors,
    }
    data = ('\n' + job['nonce'] + ' ' + json.dumps(cell, default=repr) + '\n').encode()
    while data:
        data = data[os.write(out, data) :]
sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
