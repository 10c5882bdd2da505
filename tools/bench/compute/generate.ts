import { generate } from '@rlloom/models';
import { benchmarkModel, benchmarkRequests } from './benchmark-model.ts';
import type { Job, JobResult, ProgramChoice } from './jobs.ts';
import { assertCompiled, generationOptions } from './programs.ts';
import { time } from './repetitions.ts';

/** Times sampling for a whole batch. */
export async function timeGeneration(
  { shape, effort }: Job,
  choice: ProgramChoice,
): Promise<Omit<JobResult, 'job' | 'shape'>> {
  const model = benchmarkModel(shape);
  const requests = benchmarkRequests(shape);
  const options = { maxBatchSize: shape.batch, padTokenId: 0, eosTokenIds: [], ...generationOptions(choice) };
  const timing = await time(async () => {
    const results = await generate(model, requests, options);
    const short = results.find(({ tokens }) => tokens.length !== shape.newTokens);
    if (short !== undefined) throw new Error(`${short.tokens.length} tokens instead of ${shape.newTokens}`);
  }, effort);
  assertCompiled(model, choice);
  model.dispose();
  return { ...timing, peakBytes: null };
}
