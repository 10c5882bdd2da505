"""Runs the tests of `test_main.py` by the pytest that is installed."""

import sys

sys.dont_write_bytecode = True
import pytest  # noqa: E402

sys.exit(pytest.main(['-q', '--color=no', '-p', 'no:cacheprovider', '--rootdir=.', 'test_main.py']))
