import type { MeasuredStep, RunData } from './run-data.ts';

/** A curve: `y[i]` at `x[i]`, `null` where it is not a finite number. */
export interface ChartSeries {
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** Curves that are read together. */
export interface Chart {
  readonly title: string;
  readonly series: readonly ChartSeries[];
  /** Where a stage ends and the next begins, on the x axis; empty for charts of one stage. */
  readonly boundaries: readonly { readonly x: number; readonly stage: string }[];
}

/** Charts under one heading. */
export interface ChartGroup {
  readonly title: string;
  readonly charts: readonly Chart[];
}

interface ChartPlan {
  readonly group: string;
  readonly title: string;
  /** The metrics it shows: names or patterns, first come first served. */
  readonly metrics: readonly (string | RegExp)[];
  /** Fewer metrics than this say nothing new here and go to the end. Default 1. */
  readonly atLeast?: number;
}

const plans: readonly ChartPlan[] = [
  { group: 'Learning', title: 'Accuracy', metrics: ['train/accuracy', 'eval/accuracy'] },
  { group: 'Learning', title: 'Score', metrics: ['train/score_mean', 'eval/score_mean'] },
  { group: 'Learning', title: 'Reward parts', metrics: [/^reward\//] },
  {
    group: 'Learning',
    title: 'Held-out accuracy by difficulty',
    metrics: [/^eval\/difficulty_.*\/accuracy$/],
    atLeast: 2,
  },
  {
    group: 'Learning',
    title: 'Held-out accuracy by tag',
    metrics: [/^eval\/(?!difficulty_).+\/accuracy$/],
    atLeast: 2,
  },
  { group: 'Learning', title: 'Answer length (tokens)', metrics: [/response_length_mean$/] },
  { group: 'Learning', title: 'Shares of answers', metrics: [/^train\/(?!sequence).*_fraction$/] },
  { group: 'Learning', title: 'Shares of held-out answers', metrics: [/^eval\/.*_fraction$/] },
  { group: 'Rewards', title: 'Score by domain', metrics: [/^rewards\/([^/]+\/)?mean_score$/] },
  {
    group: 'Rewards',
    title: 'Reward: the score normalised, weighted, clipped',
    metrics: ['train/reward_mean', 'eval/reward_mean'],
  },
  { group: 'Rewards', title: 'Reward by domain', metrics: [/^rewards\/([^/]+\/)?mean_reward$/] },
  { group: 'Rewards', title: 'Verdicts', metrics: [/^rewards\/([^/]+\/)?(correct|incorrect|unverifiable)$/] },
  {
    group: 'Rewards',
    title: 'Deadlines, crashes, errors',
    metrics: [/^rewards\/([^/]+\/)?(timeouts|crashes|errors)$/],
  },
  {
    group: 'Rewards',
    title: 'Samples, and those from the cache',
    metrics: [/^rewards\/([^/]+\/)?(samples|cache_hits)$/],
  },
  { group: 'Rewards', title: 'Milliseconds per sample', metrics: [/^timing\/rewards\/([^/]+\/)?latency_ms_/] },
  { group: 'Optimisation', title: 'Policy loss', metrics: ['actor/loss'] },
  { group: 'Optimisation', title: 'SFT loss', metrics: ['sft/loss'] },
  { group: 'Optimisation', title: 'Gradient norm', metrics: ['actor/gradient_norm', 'sft/gradient_norm'] },
  { group: 'Optimisation', title: 'Learning rate', metrics: [/^(actor|sft)\/learning_rate$/] },
  { group: 'Optimisation', title: 'Entropy', metrics: [/^(actor|sft)\/entropy$/] },
  { group: 'Optimisation', title: 'Clipped share of tokens', metrics: [/clip_fraction/] },
  { group: 'KL and mismatch', title: 'KL', metrics: ['kl/reference', /approximate_kl$/, /reference_kl$/] },
  { group: 'KL and mismatch', title: 'KL coefficient', metrics: ['kl/coefficient'] },
  { group: 'KL and mismatch', title: 'Trainer / rollout |Δ log-prob|', metrics: [/^mismatch\/abs/] },
  { group: 'KL and mismatch', title: 'Trainer / rollout KL', metrics: [/^mismatch\/k\d/] },
  { group: 'KL and mismatch', title: 'Effective sample size', metrics: ['mismatch/effective_sample_size'] },
  { group: 'Time', title: 'Seconds per step', metrics: ['timing/seconds', /^timing\/.*_seconds$/] },
  { group: 'Time', title: 'Tokens per second', metrics: [/tokens_per_second$/] },
];
const otherGroup = 'Everything else';

/** Points a curve keeps: beyond it they cannot be told apart on a screen. */
const maxPoints = 2000;

/** The curves of every metric a run measured, by theme; a metric no theme knows gets a chart of its own. */
export function chartGroups({
  record,
  steps,
  evaluations,
}: Pick<RunData, 'record' | 'steps' | 'evaluations'>): ChartGroup[] {
  const stageNames = [...new Set([...record.stages.map(({ stage }) => stage), ...steps.map(({ stage }) => stage)])];
  const byMetric = collect([...steps, ...evaluations]);
  const offsets = stageOffsets(stageNames, [...steps, ...evaluations]);
  const groups = new Map<string, Chart[]>();
  const add = (group: string, title: string, names: readonly string[]): void => {
    if (names.length > 0) groups.set(group, [...(groups.get(group) ?? []), chart(title, names)]);
  };

  function chart(title: string, names: readonly string[]): Chart {
    const stages = new Set(names.flatMap((name) => byMetric.get(name)?.map(({ stage }) => stage) ?? []));
    const isShared = stages.size > 1;
    const labels = distinctParts(names);
    return {
      title,
      series: names.map((name, index) => {
        const points = thinned(byMetric.get(name) ?? []);
        return {
          label: labels[index] ?? name,
          x: points.map(({ stage, step }) => step + (isShared ? (offsets.get(stage) ?? 0) : 0)),
          y: points.map(({ value }) => (Number.isFinite(value) ? value : null)),
        };
      }),
      boundaries: isShared
        ? stageNames
            .filter((stage) => stages.has(stage))
            .slice(1)
            .map((stage) => ({ x: offsets.get(stage) ?? 0, stage }))
        : [],
    };
  }

  const left = new Set(byMetric.keys());
  for (const plan of plans) {
    const fitting = plan.metrics.flatMap((wanted) =>
      [...left].filter((name) => (typeof wanted === 'string' ? name === wanted : wanted.test(name))),
    );
    const names = [...new Set(fitting)];
    if (names.length < (plan.atLeast ?? 1)) continue;
    for (const name of names) left.delete(name);
    add(plan.group, plan.title, names);
  }
  for (const name of [...left].sort()) add(otherGroup, name, [name]);
  return [...groups].map(([title, charts]) => ({ title, charts }));
}

interface Point {
  readonly stage: string;
  readonly step: number;
  readonly value: number;
}

function collect(measured: readonly MeasuredStep[]): Map<string, Point[]> {
  const byMetric = new Map<string, Point[]>();
  for (const { stage, step, metrics } of measured) {
    for (const [name, value] of Object.entries(metrics)) {
      const points = byMetric.get(name) ?? [];
      points.push({ stage, step, value });
      byMetric.set(name, points);
    }
  }
  return byMetric;
}

// Stages count their steps from 0; one after the other they make one axis.
function stageOffsets(stages: readonly string[], measured: readonly MeasuredStep[]): Map<string, number> {
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const stage of stages) {
    offsets.set(stage, offset);
    offset += measured.reduce((last, line) => (line.stage === stage ? Math.max(last, line.step) : last), 0);
  }
  return offsets;
}

function thinned(points: readonly Point[]): readonly Point[] {
  const stride = Math.ceil(points.length / maxPoints);
  return stride <= 1 ? points : points.filter((_, index) => index % stride === 0 || index === points.length - 1);
}

// What tells metric names apart: without the segments all of them begin or end with. Whole segments only, so that
// labels stay names, and at least one is left.
function distinctParts(names: readonly string[]): string[] {
  const split = names.map((name) => name.split('/'));
  if (split.length < 2) return [...names];
  const shortest = Math.min(...split.map((segments) => segments.length)) - 1;
  const isShared = (at: number): boolean => new Set(split.map((segments) => segments.at(at))).size === 1;
  let before = 0;
  while (before < shortest && isShared(before)) before += 1;
  let after = 0;
  while (after < shortest - before && isShared(-1 - after)) after += 1;
  return split.map((segments) => segments.slice(before, segments.length - after).join('/'));
}
