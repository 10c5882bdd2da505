import { workerData as piscinaWorkerData } from 'node:worker_threads';
import { clockWriter } from '../pool/sample-clock.ts';
import type { SampleOutcome, WorkerAnswer, WorkerPlan, WorkerTask } from './messages.ts';
import { createScorers, PartProblem, type SampleScorer } from './score-sample.ts';

let scorers: Promise<SampleScorer[]> | undefined;
let samplesBefore = 0;

/** The entry of a reward thread; piscina calls it with each task. */
export default async function work(task: WorkerTask): Promise<WorkerAnswer> {
  scorers ??= createScorers(piscinaWorkerData as WorkerPlan);
  if (task.kind === 'prepare') {
    try {
      await scorers;
      return { kind: 'prepared', problem: undefined };
    } catch (error) {
      if (!(error instanceof PartProblem)) throw error;
      return { kind: 'prepared', problem: error.problem };
    }
  }
  const ready = await scorers;
  const clock = clockWriter(task.clock, samplesBefore);
  const outcomes: SampleOutcome[] = [];
  for (const [index, { domain, request }] of task.samples.entries()) {
    clock.beginSample(index);
    samplesBefore++;
    outcomes.push(await ready[domain]!(request, clock));
  }
  clock.end();
  return { kind: 'scored', outcomes };
}
