import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type MeasuredStep, type MessageLine, readRunData, type RunData, type SampleLine } from '@rlloom/monitor';
import { formatNumber } from '../format/quantities.ts';
import { formatSections, formatTable } from '../format/sections.ts';
import { addStep, curveTable, type StageCurves } from './metric-curves.ts';

/** Samples and messages that are shown; the last ones are the interesting ones. */
const shownSamples = 3;
const shownMessages = 5;

/**
 * How a run stands: its stages, the curves of every metric, its evaluations, the last samples with their reward
 * parts, warnings, and what else is in the folder. Reads a run that is still going on as well.
 */
export async function inspectRunFolder(directory: string): Promise<string[]> {
  const data = await readRunData(directory);
  const stages = curvesByStage(data.steps);
  return [
    ...formatSections([{ title: directory, rows: await overview(directory, data) }]),
    ...stages.flatMap((stage) => [
      '',
      `metrics of ${stage.stage} up to step ${stage.step}`,
      ...curveTable(stage).map(indent),
    ]),
    ...evaluationTable(data.evaluations),
    ...sampleSections(data.samples.slice(-shownSamples)),
    ...messageLines(data.messages.slice(-shownMessages)),
  ];
}

async function overview(directory: string, { record }: RunData): Promise<[string, string][]> {
  const names = new Set(await readdir(directory));
  const checkpoints = names.has('checkpoints')
    ? (await readdir(join(directory, 'checkpoints'))).filter(isComplete).sort()
    : [];
  return [
    ...record.stages.map(({ stage, step, totalSteps, status, error }): [string, string] => [
      stage,
      `${status} at step ${step} of ${totalSteps}${error === undefined ? '' : `: ${error}`}`,
    ]),
    ['checkpoints', checkpoints.join(', ') || 'none'],
    ...['model', 'report.html', 'trajectories.msgpack', 'tensorboard']
      .filter((name) => names.has(name))
      .map((name): [string, string] => [name, join(directory, name)]),
  ];
}

function curvesByStage(steps: readonly MeasuredStep[]): StageCurves[] {
  const stages = new Map<string, StageCurves>();
  for (const { stage, step, metrics } of steps) {
    stages.set(stage, addStep(stages.get(stage) ?? { stage, step, curves: new Map() }, step, metrics));
  }
  return [...stages.values()];
}

function evaluationTable(evaluations: readonly MeasuredStep[]): string[] {
  if (evaluations.length === 0) return [];
  const names = [...new Set(evaluations.flatMap(({ metrics }) => Object.keys(metrics)))];
  const rows = evaluations.map(({ stage, step, metrics }) => [
    stage,
    String(step),
    ...names.map((name) => (metrics[name] === undefined ? '' : formatNumber(metrics[name]))),
  ]);
  const table = formatTable(['stage', 'step', ...names], rows, [1, ...names.map((_, column) => column + 2)]);
  return ['', 'evaluations', ...table.map(indent)];
}

function sampleSections(samples: readonly SampleLine[]): string[] {
  return samples.flatMap((sample) => [
    '',
    ...formatSections([
      {
        title: `sample of ${sample.stage} step ${sample.step}: task ${sample.task_id}`,
        rows: [
          ['prompt', sample.prompt],
          ['response', sample.response],
          ...(sample.final_answer === undefined ? [] : [['answer', sample.final_answer] as [string, string]]),
          ['reward', `${rewardText(sample.reward)}, ${sample.verdict}, ended by ${sample.stop_reason}`],
          ...Object.entries(sample.parts).map(([part, value]): [string, string] => [`  ${part}`, rewardText(value)]),
          ...sample.reasons.map((reason): [string, string] => ['  because', reason]),
        ],
      },
    ]),
  ]);
}

function messageLines(lines: readonly MessageLine[]): string[] {
  if (lines.length === 0) return [];
  return ['', 'messages', ...lines.map(({ stage, step, level, text }) => `  ${stage} step ${step}, ${level}: ${text}`)];
}

function rewardText(reward: number | null): string {
  return reward === null ? 'unverifiable' : formatNumber(reward);
}

// A checkpoint that is being written, or was when the run was killed.
function isComplete(name: string): boolean {
  return !name.startsWith('.');
}

function indent(line: string): string {
  return `  ${line}`;
}
