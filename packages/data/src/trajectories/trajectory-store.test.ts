import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScoredGroup } from '@rlloom/spec';
import type { TornTail } from '@rlloom/framed-log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTrajectories } from './read-trajectories.ts';
import type { TrajectoryRow } from './trajectory-row.ts';
import { createTrajectoryWriter } from './trajectory-writer.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-trajectories-'));
  file = join(folder, 'sub', 'trajectories.bin');
});
afterEach(() => rm(folder, { recursive: true }));

function row(step: number): TrajectoryRow {
  const group: ScoredGroup = {
    task: {
      id: `t${step}`,
      tag: 'sum',
      messages: [{ role: 'user', content: '1+1=' }],
      extra: { nested: [1, { a: null }] },
    },
    trajectories: [
      {
        taskId: `t${step}`,
        tag: 'sum',
        sampleIndex: 0,
        tokens: Int32Array.of(1, 2, -7, 2 ** 31 - 1),
        promptLength: 2,
        lossMask: Uint8Array.of(0, 0, 1, 1),
        rolloutLogProbs: Float32Array.of(0, 0, -0.1, Number.NEGATIVE_INFINITY),
        policyVersions: Int32Array.of(-1, -1, step, step),
        stopReason: 'eos',
        turns: [{ author: 'policy', start: 2, end: 4 }],
        responseText: 'zwei ½ 🙂',
      },
    ],
    results: [{ verdict: 'unverifiable', score: null, parts: { math_rule: null }, reasons: ['deadline'] }],
    rewards: [null],
  };
  return { stage: 'rlvr', step, group };
}

async function read(tail?: (tail: TornTail) => void): Promise<TrajectoryRow[]> {
  const rows: TrajectoryRow[] = [];
  for await (const one of readTrajectories(file, tail === undefined ? {} : { onTornTail: tail })) rows.push(one);
  return rows;
}

describe('trajectory store', () => {
  it('keeps rows as they are, typed arrays too', async () => {
    const writer = await createTrajectoryWriter(file);
    await writer.append([row(1), row(2)]);
    await writer.append([]);
    await writer.append([row(3)]);
    expect(writer.offset).toBe((await stat(file)).size);
    await writer.sync();
    await writer.close();
    await writer.close();
    const rows = await read(() => expect.unreachable());
    expect(rows).toEqual([row(1), row(2), row(3)]);
    expect(rows[0]?.group.trajectories[0]?.tokens).toBeInstanceOf(Int32Array);
    expect(rows[0]?.group.trajectories[0]?.lossMask).toBeInstanceOf(Uint8Array);
    expect(rows[0]?.group.trajectories[0]?.rolloutLogProbs).toBeInstanceOf(Float32Array);
  });

  it('loses only the torn row, wherever the cut is, and goes on after it', async () => {
    const writer = await createTrajectoryWriter(file);
    await writer.append([row(1)]);
    const first = writer.offset;
    await writer.append([row(2)]);
    const second = writer.offset;
    await writer.close();
    const whole = await readFile(file);
    for (const cut of [first + 1, first + 4, first + 12, first + 13, second - 1]) {
      await writeFile(file, whole.subarray(0, cut));
      const tails: TornTail[] = [];
      expect((await read((tail) => tails.push(tail))).map(({ step }) => step)).toEqual([1]);
      expect(tails).toEqual([{ file, offset: first, droppedBytes: cut - first }]);
      const again = await createTrajectoryWriter(file, { onTornTail: (tail) => tails.push(tail) });
      expect(tails).toHaveLength(2);
      await again.append([row(9)]);
      await again.close();
      expect((await read()).map(({ step }) => step)).toEqual([1, 9]);
    }
  });

  it('cuts back to where a checkpoint stood', async () => {
    const writer = await createTrajectoryWriter(file);
    const empty = writer.offset;
    await writer.append([row(1), row(2)]);
    const { offset } = writer;
    await writer.append([row(3)]);
    await writer.close();
    const resumed = await createTrajectoryWriter(file, { truncateTo: offset, onTornTail: () => expect.unreachable() });
    await resumed.append([row(4)]);
    await resumed.close();
    expect((await read()).map(({ step }) => step)).toEqual([1, 2, 4]);
    await (await createTrajectoryWriter(file, { truncateTo: empty })).close();
    expect(await read()).toEqual([]);
  });

  it('refuses a file of another kind, a missing file and a folder it cannot make', async () => {
    const other = join(folder, 'notes.txt');
    await writeFile(other, 'these are notes');
    await expect(createTrajectoryWriter(other)).rejects.toMatchObject({ kind: 'data' });
    expect(await readFile(other, 'utf8')).toBe('these are notes');
    await expect(createTrajectoryWriter(join(other, 'x.bin'))).rejects.toMatchObject({ isRlloomError: true });
    await expect(read()).rejects.toMatchObject({ kind: 'data' });
  });
});
