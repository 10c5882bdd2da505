import { expect } from 'vitest';
import type { GenerationStatistics } from '../generation/generation-options.ts';

/** What one generation reports of its work; fails unless it reports once. */
export async function statisticsOf(
  run: (onStatistics: (statistics: GenerationStatistics) => void) => Promise<unknown>,
): Promise<GenerationStatistics> {
  const all: GenerationStatistics[] = [];
  await run((statistics) => all.push(statistics));
  expect(all).toHaveLength(1);
  return all[0] as GenerationStatistics;
}
