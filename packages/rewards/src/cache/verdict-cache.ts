import { createHash } from 'node:crypto';
import type { RewardRequest, Task } from '@rlloom/spec';
import { LRUCache } from 'lru-cache';
import type { MainSource } from '../pool/pool-plan.ts';
import type { JobOutcome, UnitPlan } from '../worker/messages.ts';

/** Verdicts of responses that were scored before. */
export interface VerdictCache {
  /** Equal for jobs that must get the same verdicts: same rewards, options, task, responses. */
  keyOf(unit: UnitPlan<MainSource>, requests: readonly RewardRequest[]): string;
  get(key: string): JobOutcome | undefined;
  /** Keeps the outcome, unless some of it could not be verified: another try may tell. */
  add(key: string, outcome: JobOutcome): void;
}

/** Bytes an entry needs beside its text. */
const entryBytes = 200;

/** A cache in memory that forgets what was not asked for longest. */
export function createVerdictCache(maxMb: number): VerdictCache {
  const entries = new LRUCache<string, JobOutcome>({ maxSize: Math.ceil(maxMb * 2 ** 20) });
  const units = new WeakMap<UnitPlan<MainSource>, string>();
  const tasks = new WeakMap<Task, Map<boolean, string>>();
  const taskText = (task: Task, whole: boolean): string => {
    const known = tasks.get(task) ?? new Map<boolean, string>();
    tasks.set(task, known);
    const text = known.get(whole) ?? digest(JSON.stringify(whole ? task : referenceOf(task)));
    known.set(whole, text);
    return text;
  };
  return {
    keyOf(unit, requests) {
      const unitText = units.get(unit) ?? digest(JSON.stringify([unit.scope, unit.parts.map(({ source }) => source)]));
      units.set(unit, unitText);
      // Nobody knows what of a task a reward of the caller's own looks at.
      const isOwn = unit.parts.some(({ source: { type } }) => type === 'module' || type === 'local');
      const texts = requests.map(({ task, responseTokens, ...rest }) => [
        taskText(task, isOwn),
        responseTokens === undefined ? null : Array.from(responseTokens),
        rest,
      ]);
      return digest(JSON.stringify([unitText, texts]));
    },
    get(key) {
      const outcome = entries.get(key);
      return outcome === undefined ? undefined : { ...outcome, milliseconds: 0 };
    },
    add(key, outcome) {
      const isSure = outcome.answers.flat().every((answer) => !('failure' in answer) && answer.score !== null);
      if (outcome.failure !== undefined || !isSure) return;
      entries.set(key, outcome, { size: entryBytes + 2 * JSON.stringify(outcome.answers).length });
    },
  };
}

function referenceOf({ id: _id, source: _source, tag: _tag, difficulty: _difficulty, ...reference }: Task): object {
  return reference;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
