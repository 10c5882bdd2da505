"""What this Python can do, as JSON. Input: JSON of sources by name; they come back compiled for exactly this version."""

import base64
import importlib.util
import json
import marshal
import os
import sys

# The supervisor cannot do without these.
for name in ('_ctypes', 'resource', 'select'):
    importlib.import_module(name)
if sys.version_info < (3, 8):
    sys.exit('Python 3.8 or newer is needed, this is ' + sys.version.split()[0])


def compiled(name, text):
    code = compile(text, '<rlloom ' + name + '>', 'exec', dont_inherit=True, optimize=0)
    return base64.b64encode(marshal.dumps(code)).decode()


sources = json.load(sys.stdin)
facts = {
    'path': os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable),
    'version': sys.version.split()[0],
    'folders': sorted({os.path.realpath(path) for path in (sys.base_prefix, sys.base_exec_prefix, sys.prefix)}),
    'searchPath': [os.path.realpath(path) for path in sys.path if path and os.path.exists(path)],
    'pytest': importlib.util.find_spec('pytest') is not None,
    'compiled': {name: compiled(name, text) for name, text in sources.items()},
}
print(json.dumps(facts))
