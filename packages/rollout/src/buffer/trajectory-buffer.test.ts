import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScoredGroup } from '@rlloom/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTrajectoryBuffer } from './trajectory-buffer.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-buffer-'));
  file = join(folder, 'buffer.bin');
});
afterEach(() => rm(folder, { recursive: true }));

function group(id: string, reward = 1): ScoredGroup {
  return {
    task: { id, tag: 'sum', messages: [] },
    trajectories: [
      {
        taskId: id,
        tag: 'sum',
        sampleIndex: 0,
        tokens: Int32Array.of(1, 2, 3),
        promptLength: 1,
        lossMask: Uint8Array.of(0, 1, 1),
        rolloutLogProbs: Float32Array.of(0, -0.5, -0.25),
        policyVersions: Int32Array.of(-1, 4, 5),
        stopReason: 'eos',
        turns: [],
        responseText: id,
      },
    ],
    results: [{ verdict: 'correct', score: reward, parts: {}, reasons: [] }],
    rewards: [reward],
  };
}
const idsOf = (entries: readonly { readonly scored: readonly ScoredGroup[] }[]): string[] =>
  entries.flatMap(({ scored }) => scored.map(({ task }) => task.id));

describe('createTrajectoryBuffer', () => {
  it('gives groups out in the order they came, each once', async () => {
    const buffer = await createTrajectoryBuffer({ maxGroups: 4 });
    for (const id of ['a', 'b', 'c']) await buffer.add([group(id)], { begun: 0 });
    expect(idsOf(await buffer.take(2))).toEqual(['a', 'b']);
    expect(idsOf(await buffer.take(2))).toEqual(['c']);
    expect(await buffer.take(2)).toEqual([]);
    expect(buffer.statistics).toEqual({ size: 0, fresh: 0, added: 3, taken: 3, dropped: {} });
  });

  it('replays: fresh ones first, no group more often than allowed', async () => {
    const buffer = await createTrajectoryBuffer({ maxGroups: 4, maxUses: 2 });
    for (const id of ['a', 'b', 'c']) await buffer.add([group(id)], { begun: 0 });
    expect(idsOf(await buffer.take(2))).toEqual(['a', 'b']);
    expect(idsOf(await buffer.take(2))).toEqual(['c', 'a']);
    expect(idsOf(await buffer.take(5))).toEqual(['b', 'c']);
    expect(buffer.size).toBe(0);
  });

  it('goes by rank, then by priority', async () => {
    const priority = ({ scored }: { readonly scored: readonly ScoredGroup[] }): number => scored[0]?.rewards[0] ?? 0;
    const buffer = await createTrajectoryBuffer({ maxGroups: 4, priority });
    for (const [id, reward] of [
      ['a', 0],
      ['b', 2],
      ['c', 1],
      ['d', 2],
    ] as const)
      await buffer.add([group(id, reward)], { begun: 0 });
    expect(idsOf(await buffer.take(3, { rank: (one) => (one.scored[0]?.task.id === 'a' ? 0 : 1) }))).toEqual([
      'a',
      'b',
      'd',
    ]);
  });

  it('keeps out what the filter names, throws out what is told, and counts both', async () => {
    const filter = ({ rewards }: ScoredGroup) => (rewards[0] === 0 ? 'no signal' : undefined);
    const buffer = await createTrajectoryBuffer({ maxGroups: 4, filter });
    expect(await buffer.add([group('a', 0)], { begun: 0 })).toBeUndefined();
    await buffer.add([group('b')], { begun: 1 });
    await buffer.add([group('c')], { begun: 3 });
    expect(await buffer.drop(({ begun }) => begun < 2, 'stale')).toBe(1);
    expect(buffer.statistics).toMatchObject({ size: 1, dropped: { 'no signal': 1, stale: 1 } });
  });

  it('keeps the groups of a task together, without those of no use', async () => {
    const filter = ({ rewards }: ScoredGroup) => (rewards[0] === 0 ? 'no signal' : undefined);
    const buffer = await createTrajectoryBuffer({ maxGroups: 2, filter, file });
    await buffer.add([group('a1'), group('a2', 0), group('a3')], { begun: 0 });
    await buffer.add([group('b1'), group('b2')], { begun: 0 });
    expect(await buffer.add([group('c1', 0), group('c2', 0)], { begun: 0 })).toBeUndefined();
    await buffer.close();
    const again = await createTrajectoryBuffer({ maxGroups: 2, file });
    expect(again.size).toBe(2);
    expect(idsOf(await again.take(1))).toEqual(['a1', 'a3']);
    expect(idsOf(await again.take(1))).toEqual(['b1', 'b2']);
    await again.close();
  });

  it('waits for room, until there is some or the wait is over', async () => {
    const buffer = await createTrajectoryBuffer({ maxGroups: 1 });
    await buffer.add([group('a')], { begun: 0 });
    const order: string[] = [];
    const second = buffer.add([group('b')], { begun: 0 }).then(() => order.push('added'));
    const controller = new AbortController();
    const third = buffer.add([group('c')], { begun: 0, signal: controller.signal });
    controller.abort();
    expect(await third).toBeUndefined();
    order.push('take');
    await buffer.take(1);
    await second;
    expect(order).toEqual(['take', 'added']);
    const fourth = buffer.add([group('d')], { begun: 0 });
    await buffer.close();
    expect(await fourth).toBeUndefined();
    await buffer.close();
  });

  it('finds in its file what was not used up, in order, with versions and uses', async () => {
    const first = await createTrajectoryBuffer({ maxGroups: 9, maxUses: 2, file });
    await Promise.all(['a', 'b', 'c', 'd'].map((id, begun) => first.add([group(id)], { begun })));
    await first.take(3);
    await first.take(2);
    await first.drop(({ begun }) => begun === 1, 'stale');
    const there = first.groups;
    // Not closed: the process is gone.
    const second = await createTrajectoryBuffer({ maxGroups: 9, maxUses: 2, file });
    expect(second.groups).toEqual(there);
    expect(idsOf(second.groups)).toEqual(['c', 'd']);
    expect(second.groups[0]?.scored[0]?.trajectories[0]?.policyVersions).toEqual(Int32Array.of(-1, 4, 5));
    const fresh = await second.add([group('e')], { begun: 9 });
    expect(there.map(({ id }) => id)).not.toContain(fresh?.id);
    await first.close();
    await second.close();
  });

  it('loses only what was being written when it was killed', async () => {
    const first = await createTrajectoryBuffer({ maxGroups: 9, file });
    await first.add([group('a')], { begun: 0 });
    const whole = (await stat(file)).size;
    await first.add([group('b')], { begun: 0 });
    await first.close();
    await truncate(file, whole + 20);
    await appendFile(`${file}.partial`, 'a rewrite that was cut off');
    const second = await createTrajectoryBuffer({ maxGroups: 9, file });
    expect(idsOf(second.groups)).toEqual(['a']);
    await second.add([group('c')], { begun: 1 });
    await second.close();
    const third = await createTrajectoryBuffer({ maxGroups: 9, file });
    expect(idsOf(third.groups)).toEqual(['a', 'c']);
    await third.close();
  });

  it('its file does not grow with what is past', async () => {
    const buffer = await createTrajectoryBuffer({ maxGroups: 2, file });
    for (let round = 0; round < 700; round++) {
      await buffer.add([group(`t${round}`)], { begun: round });
      await buffer.take(1);
    }
    await buffer.add([group('last')], { begun: 700 });
    expect((await readFile(file)).length).toBeLessThan(500_000);
    await buffer.close();
    const again = await createTrajectoryBuffer({ maxGroups: 2, file });
    expect(idsOf(again.groups)).toEqual(['last']);
    await again.close();
  });

  it('is saved and restored as a whole', async () => {
    const snapshot = join(folder, 'snapshot.bin');
    const buffer = await createTrajectoryBuffer({ maxGroups: 9, file });
    await buffer.add([group('a')], { begun: 0 });
    await buffer.add([group('b')], { begun: 2 });
    const saving = buffer.save(snapshot);
    await buffer.take(2);
    await buffer.add([group('later')], { begun: 3 });
    await saving;
    await buffer.restore(snapshot);
    expect(idsOf(buffer.groups)).toEqual(['a', 'b']);
    await buffer.close();
    const again = await createTrajectoryBuffer({ maxGroups: 9, file });
    expect(idsOf(again.groups)).toEqual(['a', 'b']);
    await again.close();
  });

  it('says when the disk is full, keeps what it has, and the file holds no less', async (context) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      context.skip('a small file system cannot be mounted here (it takes root)');
    }
    try {
      const buffer = await createTrajectoryBuffer({ maxGroups: 999, file });
      let failure: unknown;
      for (let i = 0; failure === undefined && i < 999; i++) {
        await buffer.add([group(`t${i}`)], { begun: 0 }).catch((error: unknown) => (failure = error));
      }
      expect(failure).toMatchObject({ kind: 'storage' });
      const there = idsOf(buffer.groups);
      expect(buffer.statistics).toMatchObject({ size: there.length, added: there.length });
      await buffer.close();
      const again = await createTrajectoryBuffer({ maxGroups: 999, file });
      expect(idsOf(again.groups)).toEqual(there);
      await again.close();
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  it('refuses bounds without meaning', async () => {
    await expect(createTrajectoryBuffer({ maxGroups: 0 })).rejects.toMatchObject({ kind: 'config' });
    await expect(createTrajectoryBuffer({ maxGroups: 1, maxUses: 1.5 })).rejects.toMatchObject({ kind: 'config' });
  });
});
