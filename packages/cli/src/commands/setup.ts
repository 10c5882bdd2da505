import { RlloomError } from '@rlloom/spec';
import { type ProvisionResult, provisionNativeBackend } from '@rlloom/tensor';
import { type CliContext, writeLines } from '../cli-context.ts';
import { formatBytes } from '../format/quantities.ts';
import { showSteps } from '../setup/progress-lines.ts';

/** Options of `rlloom setup`. */
export interface SetupOptions {
  /** `cpu`, or `gpu` for NVIDIA cards. */
  readonly backend: 'cpu' | 'gpu';
  /** Start from nothing, even if it is there already. */
  readonly force?: boolean;
}

/** `rlloom setup`: provisions the native backend into the cache folder and says what is left to do. */
export async function setupCommand(options: SetupOptions, context: CliContext): Promise<void> {
  const result = await provisionOrStop(options, context);
  const state = result.alreadyThere ? 'was there already, intact' : 'is ready';
  const name = options.backend === 'gpu' ? 'tfjs-node-gpu' : 'tfjs-node';
  writeLines(context.stdout, [
    `${name} ${state}: TensorFlow ${result.tensorflowVersion}, ${formatBytes(result.bytes)} in ${result.directory}`,
    ...result.advice.map((line) => `→ ${line}`),
    `→ see how fast it is with: rlloom doctor --backend ${name}`,
  ]);
}

async function provisionOrStop(
  { backend, force = false }: SetupOptions,
  context: CliContext,
): Promise<ProvisionResult> {
  try {
    return await provisionNativeBackend({ kind: backend, force, onProgress: showSteps(context.stderr) });
  } catch (error) {
    // Ctrl-C ends pip, npm and the compiler as well; their failure is not the user's news.
    if (!context.signal.aborted) throw error;
    throw new RlloomError('interrupted', {
      what: 'setup was interrupted',
      fix: 'run it again: it goes on where it stopped',
      cause: error,
    });
  }
}
