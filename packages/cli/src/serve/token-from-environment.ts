import { RlloomError } from '@rlloom/spec';
import type { CliContext } from '../cli-context.ts';

/**
 * The token in an environment variable.
 *
 * @param say where its name was given, and what to do when the variable is not set
 * @throws RlloomError `config` when it is not set, or empty
 */
export function tokenFromEnvironment(
  env: CliContext['env'],
  name: string,
  say: { readonly where: string; readonly fix: string },
): string {
  const token = env[name];
  if (token !== undefined && token !== '') return token;
  throw new RlloomError('config', { what: `the environment variable ${name} is not set`, ...say });
}
