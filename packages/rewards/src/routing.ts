import { RlloomError, type Task } from '@rlloom/spec';
import type { RewardDomainConfig, RewardsConfig } from './rewards.config.ts';

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
 * Checks before a run that every task has a reward that can judge it: its tag is routed to a domain, and it has the
 * `ground_truth` that `math_rule` compares with.
 *
 * @throws RlloomError `config` naming the tags without a domain; `data` naming the tasks without a reference answer
 */
export function checkRouting(tasks: readonly Task[], config: Pick<RewardsConfig, 'domains'>): void {
  const domains = new Map<string, ReturnType<typeof domainOfTag>>();
  const unrouted = new Map<string, Task[]>();
  const withoutTruth: Task[] = [];
  for (const task of tasks) {
    if (!domains.has(task.tag)) domains.set(task.tag, domainOfTag(config, task.tag));
    const found = domains.get(task.tag);
    if (found === undefined) {
      const same = unrouted.get(task.tag);
      if (same === undefined) unrouted.set(task.tag, [task]);
      else same.push(task);
      continue;
    }
    const needsTruth = Object.values(found.domain.rewards).some(({ type }) => type === 'math_rule');
    if (needsTruth && task.groundTruth === undefined) withoutTruth.push(task);
  }
  if (unrouted.size > 0) {
    const list = [...unrouted].map(([tag, same]) => `"${tag}" (${same.length} tasks, e.g. ${place(same[0]!)})`);
    throw new RlloomError('config', {
      what: `no reward domain takes tasks tagged ${list.slice(0, 10).join(', ')}`,
      where: 'rewards.domains',
      fix: 'add the tag to the tags of a domain, or leave these tasks out with data.tags',
    });
  }
  if (withoutTruth.length > 0) {
    throw new RlloomError('data', {
      what: `${withoutTruth.length} tasks are scored by math_rule but have no ground_truth.final_answer: ${withoutTruth.slice(0, 5).map(place).join(', ')}`,
      fix: 'add ground_truth to these records, or route their tags to another domain',
    });
  }
}

function place({ id, source }: Task): string {
  return source === undefined ? `"${id}"` : `"${id}" in ${source.file}:${source.line}`;
}
