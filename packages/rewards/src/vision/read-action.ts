import { lastTagged } from '../answers/find-answer.ts';

/** An action of an agent at a screen: its type, and what else was said of it, in lower-case keys. */
export interface GuiAction {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The action a text takes: JSON inside the last `<tool_call>`, `<action>` or `<answer>` (or the text itself), with the
 * type under `action`, `action_type`, `type` or `name` and `arguments` or `parameters` merged in; or a call like
 * `click(start_box='(1,2)')`. `undefined` when it takes none.
 */
export function readAction(text: string): GuiAction | undefined {
  const part = ['tool_call', 'action', 'answer'].map((tag) => lastTagged(text, tag)).find((one) => one !== undefined);
  const written = (part ?? text)
    .trim()
    .replace(/^```(?:json)?\s/, '')
    .replace(/```$/, '');
  return actionOf(parsed(written)) ?? actionOfCall(written);
}

/** The action a value describes, e.g. the `action` of a record. */
export function actionOf(value: unknown): GuiAction | undefined {
  if (!isRecord(value)) return undefined;
  const inner = ['arguments', 'parameters', 'args'].map((key) => value[key]).find(isRecord);
  const fields: Record<string, unknown> = {};
  for (const [key, one] of Object.entries({ ...value, ...inner })) fields[key.toLowerCase()] = one;
  const type = ['action', 'action_type', 'type', 'name']
    .map((key) => fields[key])
    .find((one) => typeof one === 'string');
  return type === undefined ? undefined : { type: type.toLowerCase(), fields };
}

function actionOfCall(text: string): GuiAction | undefined {
  const [, name, given = ''] = /([a-z_]\w*)\(([^]*)\)\s*$/i.exec(text.slice(-2000)) ?? [];
  if (name === undefined) return undefined;
  const fields: Record<string, unknown> = {};
  for (const [, key = '', double, single, bare] of given.matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,\s]+))/g)) {
    fields[key.toLowerCase()] = double ?? single ?? bare;
  }
  return { type: name.toLowerCase(), fields: { ...fields, written: given } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
