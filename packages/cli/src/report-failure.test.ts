import { RlloomError } from '@rlloom/spec';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { reportFailure } from './report-failure.ts';

const plain = { interrupted: false, debug: false };

describe('reportFailure', () => {
  it('shows what, where, what to do and why, with the exit code of the kind', () => {
    const cause = new Error('ENOENT: no such file\nsecond line', { cause: new Error('deeper') });
    const error = new RlloomError('model', { what: 'no config.json', where: 'models/x', fix: 'check the path', cause });
    expect(reportFailure(error, plain)).toEqual({
      exitCode: 4,
      lines: [
        'error (model): models/x: no config.json\n  → check the path',
        '  because: ENOENT: no such file',
        '  because: deeper',
      ],
    });
  });

  it('keeps the exit code of an RlloomError after an interrupt', () => {
    const error = new RlloomError('storage', { what: 'the disk is full' });
    expect(reportFailure(error, { interrupted: true, debug: false }).exitCode).toBe(6);
  });

  it('takes any other error after an interrupt as the stop that was asked for', () => {
    const report = reportFailure(new DOMException('aborted', 'AbortError'), { interrupted: true, debug: false });
    expect(report).toEqual({ exitCode: 130, lines: ['Stopped.'] });
  });

  it('marks anything else as a defect and says how to see the stack', () => {
    const report = reportFailure(new TypeError('x is not a function'), plain);
    expect(report.exitCode).toBe(1);
    expect(report.lines[0]).toBe('unexpected error: TypeError: x is not a function');
    expect(report.lines[1]).toContain('--debug');
  });

  it('prints the stack with --debug instead of the hint', () => {
    const { lines } = reportFailure(new TypeError('x is not a function'), { interrupted: false, debug: true });
    expect(lines.join('\n')).toContain('report-failure.test.ts');
    expect(lines.join('\n')).not.toContain('--debug');
  });

  it('survives a thrown value that is no error', () => {
    expect(reportFailure('oops', plain)).toMatchObject({
      exitCode: 1,
      lines: ["unexpected error: 'oops'", expect.any(String)],
    });
    expect(reportFailure(undefined, plain).exitCode).toBe(1);
  });

  it('makes a wrong command line a config error, and help no error', () => {
    expect(reportFailure(new CommanderError(1, 'commander.unknownOption', 'x'), plain)).toEqual({
      exitCode: 2,
      lines: [],
    });
    expect(reportFailure(new CommanderError(0, 'commander.helpDisplayed', ''), plain).exitCode).toBe(0);
  });
});
