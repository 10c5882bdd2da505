import { exitCodes } from '@rlloom/spec';
import type { TextSink } from './cli-context.ts';

/** The part of `process` that interrupts come through. */
export interface InterruptSource {
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): unknown;
}

/**
 * Turns interrupts into an `AbortSignal`: the first Ctrl-C (or SIGTERM) asks the command to stop at its next
 * safe point, the second ends the process at once with exit code 130.
 *
 * @returns the signal, and a function that stops listening
 */
export function listenForInterrupts(source: InterruptSource, stderr: TextSink): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) {
      source.exit(exitCodes.interrupted);
      return;
    }
    stderr.write('\nStopping at the next safe point. Press Ctrl-C again to end at once.\n');
    controller.abort();
  };
  source.on('SIGINT', onInterrupt);
  source.on('SIGTERM', onInterrupt);
  return {
    signal: controller.signal,
    stop() {
      source.off('SIGINT', onInterrupt);
      source.off('SIGTERM', onInterrupt);
    },
  };
}
