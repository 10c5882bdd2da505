"""The parent: runs the tests."""

import sys

from .assert_cases import run_assert
from .check_cases import run_check
from .names import tree
from .outcomes import Gone, Nonsense, Skipped, Unsupported
from .pipe import DEAD
from .provide import imports_classes, is_class, provide_modules, provide_names
from .pytest_cases import run_pytest
from .report import hexed, send_line
from .unittest_cases import run_unittest

# How each kind of tests is run.
MODES = {'assert': run_assert, 'check': run_check, 'unittest': run_unittest, 'pytest': run_pytest}


class Checker:
    def __init__(self, channel, job):
        self.channel, self.job, self.nonce = channel, job, job['nonce']

    def say(self, *v):
        send_line(' '.join([self.nonce, v[0]] + [hexed(x) or '-' for x in v[1:]]))

    def run(self):
        job = self.job
        try:
            prelude = compile(job['prelude'], 'prompt.py', 'exec')
            trees = [tree(t) for t in [job['setup']] + job['tests']]
        except (SyntaxError, ValueError) as e:
            return self.say('broken', 'the tests do not compile: %s' % e)
        entry = job['entry']
        space = type(sys)('tests')
        sys.modules['tests'] = space
        self.space = space.__dict__
        try:
            exec(prelude, self.space)
        except Exception as e:
            return self.say('broken', 'what stands before the tests fails: %s: %s' % (type(e).__name__, e))
        try:
            found, modules = self.channel.ask('load', job['solution'], entry)[0]
            if type(found) is not dict or type(modules) is not dict:
                raise Nonsense('names')
        except (Gone, Nonsense):
            return self.say('ended', 'the program ended while it was loaded')
        except Exception as e:
            return self.say('unloaded', '%s: %s' % (type(e).__name__, e))
        if job['mode'] == 'unittest':
            self.space['unittest'] = __import__('unittest')
        self.space.pop(entry, None)
        taken = provide_names(self.space, trees, entry, (found, modules))
        provide_modules(found, job['modules'])
        classes = imports_classes(trees, found, job['modules'])
        self.channel.objects_allowed = classes or any(is_class(v) for v in taken)
        self.say('loaded')
        MODES[job['mode']](self, trees)
        self.say('done')

    def attempt(self, name, run):
        """Runs one case; says how it went. Returns whether to go on."""
        try:
            run()
            if DEAD:
                raise Gone()
        except Gone:
            self.say('case', name, 'ended', 'the program ended before it answered')
            return False
        except Nonsense as e:
            self.say('case', name, 'ended', 'the program sent nonsense: %s' % e)
            return False
        except Unsupported as e:
            self.say('broken', e)
            return False
        except Skipped as e:
            self.say('case', name, 'skipped', e)
        except AssertionError as e:
            own = getattr(e, 'from_solution', False)
            self.say(
                'case',
                name,
                'error' if own else 'failed',
                ('AssertionError in the program: %s' % e if own else str(e)[:1000]),
            )
        except BaseException as e:
            self.say('case', name, 'error', '%s: %s' % (type(e).__name__, str(e)[:1000]))
        else:
            self.say('case', name, 'passed', '')
            return True
        return not self.job['stop']
