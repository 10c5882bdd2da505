import { deriveSeed, RlloomError, type Task, type TaskStream } from '@rlloom/spec';
import type { CurriculumConfig } from '../data.config.ts';
import { stageAt, stagedTasks } from './curriculum.ts';
import { nextDomain } from './next-domain.ts';
import { shuffledIndices } from './shuffled-indices.ts';
import { taskDomains } from './task-domains.ts';
import { parseState, taskFingerprint, type TaskStreamState } from './task-stream-state.ts';

/** What `createTaskStream` draws from and how. */
export interface TaskStreamOptions {
  readonly tasks: readonly Task[];
  /** Root of all orders. */
  readonly seed: number;
  /** Tasks per batch. */
  readonly batchSize: number;
  /** Share of each tag, in any unit, every tag listed. Absent or `null` = all tasks in one pool. */
  readonly domainRatios?: Readonly<Record<string, number>> | null | undefined;
  /** Difficulty by step. Absent or `null` = all tasks at once. */
  readonly curriculum?: CurriculumConfig | null | undefined;
  /** A new order in each epoch; `false` = the order of the tasks. Default `true`. */
  readonly shuffle?: boolean | undefined;
}

/** A task stream whose state has a known shape. */
export interface SeededTaskStream extends TaskStream {
  state(): TaskStreamState;
}

/**
 * An endless stream of batches in seeded order. Each domain (tag) runs through its tasks once per epoch, in an
 * order that depends on seed, tag and epoch alone; with ratios, every tag has had its share to within one task
 * after any number of draws. A stage of the curriculum begins new epochs over the tasks it admits. Batches are
 * always full: they cross epochs, and a domain smaller than its part of a batch repeats within it.
 *
 * The next batch is a function of the options and `state()`, so a restored stream goes on exactly.
 *
 * @throws RlloomError `config`: ratios that do not fit the tags, a stage that leaves nothing, a batch size below 1;
 *   `data`: no tasks; `checkpoint` from `restore` when the state belongs to other tasks or another seed
 */
export function createTaskStream(options: TaskStreamOptions): SeededTaskStream {
  const { tasks, seed, batchSize, shuffle = true } = options;
  const curriculum = options.curriculum ?? undefined;
  if (tasks.length === 0) throw new RlloomError('data', { what: 'there are no tasks to draw from' });
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RlloomError('config', { what: `a batch must have at least one task, not ${batchSize}` });
  }
  const domains = taskDomains(tasks, options.domainRatios ?? undefined);
  const shares = domains.map(({ share }) => share);
  const staged = stagedTasks(domains, curriculum);
  const identity = { seed, fingerprint: taskFingerprint(tasks), tags: domains.map(({ tag }) => tag) };

  let step = 0;
  let stage = stageAt(curriculum, 1);
  let cursors = domains.map(({ tag }) => ({ tag, epoch: 0, position: 0, drawn: 0 }));
  // A cache only: recomputed from the cursor whenever it is not of this epoch and stage.
  const orders = domains.map(() => ({ epoch: -1, stage: -1, indices: Int32Array.of() }));

  const draw = (): Task => {
    const domain = nextDomain(
      shares,
      cursors.map(({ drawn }) => drawn),
    );
    const cursor = cursors[domain]!;
    const eligible = staged[stage]![domain]!;
    const order = orders[domain]!;
    if (shuffle && (order.epoch !== cursor.epoch || order.stage !== stage)) {
      order.indices = shuffledIndices(eligible.length, deriveSeed(seed, 'epoch', cursor.tag, cursor.epoch));
      order.epoch = cursor.epoch;
      order.stage = stage;
    }
    const task = eligible[shuffle ? order.indices[cursor.position]! : cursor.position]!;
    cursor.drawn++;
    cursor.position++;
    if (cursor.position === eligible.length) {
      cursor.epoch++;
      cursor.position = 0;
    }
    return task;
  };

  return {
    nextBatch() {
      step++;
      const next = stageAt(curriculum, step);
      if (next !== stage) {
        stage = next;
        for (const cursor of cursors) {
          if (cursor.position > 0) cursor.epoch++;
          cursor.position = 0;
        }
      }
      return Array.from({ length: batchSize }, draw);
    },
    state: () => ({
      version: 1,
      seed,
      fingerprint: identity.fingerprint,
      step,
      stage,
      domains: cursors.map((cursor) => ({ ...cursor })),
    }),
    restore(state) {
      const saved = parseState(state, identity);
      const eligible = staged[saved.stage];
      const fits = eligible?.every((list, domain) => saved.domains[domain]!.position < list.length) ?? false;
      if (!fits || saved.stage !== stageAt(curriculum, Math.max(saved.step, 1))) {
        throw new RlloomError('checkpoint', {
          what: 'the order of tasks cannot be continued: the curriculum is not the one it was saved with',
          where: 'task stream',
          fix: 'resume with the same data.curriculum, or start a new run',
        });
      }
      ({ step, stage } = saved);
      cursors = saved.domains.map((cursor) => ({ ...cursor }));
    },
  };
}
