import { learningRateAt, type LearningRateSchedule } from '@rlloom/core';
import { compare, type Values } from '../compare.ts';
import { NotCovered } from '../algorithm-runner.ts';
import type { FixtureFile } from '../fixture-file.ts';
import type { CaseResult } from '../results.ts';
import { nameOf } from './case-inputs.ts';

type Params = Readonly<Record<string, Values>>;

/** Compares every rate of every case of `train/lr_schedules.json`. */
export async function runSchedules(file: FixtureFile): Promise<CaseResult[]> {
  return file.cases.map((entry): CaseResult => {
    const id = entry.id;
    try {
      const schedule = scheduleOf(entry['params'] as Params, Number(entry['base_lr']));
      const expected = entry['lr_at_step'] as readonly number[];
      const actual = expected.map((_, step) => learningRateAt(step, schedule));
      const { ok, error, where, reason } = compare(actual, { expected }, 'lr_at_step');
      return { id, status: ok ? 'passed' : 'failed', error, where, ...(reason !== undefined && { reason }) };
    } catch (error) {
      if (error instanceof NotCovered) return { id, status: 'skipped', reason: error.message };
      return { id, status: 'failed', where: 'error', reason: String(error) };
    }
  });
}

function scheduleOf(params: Params, learningRate: number): LearningRateSchedule {
  const { name: _, num_warmup_steps, num_training_steps, ...rest } = params;
  const name = nameOf(params, 'name');
  const entry = schedules[name];
  if (entry === undefined) throw new NotCovered(`not built: schedule ${name}`);
  const unknown = Object.keys(rest).filter((key) => !entry.params.includes(key));
  if (unknown.length > 0) throw new NotCovered(`not built: ${unknown.join(', ')} of ${name}`);
  const warmupSteps = Number(num_warmup_steps ?? 0);
  const totalSteps = Number(num_training_steps ?? 0);
  return entry.schedule({ learningRate, warmupSteps }, totalSteps, rest);
}

interface Entry {
  /** Parameters beside the name and the step counts. */
  readonly params: readonly string[];
  schedule(base: { learningRate: number; warmupSteps: number }, totalSteps: number, rest: Params): LearningRateSchedule;
}

const optional = (name: string, value: Values | undefined) => (value == null ? {} : { [name]: value });

const schedules: Readonly<Record<string, Entry>> = {
  // transformers' `constant` has no warm-up whatever is asked.
  constant: { params: [], schedule: ({ learningRate }) => ({ kind: 'constant', learningRate }) },
  constant_with_warmup: { params: [], schedule: (base) => ({ kind: 'constant', ...base }) },
  linear: { params: [], schedule: (base, totalSteps) => ({ kind: 'linear', ...base, totalSteps }) },
  cosine: {
    params: ['num_cycles'],
    schedule: (base, totalSteps, rest) => ({
      kind: 'cosine',
      ...base,
      totalSteps,
      ...optional('cycles', rest['num_cycles']),
    }),
  },
  cosine_with_restarts: {
    params: ['num_cycles'],
    schedule: (base, totalSteps, rest) => ({
      kind: 'cosine-with-restarts',
      ...base,
      totalSteps,
      ...optional('cycles', rest['num_cycles']),
    }),
  },
  cosine_with_min_lr: {
    params: ['num_cycles', 'min_lr_rate', 'min_lr'],
    schedule: (base, totalSteps, rest) => ({
      kind: 'cosine',
      ...base,
      totalSteps,
      ...optional('cycles', rest['num_cycles']),
      minRatio: rest['min_lr'] == null ? Number(rest['min_lr_rate'] ?? 0) : Number(rest['min_lr']) / base.learningRate,
    }),
  },
  polynomial: {
    params: ['lr_end', 'power'],
    schedule: (base, totalSteps, rest) => ({
      kind: 'polynomial',
      ...base,
      totalSteps,
      ...optional('endLearningRate', rest['lr_end']),
      ...optional('power', rest['power']),
    }),
  },
  inverse_sqrt: {
    params: ['timescale'],
    schedule: (base, _totalSteps, rest) => ({
      kind: 'inverse-square-root',
      ...base,
      ...optional('timescale', rest['timescale']),
    }),
  },
  warmup_stable_decay: {
    params: ['num_decay_steps', 'min_lr_ratio'],
    schedule: (base, totalSteps, rest) => ({
      kind: 'warmup-stable-decay',
      ...base,
      totalSteps,
      decaySteps: Number(rest['num_decay_steps']),
      ...optional('minRatio', rest['min_lr_ratio']),
      // transformers warms up from the rate it ends at.
      ...optional('warmupStartRatio', rest['min_lr_ratio']),
    }),
  },
  verl_constant: { params: [], schedule: (base) => ({ kind: 'constant', ...base }) },
  verl_cosine: {
    params: ['min_lr_ratio', 'num_cycles', 'init_lr_ratio'],
    schedule: (base, totalSteps, rest) => ({
      kind: 'cosine',
      ...base,
      totalSteps,
      ...optional('minRatio', rest['min_lr_ratio']),
      ...optional('cycles', rest['num_cycles']),
      ...optional('warmupStartRatio', rest['init_lr_ratio']),
    }),
  },
  verl_wsd: {
    params: ['min_lr_ratio', 'num_cycles', 'stable_ratio'],
    schedule(base, totalSteps, rest) {
      if (rest['num_cycles'] != null && rest['num_cycles'] !== 0.5)
        throw new NotCovered('not built: num_cycles of verl_wsd');
      const afterWarmup = Math.max(0, totalSteps - base.warmupSteps);
      const decaySteps = afterWarmup - Math.floor(afterWarmup * Number(rest['stable_ratio'] ?? 0.9));
      return {
        kind: 'warmup-stable-decay',
        ...base,
        totalSteps,
        decaySteps,
        minRatio: Number(rest['min_lr_ratio'] ?? 0),
      };
    },
  },
};
