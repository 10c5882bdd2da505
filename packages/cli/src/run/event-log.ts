import { appendFileSync } from 'node:fs';
import type { PipelineEvents } from '@rlloom/trainers';

/**
 * Writes every phase transition of a pipeline to a JSONL file as it happens, so that another process can follow a
 * run, and a person can see where one that died had been.
 */
export function logPhases(events: PipelineEvents, file: string): void {
  events.on('phase', (event) => {
    appendFileSync(file, `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
  });
}
