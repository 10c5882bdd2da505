import type { JobQueue } from './job-queue.ts';
import { createChunkedQueue } from './chunked-queue.ts';
import { createMainQueue, type MainResources } from './main-queue.ts';
import type { PoolPlan, ThreadLane } from './pool-plan.ts';
import { createConcurrentQueue } from './waiting-queue.ts';
import { startWorkerThreads, type WorkerThreads } from './worker-threads.ts';

/** Most threads in which jobs of a dead concurrent thread are scored again at once. */
const mostQuarantined = 4;

/**
 * The queue of every lane of a plan, ready to score. The first that cannot be started closes the others.
 *
 * @throws RlloomError `reward`, `config`: a reward cannot be made, or its threads do not start
 */
export async function startLanes(lanes: PoolPlan['lanes'], resources: MainResources): Promise<JobQueue[]> {
  const started = await Promise.allSettled(
    lanes.map((lane) => (lane.place === 'main' ? createMainQueue(lane, resources) : startThreadQueue(lane))),
  );
  const failed = started.find((one) => one.status === 'rejected');
  const queues = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (failed === undefined) return queues;
  await Promise.all(queues.map((queue) => queue.close()));
  throw failed.reason;
}

async function startThreadQueue(lane: ThreadLane): Promise<JobQueue> {
  const { units, concurrency, size, memoryLimitMb } = lane;
  const plan = { units, concurrency };
  const threads = startWorkerThreads(plan, { size, memoryLimitMb });
  try {
    await threads.prepare();
  } catch (error) {
    await threads.close();
    throw error;
  }
  return concurrency === 1 ? createChunkedQueue(threads, plan) : withQuarantine(threads, lane);
}

function withQuarantine(threads: WorkerThreads, { units, concurrency, memoryLimitMb }: ThreadLane): JobQueue {
  const plan = { units, concurrency: 1 };
  let alone: JobQueue | undefined;
  const quarantine = (): JobQueue => {
    alone ??= createChunkedQueue(
      startWorkerThreads(plan, { size: Math.min(mostQuarantined, concurrency), memoryLimitMb, onDemand: true }),
      plan,
    );
    return alone;
  };
  const queue = createConcurrentQueue(threads, { concurrency, quarantine });
  return {
    score: (jobs, options) => queue.score(jobs, options),
    async close() {
      await Promise.all([queue.close(), alone?.close()]);
    },
  };
}
