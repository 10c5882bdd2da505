import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { madeUpInfo, madeUpStage } from '../made-up-run.test-support.ts';
import { encodeEvent, type TensorboardEvent } from './event-proto.ts';
import { readMessage, readRecords } from './read-events.test-support.ts';
import { frameRecord } from './record-framing.ts';
import { tensorboardReporter } from './tensorboard-reporter.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-tensorboard-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('bytes', () => {
  // What TensorBoard 2.21's own RecordWriter and event_pb2 write for the same events.
  it.each<[TensorboardEvent, string]>([
    [
      { kind: 'version', wallTime: 1.5 },
      '1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c',
    ],
    [
      {
        kind: 'summary',
        wallTime: 2.5,
        step: 7,
        values: [
          { tag: 'a/b', scalar: 0.25 },
          { tag: 'z', scalar: 0 },
        ],
      },
      '2300000000000000b09f774309000000000000044010072a160a0a0a03612f62150000803e0a080a017a150000000016515458',
    ],
    [{ kind: 'restart', wallTime: 3.5, step: 8 }, '0f000000000000006d532b09090000000000000c4010083a0208016e85a1d0'],
  ])('of %j equal TensorBoard’s', (event, bytes) => {
    expect(frameRecord(encodeEvent(event)).toString('hex')).toBe(bytes);
  });

  it('carry texts for the text dashboard', () => {
    const text = 'ä\n**b**';
    const event = readMessage(encodeEvent({ kind: 'summary', wallTime: 0, step: 1, values: [{ tag: 't', text }] }));
    const summary = readMessage(event.get(5)?.[0] as Uint8Array);
    const value = readMessage(summary.get(1)?.[0] as Uint8Array);
    const tensor = readMessage(value.get(8)?.[0] as Uint8Array);
    const plugin = readMessage(readMessage(value.get(9)?.[0] as Uint8Array).get(1)?.[0] as Uint8Array);
    expect(Buffer.from(tensor.get(8)?.[0] as Uint8Array).toString('utf8')).toBe(text);
    expect(tensor.get(1)).toEqual([7n]);
    expect(Buffer.from(plugin.get(1)?.[0] as Uint8Array).toString()).toBe('text');
  });
});

// A run killed after step 5 and continued after step 4.
async function resumedRun(): Promise<void> {
  const now = (): number => 1_700_000_000_000;
  const info = madeUpInfo(directory, { totalSteps: 8 });
  await madeUpStage(tensorboardReporter({ directory, now }), info, 5);
  await madeUpStage(tensorboardReporter({ directory, now }), { ...info, startStep: 4 });
}

describe('files', () => {
  it('hold every scalar at its step, with sums that match', async () => {
    await madeUpStage(tensorboardReporter({ directory }), madeUpInfo(directory, { totalSteps: 3 }));
    const [name = ''] = await readdir(join(directory, 'rlvr'));
    const events = readRecords(await readFile(join(directory, 'rlvr', name))).map(readMessage);
    expect(Buffer.from(events[0]?.get(3)?.[0] as Uint8Array).toString()).toBe('brain.Event:2');
    const losses = events.flatMap((event) => {
      const summary = event.get(5)?.[0];
      if (!(summary instanceof Uint8Array)) return [];
      const values = (readMessage(summary).get(1) ?? []).map((value) => readMessage(value as Uint8Array));
      const loss = values.find((value) => Buffer.from(value.get(1)?.[0] as Uint8Array).toString() === 'actor/loss');
      return loss === undefined ? [] : [[event.get(2)?.[0], loss.get(2)?.[0]]];
    });
    expect(losses).toEqual([
      [1n, 1],
      [2n, 0.5],
      [3n, Math.fround(1 / 3)],
    ]);
  });

  it('of a resumed run come later in order, even within one second', async () => {
    await resumedRun();
    const names = (await readdir(join(directory, 'rlvr'))).sort();
    expect(names.map((name) => name.split('.')[3])).toEqual(['1700000000', '1700000001']);
  });

  it('notice a changed byte', async () => {
    await madeUpStage(tensorboardReporter({ directory }), madeUpInfo(directory, { totalSteps: 1 }));
    const [name = ''] = await readdir(join(directory, 'rlvr'));
    const bytes = await readFile(join(directory, 'rlvr', name));
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(() => readRecords(bytes)).toThrow('a sum does not match');
  });

  const python = process.env['RLLOOM_TENSORBOARD_PYTHON'];
  it.runIf(python !== undefined)('are read by TensorBoard itself, without the steps of before the resume', async () => {
    await resumedRun();
    const script = [
      'import json, sys',
      'from tensorboard.backend.event_processing.event_accumulator import EventAccumulator',
      "a = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'tensors': 0}); a.Reload()",
      "scalars = {t: [[e.step, e.value] for e in a.Scalars(t)] for t in ('actor/loss', 'eval/accuracy')}",
      "text = a.Tensors('samples/0')[-1]",
      "print(json.dumps({**scalars, 'text': [text.step, text.tensor_proto.string_val[0].decode()], 'plugin': a.SummaryMetadata('samples/0').plugin_data.plugin_name}))",
    ].join('\n');
    const output = execFileSync(python ?? '', ['-c', script, join(directory, 'rlvr')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const read = JSON.parse(output) as Record<string, unknown>;
    expect(read['actor/loss']).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((step) => [step, Math.fround(1 / step)]));
    expect(read['eval/accuracy']).toEqual([0, 2, 4, 6, 8].map((step) => [step, Math.fround(step / 10)]));
    expect(read['text']).toEqual([7, expect.stringContaining('user: What is 2 + 2?')]);
    expect(read['plugin']).toBe('text');
  });
});
