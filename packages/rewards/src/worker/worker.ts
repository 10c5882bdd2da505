import { workerData as piscinaWorkerData } from 'node:worker_threads';
import { clockWriter } from '../pool/sample-clock.ts';
import { unpackJobs } from './chunk-message.ts';
import { makePart, PartProblem } from './make-part.ts';
import type { JobOutcome, WorkerAnswer, WorkerPlan, WorkerTask } from './messages.ts';
import { runJob } from './run-job.ts';

const { units, concurrency } = piscinaWorkerData as WorkerPlan;

// Awaited here for two reasons: a thread is warm before its first job, and a module that awaits cannot be required.
// Piscina tries to require this file first, and a thread that is ended while it requires an ES module takes the whole
// process with it (an assertion in Node 20.20 and 22); one that is ended while it imports does not.
const made = await Promise.all(units.map((unit) => Promise.all(unit.parts.map((part) => makePart(part, unit))))).catch(
  (error: unknown) => {
    if (error instanceof PartProblem) return error.problem;
    throw error;
  },
);

let jobsBefore = 0;

/** The entry of a reward thread; piscina calls it with each task. */
export default async function work(task: WorkerTask): Promise<WorkerAnswer> {
  if (task.kind === 'prepare') return { kind: 'prepared', problem: Array.isArray(made) ? undefined : made };
  if (!Array.isArray(made)) throw new Error(made.message);
  const clock = clockWriter(task.clock, jobsBefore);
  const outcomes: JobOutcome[] = [];
  for (const [index, { unit, requests }] of unpackJobs(task.chunk).entries()) {
    clock.beginSample(index);
    jobsBefore++;
    outcomes.push(
      await runJob(requests, {
        unit: units[unit]!,
        parts: made[unit]!,
        onPart: (part) => clock.beginPart(part),
        abandonLate: concurrency > 1,
      }),
    );
  }
  clock.end();
  return { kind: 'scored', outcomes };
}
