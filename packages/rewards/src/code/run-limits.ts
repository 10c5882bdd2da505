import type { Sandbox, SandboxLimits, SandboxResult, SandboxRun } from '@rlloom/sandbox';
import type { CodeSandboxConfig } from './code-sandbox-defaults.ts';

/** Everything that runs programs for one sample. */
export interface RunContext {
  readonly sandbox: Sandbox;
  readonly config: CodeSandboxConfig;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** Thrown when nothing can be said about a program: the sample is unverifiable. */
export class NoVerdict extends Error {}

/**
 * Runs something of the sandbox within the limits of the configuration and the deadline of the sample.
 *
 * @throws NoVerdict when the sandbox fails, or when the deadline left less than a run may take and it was not enough
 */
export async function withLimits<Found extends { readonly result: SandboxResult }>(
  { config, signal, deadline }: RunContext,
  run: (limits: Partial<SandboxLimits>) => Promise<Found>,
): Promise<Found> {
  const left = deadline - Date.now();
  if (left < 50 || signal.aborted) throw new NoVerdict('the deadline passed before all cases had run');
  const wallMs = Math.min(config.timeoutMs, Math.floor(left));
  let found: Found;
  try {
    found = await run({ wallMs, cpuSeconds: config.cpuSeconds, memoryMb: config.memoryMb });
  } catch (error) {
    if (error instanceof NoVerdict) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new NoVerdict(`the sandbox failed: ${message}`, { cause: error });
  }
  if (found.result.end === 'timeout' && wallMs < config.timeoutMs) {
    throw new NoVerdict(`the deadline left ${wallMs} ms of the ${config.timeoutMs} ms a run may take`);
  }
  return found;
}

/** Runs a program, see `withLimits`. */
export async function runProgram(context: RunContext, program: Omit<SandboxRun, 'limits'>): Promise<SandboxResult> {
  const { sandbox, signal } = context;
  const { result } = await withLimits(context, async (limits) => ({
    result: await sandbox.run({ ...program, limits }, { signal }),
  }));
  return result;
}

/** Whether time was what ended a run. */
export function isTimeout({ end }: SandboxResult): boolean {
  return end === 'timeout' || end === 'cpu';
}
