import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runConformance } from './command.ts';

const fixtures = new URL('../fixtures/', import.meta.url).pathname;
let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conformance-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function put(name: string, content: unknown): void {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
}

async function run(...args: string[]): Promise<{ code: number; lines: string[]; last: string | undefined }> {
  const lines: string[] = [];
  const code = await runConformance(['--fixtures', directory, '--backend', 'cpu', ...args], (line) => lines.push(line));
  return { code, lines, last: lines.at(-1) };
}

interface Case {
  id: string;
  inputs: Record<string, unknown>;
  params: Record<string, unknown>;
  expected: Record<string, unknown>;
  expected_f64?: Record<string, unknown>;
}

function fixture(name: string): { cases: Case[] } {
  return JSON.parse(readFileSync(join(fixtures, name), 'utf8')) as { cases: Case[] };
}

describe('npm run conformance', () => {
  it('passes fixtures that hold, with a row per file and the totals last', async () => {
    const file = fixture('algos/kl_penalty.json');
    put('algos/kl_penalty.json', file);
    const { code, lines, last } = await run();
    expect(code).toBe(0);
    expect(lines).toContainEqual(
      expect.stringMatching(/^algos\/kl_penalty\.json .*27 passed +0 failed +0 not covered +largest error/),
    );
    expect(last).toBe(`${file.cases.length} passed, 0 failed, 0 skipped`);
  });

  it('fails a case with a wrong number and says where', async () => {
    const file = fixture('algos/agg_loss.json');
    const [first] = file.cases as [Case];
    for (const run of [first.expected, first.expected_f64]) Object.assign(run as object, { loss: 0.25 });
    put('algos/agg_loss.json', file);
    const { code, lines, last } = await run();
    expect(code).toBe(1);
    expect(lines).toContainEqual(expect.stringContaining(`failed ${first.id} at loss: expected 0.25, got -0.2099`));
    expect(last).toBe(`${file.cases.length - 1} passed, 1 failed, 0 skipped`);
  });

  it('fails a case that should raise and does not, and one that raises and should not', async () => {
    const file = fixture('algos/kl_penalty.json');
    const cases = file.cases.filter(({ id }) => ['k3_small', 'full_small'].includes(id));
    const [value, error] = cases as [Case, Case];
    [value.expected, error.expected] = [error.expected, value.expected];
    delete error.expected_f64;
    put('algos/kl_penalty.json', { cases: [value] });
    expect((await run()).last).toBe('0 passed, 1 failed, 0 skipped');
    error.params['kind'] = 'k3';
    error.inputs['ref_logprob'] = [[1]];
    put('algos/kl_penalty.json', { cases: [error] });
    const { lines, last } = await run();
    expect(lines).toContainEqual(expect.stringContaining('ShapeError'));
    expect(last).toBe('0 passed, 1 failed, 0 skipped');
  });

  it('does not take a crash for the error that a case expects', async () => {
    const [first] = fixture('algos/kl_penalty.json').cases as [Case];
    put('algos/kl_penalty.json', {
      cases: [{ ...first, inputs: { logprob: first.inputs['logprob'] }, expected: { error: 'ValueError' } }],
    });
    expect((await run()).last).toBe('0 passed, 1 failed, 0 skipped');
  });

  it('skips unknown functions, parameters, values of parameters, and results we do not give', async () => {
    const known = fixture('algos/agg_loss.json').cases[0] as Case;
    put('algos/new_function.json', { cases: [known, known] });
    put('train/new_run.json', { steps: [] });
    put('algos/agg_loss.json', {
      cases: [
        { ...known, params: { ...known.params, new_option: 1 } },
        { ...known, params: { loss_agg_mode: 'new-mode' } },
        { ...known, inputs: { ...known.inputs, new_input: [1] } },
        { ...known, expected: { ...known.expected, new_result: 1 } },
      ],
    });
    const { code, lines, last } = await run('--verbose');
    expect(last).toBe('0 passed, 0 failed, 7 skipped');
    expect(code).toBe(0);
    for (const what of [
      'parameter new_option',
      'loss_agg_mode new-mode',
      'input new_input',
      'no value for new_result',
    ]) {
      expect(lines).toContainEqual(expect.stringContaining(what));
    }
  });

  it('reads NaN and the tolerance that notes name for rounding noise', async () => {
    const noisy = fixture('algos/adv_grpo.json').cases.find(({ id }) => id.startsWith('all_equal_0.1_')) as Case;
    const off = (noisy.expected['advantages'] as number[][]).map((row) => row.map(() => 0.015));
    const expected = { advantages: off, returns: off };
    const file = (tolerance: string) => ({
      notes: `'all_equal_0.1_rounding_noise': compare with absolute tolerance ${tolerance}.`,
      cases: [{ ...noisy, expected, expected_f64: expected }],
    });
    put('algos/adv_grpo.json', file('0.02'));
    expect((await run()).last).toBe('1 passed, 0 failed, 0 skipped');
    put('algos/adv_grpo.json', file('1e-3'));
    expect((await run()).last).toBe('0 passed, 1 failed, 0 skipped');
    const masked = fixture('algos/agg_loss.json').cases.filter(({ expected }) => expected['loss'] === 'NaN');
    put('algos/agg_loss.json', { cases: masked });
    expect((await run('--only', 'agg_loss')).last).toBe(`${masked.length} passed, 0 failed, 0 skipped`);
  });

  it('fails a file that is not JSON or lacks a part, and runs the others', async () => {
    put('algos/kl_penalty.json', '{"cases": [');
    put('algos/agg_loss.json', { cases: [{ id: 'empty' }] });
    put('algos/kl_controllers.json', fixture('algos/kl_controllers.json'));
    const { code, last } = await run();
    expect(code).toBe(1);
    expect(last).toBe('4 passed, 2 failed, 0 skipped');
  });

  it('ends with 2 when there is nothing to check', async () => {
    expect(await run()).toMatchObject({ code: 2, last: expect.stringContaining('no algos/*.json') as string });
    put('algos/INDEX.json', []);
    expect((await run()).code).toBe(2);
    put('algos/kl_controllers.json', fixture('algos/kl_controllers.json'));
    expect((await run('--only', 'nothing')).code).toBe(2);
    const missing = await runConformance(['--fixtures', join(directory, 'missing'), '--backend', 'cpu'], () => {});
    expect(missing).toBe(2);
  });

  it('holds every fixture of the repository on wasm', async () => {
    const lines: string[] = [];
    const code = await runConformance(['--fixtures', fixtures, '--backend', 'wasm'], (line) => lines.push(line));
    expect(lines.filter((line) => line.includes('    failed '))).toEqual([]);
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatch(/ 0 failed, 0 skipped$/);
    // What is covered only grows: a runner that goes missing would turn passes into skips.
    const passed = Number(/^(\d+) passed/.exec(lines.at(-1) ?? '')?.[1]);
    expect(passed).toBeGreaterThanOrEqual(1615);
  });
});
