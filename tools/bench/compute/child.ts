// Times jobs in a process of its own: child.ts REQUEST (JSON of `ChildRequest`). Answers its parent, or prints.
import { type BackendName, selectBackend } from '@rlloom/tensor';
import { timeGeneration } from './generate.ts';
import { timeGrpoStep } from './grpo-step.ts';
import type { ChildReport, ChildRequest, Job, JobResult } from './jobs.ts';
import { timeCopy, timeMatrixProduct } from './roofs.ts';
import { timeUpdate } from './update.ts';

const request = JSON.parse(process.argv[2] ?? '') as ChildRequest;
const report = await run(request);
if (process.send === undefined) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  process.send(report);
  process.disconnect();
}

async function run(told: ChildRequest): Promise<ChildReport> {
  const { jobs, backend, threads } = told;
  const versions: Record<string, string> = { node: process.version };
  const results: JobResult[] = [];
  try {
    const choice = await selectBackend({ backend: backend as BackendName, threads });
    versions['backend'] = `${choice.name} (${choice.libraryVersion}), ${choice.threads} threads`;
    for (const job of jobs) {
      const { job: name, shape, sweep } = job;
      results.push({ job: name, shape, ...(sweep && { sweep }), ...(await timed(job, told)) });
    }
  } catch (error) {
    return { versions, results, failed: error instanceof Error ? error.message : String(error) };
  }
  return { versions, results };
}

function timed(job: Job, told: ChildRequest): Promise<Omit<JobResult, 'job' | 'shape'>> {
  switch (job.job) {
    case 'generate':
      return timeGeneration(job, told);
    case 'update':
      return timeUpdate(job, told);
    case 'trl':
      return timeGrpoStep(job, told);
    case 'gemm':
      return timeMatrixProduct(job);
    case 'copy':
      return timeCopy(job);
    case 'handloop':
      throw new Error('the hand-written loop is the peer’s only');
  }
}
