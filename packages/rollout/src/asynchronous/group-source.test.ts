import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollectGroups, RewardScorer, ScoredGroup, Task, TaskStream, TrajectoryGroup } from '@rlloom/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTrajectoryBuffer, type TrajectoryBuffer } from '../buffer/trajectory-buffer.ts';
import { createGroupSource, type GroupSourceOptions } from './group-source.ts';

/** Tasks `t1`, `t2`, ... in batches of 3. */
function numberedTasks(): TaskStream & { readonly drawn: string[] } {
  let cursor = 0;
  const drawn: string[] = [];
  return {
    drawn,
    nextBatch: () =>
      Array.from({ length: 3 }, () => {
        const id = `t${(cursor += 1)}`;
        drawn.push(id);
        return { id, tag: 'x', messages: [] };
      }),
    state: () => cursor,
    restore: (state) => {
      cursor = state as number;
    },
  };
}

/** A group of one trajectory whose token bears the number of updates when it was drawn. */
function groupOf(task: Task, version: number): TrajectoryGroup {
  const trajectory = {
    taskId: task.id,
    tag: 'x',
    sampleIndex: 0,
    tokens: Int32Array.of(1, 2),
    promptLength: 1,
    lossMask: Uint8Array.of(0, 1),
    rolloutLogProbs: new Float32Array(2),
    policyVersions: Int32Array.of(-1, version),
    stopReason: 'eos' as const,
    turns: [],
    responseText: '',
  };
  return { task, trajectories: [trajectory] };
}

const scored = (groups: readonly TrajectoryGroup[]): ScoredGroup[] =>
  groups.map((group) => ({
    ...group,
    rewards: [1],
    results: [{ verdict: 'correct', score: 1, parts: {}, reasons: [] }],
  }));
const rewards: Pick<RewardScorer, 'score'> = { score: async (groups) => scored(groups) };
const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const idsOf = (groups: readonly ScoredGroup[] | undefined): string[] => (groups ?? []).map((group) => group.task.id);

async function sourceOf(options: Partial<GroupSourceOptions> & { readonly collect: CollectGroups }) {
  const stream = numberedTasks();
  const buffer = options.buffer ?? (await createTrajectoryBuffer({ maxGroups: 64 }));
  const source = createGroupSource({
    stream,
    rewards,
    buffer,
    seed: 1,
    batchSize: 2,
    maxStaleness: 1,
    maxConcurrent: 16,
    ...options,
  });
  return { stream, buffer, source };
}

/** Every group that was begun is accounted for, and every task that was drawn is somewhere. */
function expectAccounts(source: ReturnType<typeof createGroupSource>, buffer: TrajectoryBuffer): void {
  const { begun, finished, filtered, returned, failed, running } = source.counts;
  expect(begun).toBe(finished + filtered + returned + failed + running);
  const { added, taken, size, dropped } = buffer.statistics;
  expect(added).toBe(finished);
  expect(size).toBe(added - taken - (dropped['stale'] ?? 0));
}

describe('createGroupSource', () => {
  it('is never staler than its bound, loses no task, and never stands still: any interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.record({
          batchSize: fc.integer({ min: 1, max: 4 }),
          maxStaleness: fc.integer({ min: 0, max: 3 }),
          maxConcurrent: fc.integer({ min: 1, max: 8 }),
          onStale: fc.constantFrom('wait' as const, 'drop' as const),
          surplus: fc.constantFrom(1, 2),
          outcomes: fc.infiniteStream(fc.constantFrom('good', 'good', 'good', 'filtered', 'fails')),
        }),
        async (scheduler, { outcomes, surplus, ...bounds }) => {
          let completed = 0;
          const filteredTasks = new Set<string>();
          const buffer = await createTrajectoryBuffer({
            maxGroups: 20,
            filter: ({ task }) => (filteredTasks.has(task.id) ? 'no signal' : undefined),
          });
          const { source, stream } = await sourceOf({
            ...bounds,
            buffer,
            overSampling: bounds.onStale === 'drop' ? surplus : 1,
            maxFailures: 99,
            collect: async ([task]) => {
              const group = groupOf(task as Task, completed);
              await scheduler.schedule(Promise.resolve(), `collect ${task?.id}`);
              const outcome = outcomes.next().value as string;
              if (outcome === 'fails') throw new Error('gone');
              if (outcome === 'filtered') filteredTasks.add(task?.id ?? '');
              return [group];
            },
            rewards: { score: (groups) => scheduler.schedule(Promise.resolve(scored(groups)), 'score') },
          });
          const seen: string[] = [];
          for (let update = 0; update < 6; update++) {
            const next = source.next({ signal: never });
            const groups = await scheduler.waitFor(next);
            expect(groups).toHaveLength(bounds.batchSize);
            for (const { trajectories } of groups ?? []) {
              expect(completed - (trajectories[0]?.policyVersions[1] ?? -99)).toBeLessThanOrEqual(bounds.maxStaleness);
            }
            seen.push(...idsOf(groups));
            // Some of what runs goes on while the update is at work.
            if (scheduler.count() > 0) await scheduler.waitOne();
            completed += 1;
            source.advance(completed);
            await turn();
            expectAccounts(source, buffer);
            expect(source.takeMetrics()['staleness/max']).toBeLessThanOrEqual(bounds.maxStaleness);
          }
          const closing = source.close();
          await scheduler.waitFor(closing);
          expectAccounts(source, buffer);
          expect(source.counts.running).toBe(0);
          expect(new Set(seen).size).toBe(seen.length);
          if (bounds.onStale === 'wait') expect(buffer.statistics.dropped['stale']).toBeUndefined();
          expect(seen.every((id) => stream.drawn.includes(id))).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  it('collects ahead of training, as far as the bound lets it', async () => {
    let running = 0;
    let most = 0;
    const { source } = await sourceOf({
      collect: async ([task]) => {
        most = Math.max(most, (running += 1));
        await turn();
        running -= 1;
        return [groupOf(task as Task, 0)];
      },
    });
    expect(idsOf(await source.next({ signal: never }))).toEqual(['t1', 't2']);
    expect(most).toBe(4);
    // The batch of the next update is there before this one is complete.
    for (let i = 0; i < 5; i++) await turn();
    expect(source.counts).toMatchObject({ begun: 4, finished: 4, running: 0 });
    source.advance(1);
    expect(idsOf(await source.next({ signal: never }))).toEqual(['t3', 't4']);
    await source.close();
  });

  it('with no staleness it is synchronous: a batch begins when the one before is trained', async () => {
    const { source } = await sourceOf({ maxStaleness: 0, collect: async ([task]) => [groupOf(task as Task, 0)] });
    await source.next({ signal: never });
    for (let i = 0; i < 5; i++) await turn();
    expect(source.counts.begun).toBe(2);
    source.advance(1);
    expect(idsOf(await source.next({ signal: never }))).toEqual(['t3', 't4']);
    await source.close();
  });

  it('ends the stragglers when the batch is full, and their tasks come again', async () => {
    const ended: string[] = [];
    const { source } = await sourceOf({
      maxStaleness: 0,
      overSampling: 2,
      onStale: 'drop',
      collect: async ([task], { signal }) => {
        if (task?.id === 't1' && ended.length === 0) {
          await new Promise((resolve) => signal?.addEventListener('abort', resolve));
          ended.push('t1');
        }
        return [groupOf(task as Task, 0)];
      },
    });
    expect(idsOf(await source.next({ signal: never }))).toEqual(['t2', 't3']);
    await turn();
    expect(ended).toEqual(['t1']);
    source.advance(1);
    expect(idsOf(await source.next({ signal: never }))).toContain('t1');
    expect(source.counts.returned).toBe(1);
    await source.close();
  });

  it('counts what a task gives as one, however many groups: an update has all groups of its tasks', async () => {
    const begunAt: number[] = [];
    let completed = 0;
    const { source, buffer } = await sourceOf({
      collect: async ([task]) => {
        begunAt.push(completed);
        return [1, 2, 3].map(() => groupOf(task as Task, completed));
      },
    });
    expect(idsOf(await source.next({ signal: never }))).toEqual(['t1', 't1', 't1', 't2', 't2', 't2']);
    source.advance(++completed);
    expect(new Set(idsOf(await source.next({ signal: never }))).size).toBe(2);
    expect(source.takeMetrics()['staleness/max']).toBeLessThanOrEqual(1);
    // Two updates and one ahead.
    expect(begunAt).toHaveLength(6);
    await source.close();
    expectAccounts(source, buffer);
  });

  it('says what the rewards said, of all groups scored since it was asked: those kept out too', async () => {
    const buffer = await createTrajectoryBuffer({
      maxGroups: 64,
      filter: ({ task }) => (task.id === 't1' ? 'no signal' : undefined),
    });
    const { source } = await sourceOf({
      buffer,
      maxStaleness: 0,
      collect: async ([task]) => [groupOf(task as Task, 0)],
      rewards: {
        score: async (groups, { onMetrics } = {}) => {
          onMetrics?.({ 'rewards/correct': groups.length, 'rewards/mean_score': groups[0]?.task.id === 't1' ? 0 : 3 });
          return scored(groups);
        },
      },
    });
    await source.next({ signal: never });
    expect(source.takeMetrics()).toMatchObject({ 'rewards/correct': 3, 'rewards/mean_score': 2 });
    expect(source.takeMetrics()).not.toHaveProperty(['rewards/correct']);
    await source.close();
  });

  describe('dynamic sampling', () => {
    const withSignal = async (useful: (id: number) => boolean, whenShort?: 'error' | 'smaller_batch') => {
      const buffer = await createTrajectoryBuffer({
        maxGroups: 64,
        filter: ({ task }) => (useful(Number(task.id.slice(1))) ? undefined : 'no signal'),
      });
      return sourceOf({
        buffer,
        maxStaleness: 0,
        maxBegunPerBatch: 8,
        ...(whenShort !== undefined && { whenShort }),
        collect: async ([task]) => [groupOf(task as Task, 0)],
      });
    };

    it('refills until the batch is full', async () => {
      const { source } = await withSignal((id) => id % 4 === 0);
      expect(idsOf(await source.next({ signal: never }))).toEqual(['t4', 't8']);
      expect(source.counts).toMatchObject({ begun: 8, filtered: 6, finished: 2 });
      await source.close();
    });

    it('stops at its bound: with an error, or a smaller batch', async () => {
      const strict = await withSignal((id) => id === 5);
      await expect(strict.source.next({ signal: never })).rejects.toThrow(/8 groups were sampled and 1 of them/);
      await strict.source.close();
      const lenient = await withSignal((id) => id === 5, 'smaller_batch');
      expect(idsOf(await lenient.source.next({ signal: never }))).toEqual(['t5']);
      await lenient.source.close();
      const none = await withSignal(() => false, 'smaller_batch');
      await expect(none.source.next({ signal: never })).rejects.toThrow(/0 of them/);
      await none.source.close();
    });
  });

  describe('failures', () => {
    it('tries a task again, and ends with the cause when it fails too often', async () => {
      let failures = 0;
      const { source, buffer } = await sourceOf({
        maxFailures: 3,
        maxStaleness: 0,
        collect: async ([task]) => {
          if (task?.id === 't2' && failures++ < 2) throw new Error('the server is gone');
          return [groupOf(task as Task, 0)];
        },
      });
      expect(idsOf(await source.next({ signal: never }))).toEqual(['t1', 't2']);
      expect(source.counts.failed).toBe(2);
      await turn();
      expectAccounts(source, buffer);
      await source.close();
      const broken = await sourceOf({ collect: () => Promise.reject(new Error('the server is gone')) });
      await expect(broken.source.next({ signal: never })).rejects.toThrow(/3 times: the server is gone/);
      await broken.source.close();
      expectAccounts(broken.source, broken.buffer);
    });

    it('rewards that fail, a generation that gives nothing, tasks that end: errors, nothing left running', async () => {
      const collect: CollectGroups = async ([task]) => [groupOf(task as Task, 0)];
      const cases: Partial<GroupSourceOptions>[] = [
        { rewards: { score: () => Promise.reject(new Error('no thread starts')) } },
        { collect: async () => [] },
        { stream: { nextBatch: () => [], state: () => 0, restore: () => undefined } },
      ];
      for (const change of cases) {
        const { source, buffer } = await sourceOf({ collect, ...change });
        await expect(source.next({ signal: never })).rejects.toMatchObject({ isRlloomError: true });
        await source.close();
        expectAccounts(source, buffer);
      }
    });

    it('an abort at any await takes nothing and returns every task', async () => {
      for (let turns = 0; turns < 8; turns++) {
        const controller = new AbortController();
        const { source, buffer, stream } = await sourceOf({
          collect: async ([task], { signal }) => {
            await turn();
            signal?.throwIfAborted();
            await turn();
            return [groupOf(task as Task, 0)];
          },
          rewards: {
            score: async (groups) => {
              await turn();
              return scored(groups);
            },
          },
        });
        const pending = source.next({ signal: controller.signal });
        for (let i = 0; i < turns; i++) await turn();
        controller.abort();
        const groups = await pending;
        await source.close();
        await source.close();
        expectAccounts(source, buffer);
        const { begun, finished, returned } = source.counts;
        expect([begun, source.counts.running]).toEqual([finished + returned, 0]);
        if (groups === undefined) expect(buffer.statistics.taken).toBe(0);
        expect(stream.drawn.length).toBeGreaterThan(0);
      }
    });
  });

  it('is saved and restored: what waits is there, what ran comes again, then the next tasks', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rlloom-source-'));
    const first = await sourceOf({
      maxStaleness: 2,
      collect: async ([task], { signal }) => {
        if (Number(task?.id.slice(1)) > 4) await new Promise((resolve) => signal?.addEventListener('abort', resolve));
        return [groupOf(task as Task, 0)];
      },
    });
    expect(idsOf(await first.source.next({ signal: never }))).toEqual(['t1', 't2']);
    first.source.advance(1);
    for (let i = 0; i < 5; i++) await turn();
    await first.source.save(directory);
    await first.source.close();

    const seeds: number[] = [];
    const second = await sourceOf({
      maxStaleness: 2,
      collect: async ([task], { seed }) => {
        seeds.push(seed);
        return [groupOf(task as Task, 1)];
      },
    });
    await second.source.restore(directory, 1);
    expect(idsOf(await second.source.next({ signal: never }))).toEqual(['t3', 't4']);
    second.source.advance(2);
    expect(idsOf(await second.source.next({ signal: never }))).toEqual(['t5', 't6']);
    expect(new Set(seeds).size).toBe(seeds.length);
    await second.source.close();
    const fresh = await sourceOf({ collect: async () => [] });
    await fresh.source.restore(join(directory, 'none'), 3);
    await fresh.source.close();
    await rm(directory, { recursive: true });
  });

  it('refuses bounds that contradict each other', async () => {
    const collect: CollectGroups = async () => [];
    for (const bounds of [
      { overSampling: 2 },
      { overSampling: 0.5 },
      { maxBegunPerBatch: 1 },
      { maxConcurrent: 0 },
      { batchSize: 65 },
    ]) {
      await expect(sourceOf({ collect, ...bounds })).rejects.toMatchObject({ kind: 'config' });
    }
  });
});
