import type { Job, JobName } from './jobs.ts';
import type { Effort } from './repetitions.ts';
import { type Shape, type SizeName, sizes } from './shapes.ts';

/** What `--sections` chooses among. */
export const sectionNames = ['generate', 'handloop', 'update', 'trl', 'growth', 'roofline'] as const;
export type SectionName = (typeof sectionNames)[number];

/** Jobs of both sides that are timed in turns, and kept together when they are done. */
export interface Unit {
  /** For people, and the key under which results are kept. */
  readonly name: string;
  readonly rounds: number;
  readonly ours: readonly Job[];
  readonly theirs: readonly Job[];
}

/** What to time. */
export interface PlanOptions {
  readonly sections: readonly SectionName[];
  readonly sizes: readonly SizeName[];
  /** Turns of each side. */
  readonly rounds: number;
}

/** What a sweep around size M varies. */
export const sweeps: Readonly<Record<string, readonly { readonly value: number; readonly shape: Shape }[]>> = {
  batch: [16, 32, 64].map((batch) => ({ value: batch, shape: { ...sizes.M, batch } })),
  'new tokens': [32, 64, 128].map((newTokens) => ({ value: newTokens, shape: { ...sizes.M, newTokens } })),
  vocabulary: [1024, 4096, 16_384].map((value) => ({ value, shape: { ...sizes.M, vocabularySize: value } })),
  layers: [3, 6, 12].map((layers) => ({ value: layers, shape: { ...sizes.M, layers } })),
};

// Seconds that a child may wait for a quiet machine.
const patienceSeconds = 20;

// So that a repetition lasts a third of a second at least, and a child about ten seconds.
const efforts: Readonly<
  Record<SizeName, { repetitions: number; steps: number; calls: Partial<Record<JobName, number>> }>
> = {
  S: { repetitions: 5, steps: 20, calls: { generate: 8, handloop: 8, update: 20 } },
  M: { repetitions: 3, steps: 5, calls: {} },
  L: { repetitions: 2, steps: 3, calls: {} },
};

/** The units of a run, small sizes first. */
export function planUnits({ sections, sizes: names, rounds }: PlanOptions): Unit[] {
  const has = (name: SectionName) => sections.includes(name);
  const units: Unit[] = [];
  if (has('roofline')) units.push(roofs());
  if (has('generate') || has('handloop')) {
    const theirs = (['generate', 'handloop'] as const).filter(has);
    units.push(...names.map((size) => comparison(['generate', theirs], size, rounds)));
  }
  if (has('update')) units.push(...names.map((size) => comparison(['update', ['update']], size, rounds)));
  if (has('trl')) units.push(...names.map((size) => comparison(['trl', ['trl']], size, rounds)));
  if (has('growth')) units.push(...Object.keys(sweeps).map(growth));
  return units;
}

function comparison([ours, theirs]: readonly [JobName, readonly JobName[]], size: SizeName, rounds: number): Unit {
  const jobOf = (job: JobName): Job => ({ job, shape: sizes[size], size, effort: effortOf(job, size) });
  return { name: `${ours} ${size}`, rounds, ours: [jobOf(ours)], theirs: theirs.map(jobOf) };
}

function effortOf(job: JobName, size: SizeName): Effort {
  const { repetitions, steps, calls } = efforts[size];
  return job === 'trl'
    ? { repetitions: steps, calls: 1, warmUp: 2, patienceSeconds }
    : { repetitions, calls: calls[job] ?? 1, warmUp: 1, patienceSeconds };
}

function growth(name: string): Unit {
  const effort = { repetitions: 2, calls: 1, warmUp: 1, patienceSeconds: 5 };
  const jobs = (['generate', 'update'] as const).flatMap((job) =>
    (sweeps[name] ?? []).map(({ value, shape }): Job => ({ job, shape, sweep: { name, value }, effort })),
  );
  return { name: `growth with ${name}`, rounds: 1, ours: jobs, theirs: jobs };
}

function roofs(): Unit {
  const jobs = [
    { job: 'gemm', shape: sizes.S, effort: { repetitions: 5, calls: 30, warmUp: 3, patienceSeconds } },
    { job: 'copy', shape: sizes.S, effort: { repetitions: 5, calls: 5, warmUp: 3, patienceSeconds } },
  ] as const satisfies Job[];
  return { name: 'roofs', rounds: 1, ours: jobs, theirs: jobs };
}
