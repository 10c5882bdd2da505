import type { Task, ToolArguments } from '@rlloom/spec';

/** What a record may give a tool: options of its creation, its calls, its reward and its release. */
export type ToolKwargsKind = 'create_kwargs' | 'execute_kwargs' | 'calc_reward_kwargs' | 'release_kwargs';

/**
 * What the record of a task gives one tool, `tools_kwargs.<tool>.<kind>`, keys as in the file; empty when it gives
 * nothing. verl's records keep `tools_kwargs` inside of `extra_info`; it is found there too.
 */
export function toolKwargsOf(task: Task, tool: string, kind: ToolKwargsKind): ToolArguments {
  const all = recordField(task, 'tools_kwargs');
  const own = isRecord(all) && Object.hasOwn(all, tool) ? all[tool] : undefined;
  const given = isRecord(own) ? own[kind] : undefined;
  return isRecord(given) ? given : {};
}

/** The `interaction_kwargs` of a record; empty when it has none. */
export function interactionKwargsOf(task: Task): ToolArguments {
  const given = recordField(task, 'interaction_kwargs');
  return isRecord(given) ? given : {};
}

function recordField({ extra = {} }: Task, name: string): unknown {
  if (extra[name] !== undefined) return extra[name];
  const { extra_info: inner } = extra;
  return isRecord(inner) ? inner[name] : undefined;
}

function isRecord(value: unknown): value is ToolArguments {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
