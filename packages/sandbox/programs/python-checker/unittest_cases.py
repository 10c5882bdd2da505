"""Tests of `unittest`: each method is a case."""

from .load_tests import load_tests
from .outcomes import Skipped


def run_unittest(checker, trees):
    if not load_tests(checker, trees):
        return
    import unittest

    cases = [v for v in list(checker.space.values()) if isinstance(v, type) and issubclass(v, unittest.TestCase)]
    names = [(c, n) for c in cases for n in unittest.defaultTestLoader.getTestCaseNames(c)]
    if not names:
        return checker.say('broken', 'the tests hold no unittest.TestCase with a test')

    class Result(unittest.TestResult):
        problem = None

        def addError(self, test, err):
            self.problem = self.problem or err[1]

        def addFailure(self, test, err):
            self.problem = self.problem or err[1]

        def addSubTest(self, test, subtest, err):
            if err is not None:
                self.problem = self.problem or err[1]

        def addSkip(self, test, reason):
            self.problem = self.problem or Skipped(reason)

    for c, n in names:

        def run(c=c, n=n):
            result = Result()
            unittest.TestSuite([c(n)]).run(result)
            if result.problem is not None:
                raise result.problem

        if not checker.attempt('%s.%s' % (c.__name__, n), run):
            return
