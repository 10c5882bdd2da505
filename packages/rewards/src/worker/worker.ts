import { workerData as piscinaWorkerData } from 'node:worker_threads';
import { clockWriter } from '../pool/sample-clock.ts';
import type { ReadyPart } from './job-reward.ts';
import { makePart, PartProblem } from './make-part.ts';
import type { JobOutcome, WorkerAnswer, WorkerPlan, WorkerTask } from './messages.ts';
import { runJob } from './run-job.ts';

const { units, concurrency } = piscinaWorkerData as WorkerPlan;
let parts: Promise<ReadyPart[][]> | undefined;
let jobsBefore = 0;

/** The entry of a reward thread; piscina calls it with each task. */
export default async function work(task: WorkerTask): Promise<WorkerAnswer> {
  parts ??= Promise.all(units.map((unit) => Promise.all(unit.parts.map((part) => makePart(part, unit)))));
  if (task.kind === 'prepare') {
    try {
      await parts;
      return { kind: 'prepared', problem: undefined };
    } catch (error) {
      if (!(error instanceof PartProblem)) throw error;
      return { kind: 'prepared', problem: error.problem };
    }
  }
  const ready = await parts;
  const clock = clockWriter(task.clock, jobsBefore);
  const outcomes: JobOutcome[] = [];
  for (const [index, { unit, requests }] of task.jobs.entries()) {
    clock.beginSample(index);
    jobsBefore++;
    outcomes.push(
      await runJob(requests, {
        unit: units[unit]!,
        parts: ready[unit]!,
        onPart: (part) => clock.beginPart(part),
        abandonLate: concurrency > 1,
      }),
    );
  }
  clock.end();
  return { kind: 'scored', outcomes };
}
