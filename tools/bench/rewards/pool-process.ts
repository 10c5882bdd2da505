// A process that measures reward pools: threads against each other, starts, hung samples, what a thread has loaded.
import { fileURLToPath } from 'node:url';
import { createRewardPool, rewardsConfig } from '@rlloom/rewards';
import type { Trajectory, TrajectoryGroup } from '@rlloom/spec';
import { median } from '../median.ts';
import type { BenchCase } from './bench-cases.ts';

/** What was measured of reward pools. */
export interface PoolFigures {
  /** Samples per second of one thread and of two, in turns, and the ratio of the medians. */
  readonly oneThread: readonly number[];
  readonly twoThreads: readonly number[];
  readonly speedUp: number;
  readonly samples: number;
  /** Milliseconds until a pool of two threads has loaded its rewards; the first also loads the library. */
  readonly startMs: readonly number[];
  /** Milliseconds from the deadline of a hung sample to its verdict. */
  readonly overrunMs: readonly number[];
  /** Neighbours of hung samples, and those among them that got no verdict. */
  readonly neighbours: number;
  readonly lostNeighbours: number;
  /** Names that tfjs leaves on the global object of a thread that scored math, and of one that loads tfjs. */
  readonly tensorGlobals: readonly string[];
  readonly tensorGlobalsWhenLoaded: readonly string[];
}

const turns = 7;
// Each thread compiles for itself, and two see half as many samples each.
const warmUpTurns = 4;
const minimumSamples = 12_000;
const deadlineMs = 300;

process.on('message', (cases: readonly BenchCase[]) => {
  void (async () => {
    const startMs = await measureStarts();
    const [oneThread, twoThreads, samples] = await measureThreads(cases);
    const hung = await measureHung();
    const tensorGlobals = await globalsOfThread();
    // Says that the names are those that tfjs leaves.
    await import('@rlloom/tensor');
    const figures: PoolFigures = {
      oneThread,
      twoThreads,
      speedUp: median(twoThreads) / median(oneThread),
      samples,
      startMs,
      ...hung,
      tensorGlobals,
      tensorGlobalsWhenLoaded: Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith('_tf')),
    };
    // What is still on its way would be lost.
    process.send?.(figures, () => process.disconnect());
  })();
});
process.send?.('ready');

const math = { domains: { math: { tags: ['*'], rewards: { answer: { type: 'math_rule' } } } } };
const trouble = {
  timeoutMs: deadlineMs,
  domains: {
    math: {
      tags: ['*'],
      rewards: {
        answer: { type: 'math_rule' },
        trouble: { type: 'module', module: fileURLToPath(new URL('trouble.mjs', import.meta.url)) },
      },
    },
  },
};

async function measureStarts(): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < 7; turn++) {
    const from = performance.now();
    const pool = await createRewardPool(rewardsConfig.parse({ ...math, workers: 2 }));
    times.push(performance.now() - from);
    await pool.close();
  }
  return times;
}

async function measureThreads(cases: readonly BenchCase[]): Promise<[number[], number[], number]> {
  const groupSize = Math.ceil(minimumSamples / cases.length);
  const groups = cases.map(({ gold, pred }) => group(gold, Array<string>(groupSize).fill(pred)));
  const samples = groupSize * cases.length;
  const pools = [];
  for (const workers of [1, 2]) pools.push(await createRewardPool(rewardsConfig.parse({ ...math, workers })));
  const rates: [number[], number[]] = [[], []];
  for (let turn = 0; turn < warmUpTurns + turns; turn++) {
    for (const [index, pool] of pools.entries()) {
      const from = performance.now();
      await pool.score(groups);
      if (turn >= warmUpTurns) rates[index as 0 | 1].push((samples / (performance.now() - from)) * 1000);
    }
  }
  for (const pool of pools) await pool.close();
  return [...rates, samples];
}

async function measureHung(): Promise<Pick<PoolFigures, 'overrunMs' | 'neighbours' | 'lostNeighbours'>> {
  const pool = await createRewardPool(rewardsConfig.parse({ ...trouble, workers: 2 }));
  const overrunMs: number[] = [];
  let neighbours = 0;
  let lostNeighbours = 0;
  for (let turn = 0; turn < 10; turn++) {
    // Both threads are up again.
    await pool.score([group('24', Array<string>(8).fill('work'))]);
    const from = performance.now();
    await pool.score([group('24', ['hang'])]);
    overrunMs.push(performance.now() - from - deadlineMs);
    const mixed = Array.from({ length: 64 }, (_, index) => (index === 20 ? 'hang' : 'work'));
    const [scored] = await pool.score([group('24', mixed)]);
    neighbours += mixed.length - 1;
    lostNeighbours +=
      scored?.results.filter(({ verdict }, index) => index !== 20 && verdict === 'unverifiable').length ?? 0;
  }
  await pool.close();
  return { overrunMs, neighbours, lostNeighbours };
}

async function globalsOfThread(): Promise<string[]> {
  const pool = await createRewardPool(rewardsConfig.parse({ ...trouble, workers: 1 }));
  const [scored] = await pool.score([group('24', ['\\boxed{24}', 'globals'])]);
  await pool.close();
  const said = scored?.results[1]?.reasons.find((reason) => reason.startsWith('trouble:'));
  if (said === undefined) throw new Error('the thread did not tell what it had loaded');
  return said.slice('trouble:'.length).split(' ').filter(Boolean);
}

function group(finalAnswer: string, responses: readonly string[]): TrajectoryGroup {
  const task = { id: 'bench', tag: 'math', messages: [], groundTruth: { finalAnswer } };
  const trajectories = responses.map(
    (responseText, sampleIndex): Trajectory => ({
      taskId: task.id,
      tag: task.tag,
      sampleIndex,
      tokens: Int32Array.of(1, 2),
      promptLength: 1,
      lossMask: Uint8Array.of(0, 1),
      rolloutLogProbs: Float32Array.of(0, -1),
      policyVersions: Int32Array.of(-1, 0),
      stopReason: 'eos',
      turns: [],
      responseText,
    }),
  );
  return { task, trajectories };
}
