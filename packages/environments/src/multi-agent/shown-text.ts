import type { Task } from '@rlloom/spec';

/**
 * Puts values where a prompt names them in braces. Names without a value stay as they are, so that `\boxed{x}` may be
 * written; what was put in is not looked at again.
 *
 * @example
 * ```ts
 * fillPrompt('{task} Think of \\boxed{x}.', { task: '2+{task}' }); // => '2+{task} Think of \\boxed{x}.'
 * ```
 */
export function fillPrompt(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{([\w.-]+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] as string) : whole,
  );
}

/** The text of a task for prompts of roles: all but its system messages, on lines of their own. */
export function taskText(task: Task): string {
  return task.messages
    .filter(({ role }) => role !== 'system')
    .map(({ content }) => content)
    .join('\n');
}

/**
 * What a model wrote without its thoughts: what stands behind the last `</think>`, or before a `<think>` that was not
 * closed.
 */
export function withoutThoughts(text: string): string {
  const closed = text.lastIndexOf('</think>');
  const behind = closed < 0 ? text : text.slice(closed + '</think>'.length);
  const open = behind.indexOf('<think>');
  return (open < 0 ? behind : behind.slice(0, open)).trim();
}
