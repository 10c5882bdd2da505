import type { Task } from '@rlloom/spec';
import { Ajv, type ValidateFunction } from 'ajv';
import { LRUCache } from 'lru-cache';
import type { ObservedCall } from './read-conversation.ts';

/** The schema of each tool's arguments by its name; `undefined` for a tool that takes anything. */
export type ToolSchemas = ReadonlyMap<string, Readonly<Record<string, unknown>> | undefined>;

/** The tools of a task: its field `tools`, as OpenAI writes them; `undefined` when it has none. */
export function toolSchemas({ extra = {} }: Task): ToolSchemas | undefined {
  const { tools } = extra;
  if (!Array.isArray(tools)) return undefined;
  const schemas = new Map<string, Readonly<Record<string, unknown>> | undefined>();
  for (const tool of tools as readonly unknown[]) {
    const written = isRecord(tool) && isRecord(tool['function']) ? tool['function'] : tool;
    if (!isRecord(written) || typeof written['name'] !== 'string') continue;
    const { parameters } = written;
    schemas.set(written['name'], isRecord(parameters) ? parameters : undefined);
  }
  return schemas;
}

/** What is wrong with a call; `undefined` when nothing is. */
export function faultOfCall(call: ObservedCall, tools: ToolSchemas | undefined): string | undefined {
  if (call.name === undefined) return 'the call is no JSON with a name';
  let given: unknown;
  try {
    given = JSON.parse(call.arguments === '' ? '{}' : call.arguments);
  } catch {
    return `the arguments of ${call.name} are no JSON`;
  }
  if (!isRecord(given)) return `the arguments of ${call.name} are no object`;
  if (tools === undefined) return undefined;
  if (!tools.has(call.name)) return `there is no tool ${call.name}`;
  const schema = tools.get(call.name);
  const validate = schema === undefined ? undefined : validatorOf(schema);
  if (validate === undefined || validate(given)) return undefined;
  const [error] = validate.errors ?? [];
  return `the arguments of ${call.name} do not fit: ${error?.instancePath ?? ''} ${error?.message ?? ''}`.trim();
}

const validators = new LRUCache<string, ValidateFunction>({ max: 200 });

function validatorOf(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = validators.get(key);
  if (known !== undefined) return known;
  // One instance each, for an instance never forgets a schema.
  const made = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(schema);
  validators.set(key, made);
  return made;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
