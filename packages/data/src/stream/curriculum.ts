import { RlloomError, type Task } from '@rlloom/spec';
import type { CurriculumConfig } from '../data.config.ts';
import type { TaskDomain } from './task-domains.ts';

/** Index of the stage that holds at `step` (from 1); the number of stages when all are over. */
export function stageAt(curriculum: CurriculumConfig | undefined, step: number): number {
  const stages = curriculum?.stages ?? [];
  const index = stages.findIndex(({ untilStep }) => untilStep === null || step <= untilStep);
  return index === -1 ? stages.length : index;
}

/**
 * The tasks of each stage and domain, `[stage][domain]`; the last stage is the one after the curriculum. A task
 * without a difficulty waits for a stage without bounds.
 *
 * @throws RlloomError `config` when a stage leaves a domain empty
 */
export function stagedTasks(domains: readonly TaskDomain[], curriculum: CurriculumConfig | undefined): Task[][][] {
  const stages = (curriculum?.stages ?? []).map(({ minDifficulty, maxDifficulty }, stage) =>
    domains.map(({ tag, tasks }) => {
      const isBounded = minDifficulty !== null || maxDifficulty !== null;
      const eligible = isBounded
        ? tasks.filter(
            ({ difficulty }) =>
              difficulty !== undefined &&
              difficulty >= (minDifficulty ?? Number.NEGATIVE_INFINITY) &&
              difficulty <= (maxDifficulty ?? Number.POSITIVE_INFINITY),
          )
        : [...tasks];
      if (eligible.length === 0) {
        throw new RlloomError('config', {
          what: `the stage leaves no task${tag === '' ? '' : ` with the tag "${tag}"`}: difficulties are ${difficultyRange(tasks)}`,
          where: `data.curriculum.stages[${stage}]`,
          fix: 'widen min_difficulty and max_difficulty of the stage',
        });
      }
      return eligible;
    }),
  );
  return [...stages, domains.map(({ tasks }) => [...tasks])];
}

function difficultyRange(tasks: readonly Task[]): string {
  const known = tasks.flatMap(({ difficulty }) => (difficulty === undefined ? [] : [difficulty]));
  if (known.length === 0) return 'not given in the data';
  const lowest = known.reduce((a, b) => Math.min(a, b));
  const highest = known.reduce((a, b) => Math.max(a, b));
  return `from ${lowest} to ${highest}`;
}
