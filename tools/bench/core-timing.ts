// A process that times the functions of core one after the other: core-timing.ts REPETITIONS
import { coreBatch } from './core-batch.ts';
import { type CoreCase, coreCases } from './core-estimators.ts';
import { digest, type Timed } from './core-results.ts';
import { median } from './median.ts';

const repetitions = Number(process.argv[2]);
const batch = coreBatch();
process.send?.(Object.fromEntries(Object.entries(coreCases).map(([name, run]) => [name, time(run)])));

function time(run: CoreCase): Timed {
  // The first calls compile.
  const result = digestOf(run(batch));
  run(batch);
  const times = Array.from({ length: repetitions }, () => {
    const from = performance.now();
    run(batch);
    return performance.now() - from;
  });
  return { ms: median(times), fastestMs: Math.min(...times), digest: result };
}

function digestOf(result: ReturnType<CoreCase>): [number, number] {
  const rows = typeof result[0] === 'number' ? [result as readonly number[]] : (result as readonly ArrayLike<number>[]);
  const total: [number, number] = [0, 0];
  let start = 0;
  for (const row of rows) {
    const [sum, size] = digest(row, start);
    total[0] += sum;
    total[1] += size;
    start += row.length;
  }
  return total;
}
