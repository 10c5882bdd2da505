import { appendFile, mkdtemp, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { madeUpGroup, madeUpInfo, madeUpStage } from '../made-up-run.test-support.ts';
import { createJsonlFile, readJsonlFile, type RunLine } from './jsonl-file.ts';
import { jsonlReporter, readRunRecord } from './jsonl-reporter.ts';
import { runFiles } from './run-files.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-monitor-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function lines(path: string): Promise<RunLine[]> {
  const all: RunLine[] = [];
  for await (const line of readJsonlFile(path)) all.push(line);
  return all;
}

// What two runs must have in common: everything but the clock.
async function withoutTiming(at: string): Promise<string[]> {
  const files = runFiles(at);
  const metrics = (await lines(files.metrics)).map(({ timing: _, ...line }) => JSON.stringify(line));
  return [metrics.join('\n'), await readFile(files.evaluations, 'utf8'), await readFile(files.samples, 'utf8')];
}

describe('what is written', () => {
  it('keeps what depends on the clock apart', async () => {
    await madeUpStage(jsonlReporter({ directory }), madeUpInfo(directory, { totalSteps: 1 }));
    const [line] = await lines(runFiles(directory).metrics);
    expect(line).toEqual({
      stage: 'rlvr',
      step: 1,
      metrics: {
        'train/accuracy': 0.1,
        'train/score_mean': 0.125,
        'train/reward_mean': 0,
        'reward/math_rule': 1 / 9,
        'actor/loss': 1,
        'mismatch/abs_mean': 1e-7,
      },
      timing: {
        seconds: expect.any(Number) as number,
        rollout_seconds: expect.any(Number) as number,
        rollout_tokens_per_second: expect.any(Number) as number,
      },
    });
  });

  it('keeps samples with question, answer, verdict, parts, reasons and log-probs', async () => {
    await madeUpStage(jsonlReporter({ directory }), madeUpInfo(directory, { totalSteps: 1 }));
    const samples = await lines(runFiles(directory).samples);
    expect(samples.map(({ kind, step, sample_index }) => [kind, step, sample_index])).toEqual([
      ['evaluation', 0, 0],
      ['train', 1, 0],
      ['train', 1, 1],
    ]);
    expect(samples[1]).toEqual({
      stage: 'rlvr',
      step: 1,
      kind: 'train',
      task_id: 'task-1',
      tag: 'math',
      difficulty: 2,
      sample_index: 0,
      prompt: 'user: What is 2 + 2?',
      response: '\\boxed{1}',
      final_answer: '4',
      stop_reason: 'eos',
      verdict: 'correct',
      reward: 1.5,
      score: 1,
      parts: { math_rule: 1, format: 0.5 },
      reasons: ['4 equals the reference 4'],
      token_count: 2,
      log_probs: { mean: -0.75, min: -1 },
    });
    expect(samples[2]).toMatchObject({
      verdict: 'unverifiable',
      reward: null,
      score: null,
      parts: { math_rule: null },
    });
  });

  it('keeps no more samples than asked for', async () => {
    const reporter = jsonlReporter({ directory, sampleGroups: 2, samplesPerGroup: 1 });
    await reporter.onRunStart?.(madeUpInfo(directory));
    await reporter.onSamples?.({ stage: 'rlvr', step: 1, groups: [1, 2, 3].map((step) => madeUpGroup(step)) });
    expect(await lines(runFiles(directory).samples)).toHaveLength(2);
  });

  it('writes numbers JSON does not have by name', async () => {
    const reporter = jsonlReporter({ directory });
    await reporter.onRunStart?.(madeUpInfo(directory));
    const metrics = { a: Number.NaN, b: Number.NEGATIVE_INFINITY };
    await reporter.onStepEnd?.({ stage: 'rlvr', step: 1, metrics, seconds: 1 });
    expect((await lines(runFiles(directory).metrics))[0]?.['metrics']).toEqual({ a: 'NaN', b: '-Infinity' });
  });

  it('says in run.json how each stage stands', async () => {
    const reporter = jsonlReporter({ directory });
    await madeUpStage(reporter, madeUpInfo(directory, { stage: 'sft' }));
    await madeUpStage(reporter, madeUpInfo(directory, { completedStages: ['sft'] }), 3);
    expect((await readRunRecord(runFiles(directory).run))?.stages).toEqual([
      { stage: 'sft', totalSteps: 8, step: 8, status: 'finished' },
      { stage: 'rlvr', totalSteps: 8, step: 0, status: 'running' },
    ]);
    await reporter.onRunEnd?.({ status: 'failed', step: 3, error: new Error('boom'), summary: {} });
    const record = await readRunRecord(runFiles(directory).run);
    expect(record?.stages[1]).toEqual({ stage: 'rlvr', totalSteps: 8, step: 3, status: 'failed', error: 'boom' });
    expect(record?.config).toEqual({ exp: { name: 'made-up' } });
  });

  it('keeps messages with their step', async () => {
    const reporter = jsonlReporter({ directory });
    await madeUpStage(reporter, madeUpInfo(directory), 2);
    reporter.onMessage?.({ level: 'warning', text: 'careful' });
    expect(await lines(runFiles(directory).messages)).toEqual([
      { stage: 'rlvr', step: 2, level: 'warning', text: 'careful' },
    ]);
  });
});

describe('resuming', () => {
  // A run that is killed after step `killedAt` and continued from the checkpoint before it.
  async function interrupted(at: string, killedAt: number, tear: boolean): Promise<void> {
    const sft = madeUpInfo(at, { stage: 'sft', totalSteps: 2 });
    await madeUpStage(jsonlReporter({ directory: at }), sft);
    const rlvr = madeUpInfo(at, { completedStages: ['sft'] });
    await madeUpStage(jsonlReporter({ directory: at }), rlvr, killedAt);
    if (tear) {
      for (const file of [runFiles(at).metrics, runFiles(at).samples]) await appendFile(file, '{"stage":"rlvr","st');
    }
    const startStep = killedAt - (killedAt % 2);
    await madeUpStage(jsonlReporter({ directory: at }), { ...rlvr, startStep });
  }

  it.each([1, 2, 3, 5, 8].flatMap((step) => [[step, false] as const, [step, true] as const]))(
    'after a kill at step %i (torn last line: %s) the files equal the uninterrupted ones',
    async (killedAt, tear) => {
      const [whole, resumed] = [join(directory, 'whole'), join(directory, 'resumed')];
      await madeUpStage(jsonlReporter({ directory: whole }), madeUpInfo(whole, { stage: 'sft', totalSteps: 2 }));
      await madeUpStage(jsonlReporter({ directory: whole }), madeUpInfo(whole, { completedStages: ['sft'] }));
      await interrupted(resumed, killedAt, tear);
      expect(await withoutTiming(resumed)).toEqual(await withoutTiming(whole));
    },
  );

  it('a run that starts over in the same folder keeps nothing', async () => {
    await madeUpStage(jsonlReporter({ directory }), madeUpInfo(directory));
    await madeUpStage(jsonlReporter({ directory }), madeUpInfo(directory, { totalSteps: 2 }));
    expect((await lines(runFiles(directory).metrics)).map(({ step }) => step)).toEqual([1, 2]);
    expect((await lines(runFiles(directory).evaluations)).map(({ step }) => step)).toEqual([0, 2]);
  });
});

describe('a file of lines', () => {
  it('passes over what is not a line of a run', async () => {
    const path = join(directory, 'a.jsonl');
    await writeFile(path, '{"stage":"a","step":1}\n\nnot json\n[1]\n{"stage":"a","step":2}\n{"stage":"a","step":3');
    expect((await lines(path)).map(({ step }) => step)).toEqual([1, 2]);
    await createJsonlFile(path).keepOnly(() => true);
    expect(await readFile(path, 'utf8')).toBe('{"stage":"a","step":1}\n{"stage":"a","step":2}\n');
  });

  it('has no lines when it is not there', async () => {
    const path = join(directory, 'nothing.jsonl');
    expect(await lines(path)).toEqual([]);
    await createJsonlFile(path).keepOnly(() => true);
    await createJsonlFile(path).sync();
    await createJsonlFile(path).append([]);
    expect(existsSync(path)).toBe(false);
  });

  it('survives more lines than a stream buffers', async () => {
    const path = join(directory, 'long.jsonl');
    const text = 'x'.repeat(1000);
    await createJsonlFile(path).append(Array.from({ length: 500 }, (_, step) => ({ stage: 'a', step, text })));
    await createJsonlFile(path).keepOnly(({ step }) => step % 2 === 0);
    const kept = await lines(path);
    expect(kept).toHaveLength(250);
    expect(kept.at(-1)).toEqual({ stage: 'a', step: 498, text });
  });

  it.runIf(existsSync('/dev/full'))('ends the run when the disk is full', async () => {
    const reporter = jsonlReporter({ directory });
    const { metrics } = runFiles(directory);
    await madeUpStage(reporter, madeUpInfo(directory), 2);
    await unlink(metrics);
    await symlink('/dev/full', metrics);
    await expect(reporter.onStepEnd?.({ stage: 'rlvr', step: 3, metrics: {}, seconds: 1 })).rejects.toMatchObject({
      kind: 'storage',
      where: metrics,
      what: 'the disk is full',
    });
  });

  it('ends the run for reasons nobody foresaw, too', async () => {
    const path = join(directory, 'a.jsonl', 'nested.jsonl');
    await writeFile(join(directory, 'a.jsonl'), '');
    await expect(createJsonlFile(path).append([{ stage: 'a', step: 1 }])).rejects.toMatchObject({ kind: 'storage' });
    await expect(createJsonlFile(`${directory}/\0`).append([{ stage: 'a', step: 1 }])).rejects.toMatchObject({
      kind: 'storage',
      what: expect.stringContaining('cannot be written') as string,
    });
  });
});
