import type { TextSink } from '../cli-context.ts';
import { formatBytes } from '../format/quantities.ts';

/** One report of work that goes on in named steps. */
export interface StepProgress {
  readonly step: string;
  readonly state: 'started' | 'running' | 'finished' | 'reused';
  readonly message: string;
  readonly bytes?: number;
  readonly totalBytes?: number;
}

/**
 * Shows steps as they happen: in a terminal one line a step that counts bytes and ends in a tick; elsewhere (a log)
 * one line when a step starts and one when it is done, without counting.
 */
export function showSteps(sink: TextSink): (progress: StepProgress) => void {
  const isTerminal = sink.isTTY === true;
  return ({ state, message, bytes, totalBytes }) => {
    const size =
      bytes === undefined
        ? ''
        : `  ${formatBytes(bytes)}${totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`}`;
    switch (state) {
      case 'started':
        sink.write(isTerminal ? rewrite(`… ${message}`) : `… ${message}\n`);
        return;
      case 'running':
        if (isTerminal) sink.write(rewrite(`… ${message}${size}`));
        return;
      case 'finished':
        sink.write(`${isTerminal ? rewrite(`✓ ${message}${size}`) : `✓ ${message}${size}`}\n`);
        return;
      case 'reused':
        sink.write(`✓ ${message}  (done before)\n`);
    }
  };
}

function rewrite(line: string): string {
  return `\r\u001b[2K${line}`;
}
