"""Tests that are loaded as a whole before the first of them runs."""

from .outcomes import Gone, Unsupported


def load_tests(checker, trees):
    try:
        for t in trees:
            exec(compile(t, 'tests.py', 'exec'), checker.space)
        return True
    except Gone:
        checker.say('ended', 'the program ended while the tests were loaded')
    except Unsupported as e:
        checker.say('broken', str(e))
    except BaseException as e:
        checker.say('unset', '%s: %s' % (type(e).__name__, e))
    return False
