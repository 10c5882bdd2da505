import { RlloomError, type Task } from '@rlloom/spec';
import { rewardKinds, type TaskNeed } from './reward-kinds.ts';
import type { RewardDomainConfig, RewardPartConfig, RewardsConfig } from './rewards.config.ts';

/** The domain that scores tasks with a tag: the one that names it, else the one with `*`. */
export function domainOfTag(
  config: Pick<RewardsConfig, 'domains'>,
  tag: string,
): { readonly name: string; readonly domain: RewardDomainConfig } | undefined {
  const entries = Object.entries(config.domains);
  const found =
    entries.find(([, { tags }]) => tags.includes(tag)) ?? entries.find(([, { tags }]) => tags.includes('*'));
  return found === undefined ? undefined : { name: found[0], domain: found[1] };
}

/**
 * Checks before a run that every task has a reward that can judge it: its tag is routed to a domain, and it has what
 * each kind of reward there cannot do without, such as the `ground_truth` that `math_rule` compares with.
 *
 * @throws RlloomError `config` naming the tags without a domain; `data` naming the tasks that lack something
 */
export function checkRouting(tasks: readonly Task[], config: Pick<RewardsConfig, 'domains'>): void {
  const routes = new Map<string, readonly PartNeed[] | undefined>();
  const unrouted = new Map<string, Task[]>();
  const lacking = new Map<string, Task[]>();
  for (const task of tasks) {
    if (!routes.has(task.tag)) routes.set(task.tag, needsOfTag(config, task.tag));
    const needs = routes.get(task.tag);
    if (needs === undefined) addTo(unrouted, task.tag, task);
    for (const { type, need } of needs ?? []) {
      if (!need.isMet(task)) addTo(lacking, `are scored by ${type} but have no ${need.field}`, task);
    }
  }
  if (unrouted.size > 0) {
    const list = [...unrouted].map(([tag, same]) => `"${tag}" (${same.length} tasks, e.g. ${place(same[0]!)})`);
    throw new RlloomError('config', {
      what: `no reward domain takes tasks tagged ${list.slice(0, 10).join(', ')}`,
      where: 'rewards.domains',
      fix: 'add the tag to the tags of a domain, or leave these tasks out with data.tags',
    });
  }
  if (lacking.size > 0) {
    const list = [...lacking].map(
      ([what, same]) => `${same.length} tasks ${what}: ${same.slice(0, 5).map(place).join(', ')}`,
    );
    throw new RlloomError('data', {
      what: list.join('; '),
      fix: 'add what is missing to these records, or route their tags to another domain',
    });
  }
}

interface PartNeed {
  readonly type: string;
  readonly need: TaskNeed;
}

function needsOfTag(config: Pick<RewardsConfig, 'domains'>, tag: string): readonly PartNeed[] | undefined {
  const found = domainOfTag(config, tag);
  if (found === undefined) return undefined;
  return Object.values(found.domain.rewards).flatMap((part) => needsOfPart(part));
}

function needsOfPart(part: RewardPartConfig): readonly PartNeed[] {
  if (part.type === 'module' || part.type === 'local') return [];
  // The table pairs each kind with its own options; a union of kinds loses that.
  const needs = rewardKinds[part.type].needs as ((options: unknown) => readonly TaskNeed[]) | undefined;
  return (needs?.(part.options) ?? []).map((need) => ({ type: part.type, need }));
}

function addTo(lists: Map<string, Task[]>, key: string, task: Task): void {
  const same = lists.get(key);
  if (same === undefined) lists.set(key, [task]);
  else same.push(task);
}

function place({ id, source }: Task): string {
  return source === undefined ? `"${id}"` : `"${id}" in ${source.file}:${source.line}`;
}
