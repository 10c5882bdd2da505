import { RlloomError, type Task } from '@rlloom/spec';

/** The tasks that share one order, and their share of the draws. */
export interface TaskDomain {
  /** The tag, or `''` when all tags share one order. */
  readonly tag: string;
  /** Sum 1 over domains. */
  readonly share: number;
  readonly tasks: readonly Task[];
}

/**
 * Tasks cut into domains: one for all, or one per tag where ratios are given. Sorted by tag, so that the order of
 * the ratios in a file changes nothing.
 *
 * @throws RlloomError `config` where ratios and tags do not match
 */
export function taskDomains(
  tasks: readonly Task[],
  ratios: Readonly<Record<string, number>> | undefined,
): TaskDomain[] {
  if (ratios === undefined) return [{ tag: '', share: 1, tasks }];
  const byTag = new Map<string, Task[]>();
  for (const task of tasks) {
    const sameTag = byTag.get(task.tag);
    if (sameTag === undefined) byTag.set(task.tag, [task]);
    else sameTag.push(task);
  }
  const tagsInData = [...byTag.keys()].sort();
  const unknown = Object.keys(ratios).filter((tag) => !byTag.has(tag));
  if (unknown.length > 0) {
    throw new RlloomError('config', {
      what: `no task has the tag ${quote(unknown)}`,
      where: 'data.domain_ratios',
      fix: `the tags in the data are ${quote(tagsInData)}`,
    });
  }
  const missing = tagsInData.filter((tag) => ratios[tag] === undefined);
  if (missing.length > 0) {
    throw new RlloomError('config', {
      what: `there is no ratio for the tag ${quote(missing)}`,
      where: 'data.domain_ratios',
      fix: 'give every tag a ratio, or leave tags out with data.tags',
    });
  }
  const wrong = tagsInData.find((tag) => !(ratios[tag]! > 0 && Number.isFinite(ratios[tag])));
  if (wrong !== undefined) {
    throw new RlloomError('config', {
      what: `the ratio of ${quote([wrong])} must be a positive number, not ${ratios[wrong]}`,
      where: `data.domain_ratios.${wrong}`,
    });
  }
  const total = tagsInData.reduce((sum, tag) => sum + ratios[tag]!, 0);
  return tagsInData.map((tag) => ({ tag, share: ratios[tag]! / total, tasks: byTag.get(tag)! }));
}

function quote(tags: readonly string[]): string {
  return tags.map((tag) => `"${tag}"`).join(', ');
}
