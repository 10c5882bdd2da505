"""
What the interpreter is started with: reads the compiled supervisor and runs it. Only the child comes back from it, to run
the program at the bottom of the stack.
"""

import marshal
import os


def read(size):
    data = b''
    while len(data) < size:
        part = os.read(3, size - len(data))
        if not part:
            os._exit(70)
        data += part
    return data


space = {'__name__': 'supervisor', '__builtins__': __builtins__}
exec(marshal.loads(read(int(read(8)))), space)
space['main']()
run = space['run']
code = marshal.loads(run.program) if run.header['compiled'] else run.program
space['run_python'](code, run.header['main'] or 'main.py')
