import { RlloomError } from '@rlloom/spec';
import type { PrepareProblem } from '../worker/messages.ts';

/** What people read about a reward that cannot be made. */
export function problemError({ domain, part, message }: PrepareProblem): RlloomError {
  return new RlloomError('reward', {
    what: `the reward cannot be made: ${message}`,
    where: `rewards.domains.${domain}.rewards.${part}`,
  });
}
