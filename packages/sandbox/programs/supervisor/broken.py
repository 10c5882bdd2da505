"""When the sandbox itself fails."""

import os

from .control import report
from .folder import empty_folder


def broken(message):
    safe = ''.join(c if c.isalnum() or c in ' .,:;/_-[]()=' else '_' for c in str(message))
    report([('end', '"broken"'), ('message', '"%s"' % safe[:500])])
    empty_folder()
    os._exit(0)
