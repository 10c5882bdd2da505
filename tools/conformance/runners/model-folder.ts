import { checkModelFolder } from '@rlloom/models/testing';
import type { CaseResult } from '../results.ts';

/**
 * Checks one model folder against its `expected.json` and `tokenizer_expected.json`. Tolerances are the models'
 * own: rounding of float32 sums in another order.
 */
export async function runModelFolder(directory: string): Promise<CaseResult[]> {
  const results = await checkModelFolder(directory);
  return results.map(({ name, status, maxError, tolerance, detail }): CaseResult => {
    if (status === 'skipped') return { id: name, status, reason: detail ?? 'not built' };
    const reason = `error ${maxError.toExponential(1)} above ${tolerance}`;
    return {
      id: name,
      status,
      error: maxError,
      ...(detail !== undefined && { where: detail }),
      ...(status === 'failed' && { reason }),
    };
  });
}
