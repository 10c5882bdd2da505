import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonlReporter } from '../jsonl/jsonl-reporter.ts';
import { madeUpGroup, madeUpInfo, madeUpStage } from '../made-up-run.test-support.ts';
import { type Chart, chartGroups } from './charts.ts';
import { clientScript } from './client-script.ts';
import { accuracyRows, milestones, stageTimes } from './headline.ts';
import { readRunData, type RunData } from './run-data.ts';
import { answeredTasks, sampleMoments } from './sample-choice.ts';
import { writeReport } from './write-report.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-report-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function twoStages(): Promise<RunData> {
  const reporter = jsonlReporter({ directory });
  await madeUpStage(reporter, madeUpInfo(directory, { stage: 'sft', totalSteps: 4 }));
  await madeUpStage(reporter, madeUpInfo(directory, { completedStages: ['sft'] }));
  return readRunData(directory);
}

async function charts(): Promise<Chart[]> {
  return chartGroups(await twoStages()).flatMap((group) => group.charts);
}

describe('the page', () => {
  it('needs nothing from outside', async () => {
    await twoStages();
    const page = await readFile(await writeReport(directory), 'utf8');
    expect(page.startsWith('<!doctype html>')).toBe(true);
    expect(page).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)=/);
    expect(page).not.toMatch(/url\(|@import/);
    expect(page).toContain('uPlot');
  });

  it('shows training samples of every tag', async () => {
    const reporter = jsonlReporter({ directory });
    await reporter.onRunStart?.(madeUpInfo(directory));
    const groups = ['math', 'math', 'code'].map((tag, index) => {
      const group = madeUpGroup(1);
      return { ...group, task: { ...group.task, tag, id: `${tag}-${index}` } };
    });
    await reporter.onSamples?.({ stage: 'rlvr', step: 1, groups });
    await reporter.onRunEnd?.({ status: 'finished', step: 1, summary: {} });
    const page = await readFile(await writeReport(directory), 'utf8');
    expect(page).toContain('task math-0 (math)');
    expect(page).toContain('task code-2 (code)');
    expect(page).not.toContain('task math-1');
  });

  it('shows what the run was about', async () => {
    await twoStages();
    await writeFile(join(directory, 'config.yaml'), 'exp:\n  name: "<made-up>"\n');
    const notes = [{ title: 'Batch arithmetic', lines: ['16 prompts × 8 samples'] }];
    const page = await readFile(await writeReport(directory, { notes }), 'utf8');
    for (const text of [
      'made-up',
      'after sft',
      'after rlvr',
      '40.0%',
      '80.0%',
      'Batch arithmetic',
      '16 prompts × 8 samples',
      'What is 2 + 2?',
      '4 equals the reference 4',
      'math_rule <b>failed</b>',
      'name: "&#x3C;made-up>"',
    ]) {
      expect(page).toContain(text);
    }
  });

  it('cannot be broken by what a model writes', async () => {
    const reporter = jsonlReporter({ directory });
    await reporter.onRunStart?.(madeUpInfo(directory));
    await reporter.onSamples?.({
      stage: 'rlvr',
      step: 1,
      groups: [madeUpGroup(1, '</pre></script><script>alert(1)</script>')],
    });
    await reporter.onStepEnd?.({ stage: 'rlvr', step: 1, metrics: { '</script><b>': 1 }, seconds: 1 });
    const page = await readFile(await writeReport(directory), 'utf8');
    expect(page).not.toContain('<script>alert');
    // In an attribute it is text like any other.
    expect(page.replace(/data-names="[^"]*"/g, '').match(/<\/script>/g)).toHaveLength(3);
    const data = /<script id="charts"[^>]*>(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect((JSON.parse(data) as Chart[]).some(({ title }) => title === '</script><b>')).toBe(true);
  });

  it('can be written before the first step, and of an empty folder', async () => {
    await jsonlReporter({ directory }).onRunStart?.(madeUpInfo(directory));
    expect(await readFile(await writeReport(directory), 'utf8')).toContain('No step is complete yet.');
    const empty = join(directory, 'empty');
    await mkdir(empty);
    expect(await readFile(await writeReport(empty), 'utf8')).toContain('No step is complete yet.');
    expect(await readdir(empty)).toEqual(['report.html']);
  });

  it('is a storage error where it cannot be written', async () => {
    await expect(writeReport(join(directory, 'missing', 'run'))).rejects.toMatchObject({ kind: 'storage' });
  });

  it('has a script that a browser can parse', () => {
    expect(new Script(clientScript)).toBeInstanceOf(Script);
  });
});

describe('curves', () => {
  it('show every metric exactly once', async () => {
    const data = await twoStages();
    const names = new Set([...data.steps, ...data.evaluations].flatMap(({ metrics }) => Object.keys(metrics)));
    const series = (await charts()).flatMap((chart) => chart.series);
    expect(series).toHaveLength(names.size);
  });

  it('put stages one after the other where they share a chart', async () => {
    const accuracy = (await charts()).find(({ title }) => title === 'Accuracy');
    expect(accuracy?.boundaries).toEqual([{ x: 4, stage: 'rlvr' }]);
    expect(accuracy?.series.map(({ label }) => label)).toEqual(['train', 'eval']);
    expect(accuracy?.series[1]?.x).toEqual([0, 2, 4, 4, 6, 8, 10, 12]);
  });

  it('have gaps where a number is not finite', () => {
    const steps = [1, 2, 3].map((step) => ({ stage: 'a', step, metrics: { loss: step === 2 ? Number.NaN : step } }));
    const [group] = chartGroups({ record: { name: '', stages: [], config: null }, steps, evaluations: [] });
    expect(group?.charts[0]?.series[0]).toEqual({ label: 'loss', x: [1, 2, 3], y: [1, null, 3] });
    expect(group?.charts[0]?.boundaries).toEqual([]);
  });

  it('of long runs keep their first and last point', () => {
    const steps = Array.from({ length: 10_001 }, (_, step) => ({ stage: 'a', step, metrics: { loss: step } }));
    const [group] = chartGroups({ record: { name: '', stages: [], config: null }, steps, evaluations: [] });
    const x = group?.charts[0]?.series[0]?.x ?? [];
    expect(x.length).toBeLessThanOrEqual(2001);
    expect([x[0], x.at(-1)]).toEqual([0, 10_000]);
  });
});

describe('headline', () => {
  it('compares before, after each stage, and levels', async () => {
    const moments = milestones(await twoStages());
    expect(moments.map(({ label }) => label)).toEqual(['before', 'after sft', 'after rlvr']);
    expect(accuracyRows(moments)).toEqual([
      { label: 'all tasks', kind: 'all', values: [0, 0.4, 0.8] },
      { label: 'level 1', kind: 'difficulty', values: [0, 0.4, 0.8] },
      { label: 'level 2', kind: 'difficulty', values: [0, 0, 0] },
    ]);
  });

  it('has nothing to compare without evaluations', () => {
    expect(milestones({ evaluations: [], record: { name: '', stages: [], config: null } })).toEqual([]);
    expect(accuracyRows([])).toEqual([]);
  });

  it('sums the time of phases, and what is between them', () => {
    const step = (seconds: number, rollout: number) => ({
      stage: 'rlvr',
      step: 1,
      metrics: { 'timing/seconds': seconds, 'timing/rollout_seconds': rollout, 'timing/rollout_tokens_per_second': 9 },
    });
    expect(stageTimes([step(2, 1), step(4, 3)])).toEqual([
      {
        stage: 'rlvr',
        steps: 2,
        seconds: 6,
        phases: [
          { phase: 'rollout', seconds: 4 },
          { phase: 'other', seconds: 2 },
        ],
      },
    ]);
    expect(stageTimes([])).toEqual([]);
  });
});

describe('samples', () => {
  it('are those of start, middle and end', async () => {
    const { samples } = await twoStages();
    const moments = sampleMoments(samples, 'evaluation');
    expect(moments.map(({ label, stage, step }) => [label, stage, step])).toEqual([
      ['start', 'sft', 0],
      ['middle', 'rlvr', 2],
      ['end', 'rlvr', 8],
    ]);
    const [task] = answeredTasks(moments, 3);
    expect(task?.answers.map(({ sample }) => sample.response)).toEqual(['\\boxed{0}', '\\boxed{2}', '\\boxed{8}']);
    expect(sampleMoments([], 'train')).toEqual([]);
    expect(sampleMoments(samples.slice(0, 1), 'evaluation').map(({ label }) => label)).toEqual(['start']);
    expect(answeredTasks([], 3)).toEqual([]);
  });
});
