import { openSandbox, type Sandbox } from '@rlloom/sandbox';
import type { CodeSandboxConfig } from './code-sandbox-defaults.ts';
import { NoVerdict } from './run-limits.ts';

// One sandbox for a thread and a way of isolation, however many domains use it.
const open = new Map<string, Promise<Sandbox>>();

/**
 * The sandbox a configuration names, opened when it is first asked for. One that could not be opened is tried again by
 * the next sample.
 *
 * @throws NoVerdict saying what to install
 */
export async function sharedSandbox({ isolation, url }: CodeSandboxConfig): Promise<Sandbox> {
  const key = `${isolation} ${url ?? ''}`;
  let sandbox = open.get(key);
  if (sandbox === undefined) {
    sandbox = openSandbox({ isolation, url });
    open.set(key, sandbox);
  }
  try {
    return await sandbox;
  } catch (error) {
    open.delete(key);
    throw new NoVerdict(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
