import { generate } from '@rlloom/models';
import { benchmarkModel, benchmarkRequests } from './benchmark-model.ts';
import type { Job, JobResult } from './jobs.ts';
import { time } from './repetitions.ts';

/** Times sampling for a whole batch. */
export async function timeGeneration({ shape, effort }: Job): Promise<Omit<JobResult, 'job' | 'shape'>> {
  const model = benchmarkModel(shape);
  const requests = benchmarkRequests(shape);
  const timing = await time(async () => {
    const results = await generate(model, requests, { maxBatchSize: shape.batch, padTokenId: 0, eosTokenIds: [] });
    const short = results.find(({ tokens }) => tokens.length !== shape.newTokens);
    if (short !== undefined) throw new Error(`${short.tokens.length} tokens instead of ${shape.newTokens}`);
  }, effort);
  model.dispose();
  return { ...timing, peakBytes: null };
}
