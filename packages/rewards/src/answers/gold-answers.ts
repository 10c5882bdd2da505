import type { Task } from '@rlloom/spec';

/** Names under which data sets keep several accepted answers. */
const listFields = ['golden_answers', 'answers', 'target', 'aliases'] as const;

/**
 * The accepted answers of a task: `ground_truth.final_answer` (a JSON list of texts there counts as several), then
 * texts of the fields `golden_answers`, `answers` (a list, or SQuAD's `{ text: [] }`), `target` or `aliases`. Without
 * duplicates; empty when the task has none.
 */
export function goldAnswers({ groundTruth, extra = {} }: Task): readonly string[] {
  const found = groundTruth === undefined ? [] : textsOfJson(groundTruth.finalAnswer);
  for (const field of listFields) if (Object.hasOwn(extra, field)) found.push(...texts(extra[field]));
  return [...new Set(found)];
}

function textsOfJson(answer: string): string[] {
  if (!/^\s*\[\s*"/.test(answer)) return [answer];
  try {
    const list: unknown = JSON.parse(answer);
    return Array.isArray(list) && list.every((one) => typeof one === 'string') ? [...list] : [answer];
  } catch {
    return [answer];
  }
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap((one: unknown) => (typeof one === 'object' ? [] : texts(one)));
  if (typeof value === 'object' && value !== null && 'text' in value) return texts(value.text);
  return [];
}
