import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { createSandbox, probeSandbox, type Sandbox } from '@rlloom/sandbox';
import type { RewardResult } from '@rlloom/spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeSandboxReward } from './code-sandbox-reward.ts';

// Public data sets, beside the repository.
const directory =
  process.env['RLLOOM_SHARED_DATA'] ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const files = ['humaneval', 'humaneval_js', 'mbpp'].map((name) => `${directory}/${name}.jsonl.gz`);
const { capabilities } = await probeSandbox();
const missing =
  capabilities === null ? 'no sandbox here' : files.every((file) => existsSync(file)) ? '' : 'no ../shared/data';

type Row = Readonly<Record<string, unknown>>;

function rows(name: string): Row[] {
  const text = gunzipSync(readFileSync(`${directory}/${name}.jsonl.gz`)).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

describe.skipIf(missing !== '')(`data sets${missing === '' ? '' : ` (${missing})`}`, { timeout: 600_000 }, () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox({ concurrency: 2 });
  });
  afterAll(() => sandbox.close());

  /** Those without the verdict, with why. */
  async function others(
    verdict: RewardResult['verdict'],
    of: readonly Row[],
    respond: (row: Row) => string,
  ): Promise<string[]> {
    const reward = codeSandboxReward({ timeoutMs: 60_000, cpuSeconds: 60 }, { sandbox });
    const found: string[] = [];
    const waiting = [...of];
    const work = async (): Promise<void> => {
      for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
        const task = { id: String(row['task_id']), tag: 'code', messages: [], extra: row };
        const result = await reward(
          { task, responseText: respond(row), responseTokenCount: 1, stopReason: 'eos' },
          { signal: new AbortController().signal, deadline: Date.now() + 120_000 },
        );
        if (result.verdict !== verdict) found.push(`${task.id} ${result.verdict}: ${result.reasons.join('; ')}`);
      }
    };
    await Promise.all([work(), work(), work()]);
    return found;
  }

  it('references of HumanEval are correct, as continuations and as programs', async () => {
    const all = rows('humaneval');
    expect(all.length).toBe(164);
    expect(await others('correct', all, (row) => String(row['canonical_solution']))).toEqual([]);
    const program = (row: Row): string =>
      `\`\`\`python\n${String(row['prompt'])}${String(row['canonical_solution'])}\n\`\`\``;
    expect(await others('correct', all.slice(0, 20), program)).toEqual([]);
  });

  it('empty bodies of HumanEval are incorrect', async () => {
    expect(await others('incorrect', rows('humaneval'), () => '    pass\n')).toEqual([]);
  });

  it('references of MBPP are correct', async () => {
    const all = rows('mbpp');
    expect(all.length).toBe(974);
    expect(await others('correct', all, (row) => `\`\`\`python\n${String(row['code'])}\n\`\`\``)).toEqual([]);
  });

  it('empty bodies of MBPP are incorrect', async () => {
    const empty = (row: Row): string => {
      const name = /(\w+)\s*\(/.exec(
        String((row['test_list'] as string[])[0]).replace(/^assert\s*\(?(?:set|not)?/, ''),
      )?.[1];
      return `\`\`\`python\ndef ${name ?? 'f'}(*args):\n    pass\n\`\`\``;
    };
    expect(
      await others(
        'incorrect',
        rows('mbpp').filter((_, index) => index % 10 === 0),
        empty,
      ),
    ).toEqual([]);
  });

  // The data set has no solutions of its own; these are ours, by the number and name of the exercise.
  it.skipIf(!capabilities?.languages.includes('javascript'))(
    'solutions of HumanEval for JavaScript are correct, but for two rows that are wrong',
    async () => {
      const text = readFileSync(new URL('../testing/humaneval-js-solutions.txt', import.meta.url), 'utf8');
      const parts = text.split(/^\/\/ (\d+_\w+)\n/m).slice(1);
      const solutions = new Map(
        parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1]!] as const] : [])),
      );
      const all = rows('humaneval_js');
      expect(all.length).toBe(161);
      const block = (row: Row): string => {
        const solution = solutions.get(String(row['task_id']).replace('HumanEval_', ''));
        return `\`\`\`js\n${solution ?? ''}\n\`\`\``;
      };
      // Two rows no program can pass: the tests of one are no JavaScript (a line end inside quotes), those of the other want
      // 3.0 told from 3.
      const impossible = new Set(['HumanEval_51_remove_vowels', 'HumanEval_92_any_int']);
      expect(
        await others(
          'correct',
          all.filter((row) => !impossible.has(String(row['task_id']))),
          block,
        ),
      ).toEqual([]);
      expect(
        await others(
          'unverifiable',
          all.filter((row) => row['task_id'] === 'HumanEval_51_remove_vowels'),
          block,
        ),
      ).toEqual([]);
      expect(await others('incorrect', all.slice(0, 30), () => '}\n')).toEqual([]);
    },
  );
});
