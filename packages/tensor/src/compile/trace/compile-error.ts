import { RlloomError } from '@rlloom/spec';
import { userLine } from './user-line.ts';

/** Why a function cannot be recorded: names the operation, and the line of the user's function that calls it. */
export function compileError(
  ...[operation, what, fix, line = userLine()]: [operation: string, what: string, fix: string, line?: string]
): RlloomError {
  return new RlloomError('backend', {
    what: `${operation} cannot be compiled: ${what}`,
    ...(line !== undefined && { where: line }),
    fix,
  });
}
