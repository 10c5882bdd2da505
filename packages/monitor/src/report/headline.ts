import type { MeasuredStep, RunData } from './run-data.ts';

/** A moment of a run whose evaluation is worth comparing: before training, after each stage. */
export interface Milestone {
  readonly label: string;
  readonly evaluation: MeasuredStep;
}

/** A row of the accuracy table: the whole, a tag, or a level of difficulty. */
export interface AccuracyRow {
  readonly label: string;
  readonly kind: 'all' | 'tag' | 'difficulty';
  /** One per milestone; `undefined` = not measured then. */
  readonly values: readonly (number | undefined)[];
}

/** Seconds a stage spent in each phase of its steps; `other` = between phases. */
export interface StageTime {
  readonly stage: string;
  readonly steps: number;
  readonly seconds: number;
  readonly phases: readonly { readonly phase: string; readonly seconds: number }[];
}

/** The first evaluation of the run and the last one of every stage. */
export function milestones({ evaluations, record }: Pick<RunData, 'evaluations' | 'record'>): Milestone[] {
  const [first] = evaluations;
  if (first === undefined) return [];
  const found: Milestone[] = [
    { label: first.step === 0 ? 'before' : `${first.stage} step ${first.step}`, evaluation: first },
  ];
  for (const stage of new Set(evaluations.map((evaluation) => evaluation.stage))) {
    const last = evaluations.findLast((evaluation) => evaluation.stage === stage);
    if (last === undefined || last === first) continue;
    const status = record.stages.find((one) => one.stage === stage)?.status;
    const label = status === 'finished' ? `after ${stage}` : `${stage} step ${last.step}`;
    found.push({ label, evaluation: last });
  }
  return found;
}

/** Accuracy at the milestones: of all tasks, by tag (when there are several) and by difficulty. */
export function accuracyRows(moments: readonly Milestone[]): AccuracyRow[] {
  const names = new Set(moments.flatMap(({ evaluation }) => Object.keys(evaluation.metrics)));
  const values = (name: string): (number | undefined)[] => moments.map(({ evaluation }) => evaluation.metrics[name]);
  const parts = [...names].flatMap((name): AccuracyRow[] => {
    const part = /^eval\/(.+)\/accuracy$/.exec(name)?.[1];
    if (part === undefined) return [];
    const level = /^difficulty_(.+)$/.exec(part)?.[1];
    return [
      level === undefined
        ? { label: part, kind: 'tag', values: values(name) }
        : { label: `level ${level}`, kind: 'difficulty', values: values(name) },
    ];
  });
  const tags = parts.filter(({ kind }) => kind === 'tag');
  const levels = parts
    .filter(({ kind }) => kind === 'difficulty')
    .sort((a, b) => a.label.localeCompare(b.label, 'en', { numeric: true }));
  return [
    ...(names.has('eval/accuracy')
      ? [{ label: 'all tasks', kind: 'all' as const, values: values('eval/accuracy') }]
      : []),
    ...(tags.length > 1 ? tags : []),
    ...(levels.length > 1 ? levels : []),
  ];
}

/** Where the time of each stage's steps went. */
export function stageTimes(steps: readonly MeasuredStep[]): StageTime[] {
  return [...new Set(steps.map(({ stage }) => stage))].map((stage) => {
    const own = steps.filter((step) => step.stage === stage);
    const seconds = sum(own.map(({ metrics }) => metrics['timing/seconds'] ?? 0));
    const totals = new Map<string, number>();
    for (const { metrics } of own) {
      for (const [name, value] of Object.entries(metrics)) {
        const phase = /^timing\/(.+)_seconds$/.exec(name)?.[1];
        if (phase !== undefined && Number.isFinite(value)) totals.set(phase, (totals.get(phase) ?? 0) + value);
      }
    }
    const other = seconds - sum([...totals.values()]);
    const phases = [...totals].map(([phase, total]) => ({ phase, seconds: total }));
    if (other > 0.01 * seconds && phases.length > 0) phases.push({ phase: 'other', seconds: other });
    return { stage, steps: own.length, seconds, phases };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
