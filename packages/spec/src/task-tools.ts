import type { Task } from './task.ts';

/**
 * The tools of a record: its field `tools`, function schemas as OpenAI writes them, as a list or as the JSON text of one.
 * `undefined` when it has none.
 *
 * @example
 * ```ts
 * const task = { id: '1', tag: 'sum', messages: [], extra: { tools: '[{"type": "function"}]' } };
 * taskTools(task); // => [{ type: 'function' }]
 * ```
 */
export function taskTools({ extra }: Task): readonly unknown[] | undefined {
  const tools = extra?.['tools'];
  const list = typeof tools === 'string' ? parsed(tools) : tools;
  return Array.isArray(list) && list.length > 0 ? list : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
