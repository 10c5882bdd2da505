"""Tests that are statements: each is a case."""

from .outcomes import Gone
from .report import brief


def run_assert(checker, trees):
    setup, tests = trees[0], trees[1:]
    try:
        exec(compile(setup, 'tests.py', 'exec'), checker.space)
    except Gone:
        return checker.say('ended', 'the program ended during the setup of the tests')
    except BaseException as e:
        return checker.say('unset', '%s: %s' % (type(e).__name__, e))
    for i, t in enumerate(tests):
        explained = t.body[0] if len(t.body) == 1 and type(t.body[0]).__name__ == 'Assert' else None
        if not checker.attempt(str(i), lambda t=t, explained=explained: statement(checker, t, explained)):
            return


def statement(checker, t, explained):
    """Runs a test; of a single assert a == b the message says what a was."""
    test = explained.test if explained else None
    if type(test).__name__ == 'Compare' and len(test.ops) == 1 and explained.msg is None:
        left, right = [evaluate(checker, e) for e in (test.left, test.comparators[0])]
        checker.space['__left'], checker.space['__right'] = left, right
        sample = compile('__left == __right', 'tests.py', 'eval', 0x400).body
        sample.ops = test.ops
        if not evaluate(checker, sample):
            op = type(test.ops[0]).__name__
            raise AssertionError('got %s, expected %s%s' % (brief(left), '' if op == 'Eq' else op + ' ', brief(right)))
        return
    exec(compile(t, 'tests.py', 'exec'), checker.space)


def evaluate(checker, e):
    wrapper = compile('0', 'tests.py', 'eval', 0x400)
    wrapper.body = e
    return eval(compile(wrapper, 'tests.py', 'eval'), checker.space)
