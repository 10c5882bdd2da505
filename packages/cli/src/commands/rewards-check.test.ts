import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';

let folder: string;
const lines = (...records: object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-golden-'));
  const right = { ground_truth: '24', correct: ['\\boxed{24}', 'The answer is 24.'], incorrect: ['\\boxed{42}', ''] };
  await writeFile(join(folder, 'right.jsonl'), lines(right, { ground_truth: '1/2', response: '0.5', expected: 1 }));
  await writeFile(
    join(folder, 'wrong.jsonl'),
    lines(
      right,
      { id: 'half', ground_truth: '1/2', response: '0.5', expected: 'incorrect' },
      { ...right, incorrect: [], correct: ['7'] },
    ),
  );
  await writeFile(join(folder, 'bad.jsonl'), lines({ ground_truth: '24', response: '24', expected: 'yes' }));
  await writeFile(
    join(folder, 'train.yaml'),
    'rewards:\n  workers: 1\n  domains: { all: { tags: ["*"], rewards: { shape: { type: format, options: { checks: [{ check: boxed }] } } } } }\nother: 1\n',
  );
  await writeFile(
    join(folder, 'mine.mjs'),
    "export default { name: 'mine', score: ({ responseText }) => responseText.length };\n",
  );
});
afterAll(() => rm(folder, { recursive: true }));

const check = (...argv: string[]) => runCommand(['rewards', 'check', ...argv], { cwd: folder });

describe('rlloom rewards check', { timeout: 120_000 }, () => {
  it('ends well where all is judged as expected', async () => {
    const { code, stdout } = await check('right.jsonl');
    expect([code, stdout]).toEqual([0, expect.stringContaining('5 of 5 cases are judged as expected (100.00 %)')]);
  });

  it('lists mistakes with their place, false positives first, and fails', async () => {
    const { code, stdout, stderr } = await check('wrong.jsonl');
    expect(code).toBe(7);
    expect(stdout).toMatch(
      /^wrong\.jsonl:2: false-positive: correct \(1\), expected incorrect\n {2}response {3}"0\.5"/,
    );
    expect(stdout).toMatch(/wrong\.jsonl:3: false-negative/);
    expect(stdout).toContain('1 false positives, 1 false negatives, 0 others');
    expect(stderr).toContain('2 of 6 cases');
    const json = JSON.parse((await check('wrong.jsonl', '--json')).stdout) as {
      falsePositives: number;
      mistakes: object[];
    };
    expect([json.falsePositives, json.mistakes[0]]).toEqual([
      1,
      expect.objectContaining({ kind: 'false-positive', line: 2, id: 'half' }),
    ]);
  });

  it('judges with the rewards of a configuration, or with one of a file', async () => {
    const configured = await check('right.jsonl', '--config-path', '.', '--config-name', 'train');
    expect(configured.stdout).toContain('2 of 5');
    const own = await check('right.jsonl', '--reward', 'mine.mjs');
    expect(own.stdout).toContain('judged as expected');
    expect(own.code).toBe(7);
  });

  it('says what is wrong with a case, a reward, or options', async () => {
    const bad = await check('bad.jsonl');
    expect([bad.code, bad.stderr]).toEqual([
      3,
      expect.stringContaining('bad.jsonl:1: expected must be correct, incorrect'),
    ]);
    const unknown = await check('right.jsonl', '--reward', 'magic');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('"magic" is no reward')]);
    expect((await check('right.jsonl', '--config-name', 'train')).code).toBe(2);
    expect((await check('nowhere.jsonl')).code).toBe(3);
  });
});
