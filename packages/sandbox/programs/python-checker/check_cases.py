"""A test that defines `check(candidate)`, as those of HumanEval: one case."""


def run_check(checker, trees):
    def run():
        for t in trees:
            exec(compile(t, 'tests.py', 'exec'), checker.space)
        if checker.job['entry'] not in checker.space:
            raise NameError('%s is not defined' % checker.job['entry'])
        checker.space['check'](checker.space[checker.job['entry']])

    checker.attempt('0', run)
