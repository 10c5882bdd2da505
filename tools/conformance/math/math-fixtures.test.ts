import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runConformance } from '../command.ts';
import type { CaseConfig, MathCase } from './math-case.ts';
import { runCases } from './run-cases.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conformance-math-'));
  mkdirSync(join(directory, 'math'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function run(): Promise<{ code: number; lines: string[]; last: string | undefined }> {
  const lines: string[] = [];
  const code = await runConformance(['--fixtures', directory, '--backend', 'cpu'], (line) => lines.push(line));
  return { code, lines, last: lines.at(-1) };
}

function put(name: string, cases: unknown): void {
  writeFileSync(join(directory, 'math', `${name}.json`), JSON.stringify(cases));
}

const answer = (
  [pred, gold]: readonly [pred: string, gold: string],
  expected: unknown,
  { kind = 'sum', config = {} }: { kind?: string | undefined; config?: CaseConfig } = {},
) => ({ gold, pred, expected, kind, config });
const right = (count: number, kind?: string) =>
  Array.from({ length: count }, (_, index) => answer([`\\boxed{${index}}`, String(index)], true, { kind }));
// Labels that nobody could agree with stand for a verifier that errs.
const wrongYes = (kind?: string) => answer(['\\boxed{12}', '12'], false, { kind });
const wrongNo = (kind?: string) => answer(['\\boxed{12}', '13'], true, { kind });

describe('math files of npm run conformance', () => {
  it('tolerates wrong cases as long as the file reaches its share', async () => {
    put('public', [...right(98), wrongNo(), wrongYes()]);
    const { code, lines, last } = await run();
    expect([code, last]).toEqual([0, '98 passed, 0 failed, 0 skipped']);
    expect(lines).toContainEqual(
      expect.stringMatching(/^math\/public\.json .*accuracy 0\.9800 \(at least 0\.97\), 1 false positive, 1 false neg/),
    );
    const wrong = lines.filter((line) => /false (?:positive|negative) \d+ /i.test(line));
    expect(wrong).toEqual([
      expect.stringContaining('FALSE POSITIVE 99 sum: "\\\\boxed{12}" against "12": correct'),
      expect.stringContaining('false negative 98 sum'),
    ]);
    expect(lines).toContainEqual('    kind sum: 0.980 (98 of 100)');
  });

  it('fails a file below its share, which is less for kept-back names', async () => {
    const cases = [...right(965), ...Array.from({ length: 35 }, () => wrongNo())];
    put('heldout', cases);
    expect((await run()).code).toBe(0);
    put('public', cases);
    const { code, last } = await run();
    expect([code, last]).toEqual([1, `${2 * 965} passed, 35 failed, 0 skipped`]);
  });

  it('fails a derived file for one false positive, whatever its name', async () => {
    put('anything', [...right(999, 'math500_pos'), wrongYes('sym_trig')]);
    expect((await run()).last).toBe('999 passed, 1 failed, 0 skipped');
    put('anything', [...right(999, 'math500_pos'), wrongNo('sym_trig')]);
    expect((await run()).last).toBe('999 passed, 0 failed, 0 skipped');
  });

  it('holds LaTeX against its reading', async () => {
    const reading = (latex: string, gold: string) => ({ latex, gold_latex: gold, gold_srepr: '', kind: 'number' });
    put('latex-parse-heldout', [
      reading('\\frac{1}{2}', '0.5'),
      reading('1{,}000', '1000'),
      reading('2^3', '8'),
      reading('1', '2'),
    ]);
    const { code, lines, last } = await run();
    expect([code, last]).toEqual([1, '3 passed, 1 failed, 0 skipped']);
    expect(lines[1]).toContain('latex-parse: accuracy 0.7500 (at least 0.85)');
  });

  it('asks for both directions where a suite does, and for strings', async () => {
    put('public', [
      answer(['5.0', '5'], true, { kind: 'both', config: { symmetric: true, extract: ['raw'] } }),
      answer(['The answer is B.', ''], ['B', 'B'], {
        kind: 'string',
        config: { extract: ['string'], strings: ['A', 'B'] },
      }),
      answer(['I do not know', ''], [], { kind: 'string', config: { extract: ['string'], strings: ['A', 'B'] } }),
      { ...answer(['', '7'], false), pred: null },
    ]);
    expect((await run()).last).toBe('4 passed, 0 failed, 0 skipped');
  });

  it('wants every adversarial case right', async () => {
    const config = { limit_ms: 2000 };
    put(
      'adversarial',
      [...right(30), wrongNo()].map((one) => ({ ...one, config })),
    );
    expect((await run()).last).toBe('30 passed, 1 failed, 0 skipped');
  });

  it.each([
    ['{"cases": []}', 'not a list of cases'],
    ['[{"latex": "1"}]', 'case 0 has neither'],
    [JSON.stringify([...right(1), { latex: '1', gold_latex: '1' }]), 'two layouts'],
  ])('fails the file %s and runs the others', async (content, reason) => {
    writeFileSync(join(directory, 'math/broken.json'), content);
    put('public', right(3));
    const { code, lines, last } = await run();
    expect([code, last]).toEqual([1, '3 passed, 1 failed, 0 skipped']);
    expect(lines).toContainEqual(expect.stringContaining(reason));
  });
});

describe('runCases', () => {
  const cases = Array.from({ length: 4 }, (_, index): MathCase => {
    const config = { limit_ms: 200 };
    return { id: String(index), kind: 'trouble', gold: '1', pred: String(index), expected: true, config };
  });

  it('ends a case that hangs or ends its process, and goes on with the next', async () => {
    const program = join(directory, 'trouble.mjs');
    writeFileSync(
      program,
      `process.on('message', (cases) => {
        for (const { pred } of cases) {
          if (pred === '1') for (;;);
          if (pred === '2') process.exit(3);
          process.send({ outcome: 'right', reason: pred, ms: 1 });
        }
        process.disconnect();
      });
      process.send('ready');`,
    );
    const reports = await runCases(cases, program);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['right', 'broken', 'broken', 'right']);
    expect(reports[1]).toMatchObject({ reason: 'hung: no verdict after 200 ms' });
    expect(reports[1]?.ms).toBeGreaterThan(200);
    expect(reports[2]?.reason).toContain('ended with 3');
  });

  it('says when the program does not start', async () => {
    await expect(runCases(cases, join(directory, 'missing.mjs'))).rejects.toThrow('did not start');
  });
});
