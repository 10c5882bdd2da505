import { basename, join } from 'node:path';
import { type CausalLanguageModel, loadAdapter, loadModel, type LoraAdapter } from '@rlloom/models';
import { adamW, chain, clipByGlobalNorm, type ParameterTree } from '@rlloom/tensor';
import { createLocalPolicy, type LocalPolicy } from '@rlloom/trainers';
import type { Values } from '../compare.ts';
import type { FixtureFile } from '../fixture-file.ts';
import type { CaseResult } from '../results.ts';
import type { RunContext } from '../runner-map.ts';

/** Compares numbers of a training run within ten times the peer's own noise, or 1e-5 relative, whichever is wider. */
export interface TrajectoryCheck {
  number(where: string, actual: number, expected: Values | undefined): void;
  parameters(where: string, owner: Trained, expected: Values | undefined): Promise<void>;
}

interface Trained {
  readonly parameters: ParameterTree;
}

/** A training run to replay: the model of the file and a policy with the case's optimizer. */
export interface TrajectoryRun {
  readonly model: CausalLanguageModel;
  /** The adapter that is trained, where the file names one beside the model. */
  readonly adapter: LoraAdapter | undefined;
  readonly policy: LocalPolicy;
  readonly check: TrajectoryCheck;
}

/** Hyper-parameters of the optimizer of a trajectory. */
export interface TrajectoryOptimizer {
  readonly weightDecay: number;
  readonly maxGradientNorm: number;
  readonly temperature: number;
}

type Numbers = Readonly<Record<string, number>>;

/** Loads the model that the file names, replays one case with it and reports the worst difference. */
export async function replay(
  file: FixtureFile & Readonly<Record<string, unknown>>,
  context: RunContext,
  options: {
    readonly id: string;
    readonly optimizer: TrajectoryOptimizer;
    readonly run: (run: TrajectoryRun) => Promise<void>;
  },
): Promise<CaseResult> {
  const [model, adapter] = await load(String(file['model']), context);
  const { weightDecay, maxGradientNorm, temperature } = options.optimizer;
  const policy = createLocalPolicy({
    model,
    ...(adapter && { adapter }),
    temperature,
    optimizer: chain(clipByGlobalNorm(maxGradientNorm), adamW({ weightDecay })),
    padTokenId: 0,
  });
  const floor = file['noise_floor_max_abs'] as Numbers;
  const worst = { ratio: 0, error: 0, where: '' };
  const check = trajectoryCheck(floor, worst);
  try {
    await options.run({ model, adapter, policy, check });
  } catch (error) {
    return { id: options.id, status: 'failed', where: 'error', reason: String(error) };
  } finally {
    for (const each of [policy, adapter, model]) each?.dispose();
  }
  const { error, where } = worst;
  if (worst.ratio <= 1) return { id: options.id, status: 'passed', error, where };
  return { id: options.id, status: 'failed', error, where, reason: `${worst.ratio.toFixed(1)} times the tolerance` };
}

// A file names a model folder, or `<model> + <adapter>`.
async function load(names: string, { directory }: RunContext): Promise<[CausalLanguageModel, LoraAdapter | undefined]> {
  const [modelFolder = '', adapterFolder] = names.split(' + ').map((path) => join(directory, 'models', basename(path)));
  const model = await loadModel(modelFolder);
  return [model, adapterFolder === undefined ? undefined : await loadAdapter(model, adapterFolder)];
}

function trajectoryCheck(floor: Numbers, worst: { ratio: number; error: number; where: string }): TrajectoryCheck {
  // The kind of a number is the last part of its name; parameters' first values follow their norm's noise.
  const compare = (where: string, kind: string, [actual, expected]: readonly [number, number]): void => {
    const scale = Math.max(1, Math.abs(expected));
    const difference = Math.abs(actual - expected);
    const tolerance = Math.max(10 * (floor[kind] ?? 0), 1e-5 * scale);
    const ratio = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / tolerance;
    if (ratio > worst.ratio || worst.where === '') Object.assign(worst, { ratio, error: difference / scale, where });
  };
  const number = (where: string, actual: number, expected: Values | undefined): void =>
    compare(where, where.split('.').at(-1)?.replace(/\[.*$/, '') ?? where, [actual, Number(expected)]);
  return {
    number,
    async parameters(where, owner, expected) {
      const { per_param, ...totals } = expected as {
        per_param?: Record<string, Numbers & { first8: number[] }>;
      } & Record<string, number>;
      const { all, byName } = await statistics(owner);
      compare(`${where}.sum`, 'sum', [all.sum, totals['sum'] ?? Number.NaN]);
      compare(`${where}.sum_abs`, 'sum', [all.sumOfAbsolutes, totals['sum_abs'] ?? Number.NaN]);
      compare(`${where}.norm`, 'norm', [all.norm, totals['norm'] ?? Number.NaN]);
      for (const [name, numbers] of Object.entries(per_param ?? {})) {
        // Its gradient is zero up to rounding, and Adam blows that up: not comparable.
        if (name.endsWith('k_proj.bias')) continue;
        // PEFT's names in memory: `base_model.model.<path>.lora_A.default.weight`.
        const own = byName.get(name.replace(/^base_model\.model\./, '').replace('.default.', '.'));
        compare(`${where}.${name}.norm`, 'norm', [own?.norm ?? Number.NaN, numbers['norm'] ?? Number.NaN]);
        compare(`${where}.${name}.sum`, 'sum', [own?.sum ?? Number.NaN, numbers['sum'] ?? Number.NaN]);
        numbers.first8.forEach((value, index) => {
          compare(`${where}.${name}[${index}]`, 'norm', [own?.values[index] ?? Number.NaN, value]);
        });
      }
    },
  };
}

interface Statistics {
  readonly sum: number;
  readonly sumOfAbsolutes: number;
  readonly norm: number;
  readonly values: ArrayLike<number>;
}

async function statistics(
  owner: Trained,
): Promise<{ all: Omit<Statistics, 'values'>; byName: Map<string, Statistics> }> {
  const byName = new Map<string, Statistics>();
  let sum = 0;
  let sumOfAbsolutes = 0;
  let squares = 0;
  for (const [name, tensor] of Object.entries(owner.parameters)) {
    const values = (await tensor.data()) as Float32Array;
    const own = { sum: 0, absolute: 0, squares: 0 };
    for (const value of values) {
      own.sum += value;
      own.absolute += Math.abs(value);
      own.squares += value * value;
    }
    byName.set(name, { sum: own.sum, sumOfAbsolutes: own.absolute, norm: Math.sqrt(own.squares), values });
    sum += own.sum;
    sumOfAbsolutes += own.absolute;
    squares += own.squares;
  }
  return { all: { sum, sumOfAbsolutes, norm: Math.sqrt(squares) }, byName };
}
