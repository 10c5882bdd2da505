import { inspect } from 'node:util';
import { exitCodes, isRlloomError } from '@rlloom/spec';
import { CommanderError } from 'commander';

/** What the person sees of a failure, and the exit code of the process. */
export interface FailureReport {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

/**
 * What to print for whatever a command threw.
 *
 * An `RlloomError` says what is wrong, where and what to do, and has its own exit code. After an interrupt any
 * error counts as the stop that was asked for (130). A wrong command line is a configuration error (2; the parser
 * has printed it already). Anything else is a defect: its message, how to see the stack, and exit code 1.
 */
export function reportFailure(
  error: unknown,
  { interrupted, debug }: { readonly interrupted: boolean; readonly debug: boolean },
): FailureReport {
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? 0 : exitCodes.config, lines: [] };
  }
  const stack = debug ? [inspect(error)] : [];
  if (isRlloomError(error)) {
    return { exitCode: error.exitCode, lines: [`error (${error.kind}): ${error.message}`, ...causes(error), ...stack] };
  }
  if (interrupted) return { exitCode: exitCodes.interrupted, lines: ['Stopped.', ...stack] };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
  const hint = debug ? [] : ['  → this is not an error of yours; run again with --debug to see where it comes from'];
  return { exitCode: exitCodes.unexpected, lines: [`unexpected error: ${message}`, ...hint, ...stack] };
}

function causes(error: Error): string[] {
  const { cause } = error;
  return cause instanceof Error ? [`  because: ${firstLine(cause.message)}`, ...causes(cause)] : [];
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
