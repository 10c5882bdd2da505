import { appendFile, mkdir, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Metrics, Reporter, ScoredGroup } from '@rlloom/spec';
import { encodeEvent, type SummaryValue, type TensorboardEvent } from './event-proto.ts';
import { frameRecord } from './record-framing.ts';

/** Where event files go. */
export interface TensorboardReporterOptions {
  /** One folder per stage is made in it; give it to `tensorboard --logdir`. */
  readonly directory: string;
  /** Samples written as text each time. Default 4. */
  readonly sampleCount?: number;
  /** The present in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Writes event files that TensorBoard reads: a curve per metric and stage, samples and the configuration as text. A
 * stage that continues after step S writes a new file that begins by declaring all later steps void, so TensorBoard
 * drops what the interrupted run had written of them.
 *
 * Its errors are ordinary ones: a monitor switches it off, since the curves are in `metrics.jsonl` as well.
 */
export function tensorboardReporter(options: TensorboardReporterOptions): Reporter {
  const { directory, sampleCount = 4, now = Date.now } = options;
  let file: string | undefined;

  async function write(...events: readonly Undated[]): Promise<void> {
    if (file === undefined) return;
    const records = events.map((event) => frameRecord(encodeEvent({ ...event, wallTime: now() / 1000 })));
    await appendFile(file, Buffer.concat(records));
  }

  return {
    name: 'tensorboard',
    async onRunStart(info) {
      const folder = join(directory, info.stage);
      await mkdir(folder, { recursive: true });
      file = await newEventFile(folder, now());
      const config = `    ${JSON.stringify(info.config ?? null, null, 2).replaceAll('\n', '\n    ')}`;
      await write(
        { kind: 'version' },
        { kind: 'restart', step: info.startStep === 0 ? 0 : info.startStep + 1 },
        { kind: 'summary', step: info.startStep, values: [{ tag: 'config', text: config }] },
      );
    },
    async onStepEnd({ step, metrics, seconds }) {
      await write({ kind: 'summary', step, values: [...scalars(metrics), { tag: 'timing/seconds', scalar: seconds }] });
    },
    async onEvaluation({ step, metrics }) {
      await write({ kind: 'summary', step, values: scalars(metrics) });
    },
    async onSamples({ step, groups }) {
      await write({ kind: 'summary', step, values: sampleTexts(groups, sampleCount) });
    },
    onRunEnd() {
      file = undefined;
    },
  };
}

type Undated = TensorboardEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'wallTime'> : never) : never;

function scalars(metrics: Metrics): SummaryValue[] {
  return Object.entries(metrics).map(([tag, scalar]) => ({ tag, scalar }));
}

// The text dashboard renders Markdown; what the model wrote is shown as it is, in an indented block.
function sampleTexts(groups: readonly ScoredGroup[], count: number): SummaryValue[] {
  return groups.slice(0, count).flatMap(({ task, trajectories, results, rewards }, index) => {
    const [trajectory, result] = [trajectories[0], results[0]];
    if (trajectory === undefined || result === undefined) return [];
    const asked = task.messages.map(({ role, content }) => `${role}: ${content}`).join('\n');
    const parts = Object.entries(result.parts).map(([name, value]) => `${name} ${value ?? 'failed'}`);
    const text = [
      `**${task.id}** (${task.tag}): ${result.verdict}, reward ${rewards[0] ?? 'none'}; ${parts.join(', ')}`,
      indented(asked),
      indented(trajectory.responseText),
      ...result.reasons.map((reason) => `- ${reason}`),
    ].join('\n\n');
    return [{ tag: `samples/${index}`, text }];
  });
}

function indented(text: string): string {
  return `    ${text.replaceAll('\n', '\n    ')}`;
}

// TensorBoard reads the files of a folder in the order of their names, which begin with the second they were made in:
// a run resumed within the same second must still come after the one it continues.
async function newEventFile(folder: string, milliseconds: number): Promise<string> {
  const seconds = (await readdir(folder)).flatMap((name) => {
    const match = /^events\.out\.tfevents\.(\d+)\./.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
  const second = Math.max(Math.floor(milliseconds / 1000), ...seconds.map((other) => other + 1));
  return join(folder, `events.out.tfevents.${String(second).padStart(10, '0')}.${hostname()}.${process.pid}.0.v2`);
}
