import type { Message, Tool, ToolArguments } from '@rlloom/spec';
import { z } from 'zod';

/**
 * A tool of the AI SDK, `tool({ description, inputSchema, execute })`, by its shape: the package itself is not needed.
 * Its schema is one of zod, or what `jsonSchema()` makes.
 */
export interface AiSdkTool {
  readonly description?: string | undefined;
  readonly inputSchema: unknown;
  execute?: unknown;
}

/**
 * Tools of the AI SDK, used as they are: `aiSdkTools({ weather: tool({ … }) })`. A tool that answers step by step counts
 * with its last value; what is no text is answered as JSON. Conversations are not handed to them.
 *
 * Rejects with a `TypeError` for a tool without `execute`, or with a schema of another kind.
 */
export async function aiSdkTools(tools: Readonly<Record<string, AiSdkTool>>): Promise<readonly Tool[]> {
  return Promise.all(Object.entries(tools).map(([name, tool]) => toolOf(name, tool)));
}

interface InputSchema {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The checked arguments, or the reason why not. */
  readonly check: (given: ToolArguments) => Promise<unknown>;
}

type Execute = (
  input: unknown,
  options: { readonly toolCallId: string; readonly messages: readonly Message[]; readonly abortSignal: AbortSignal },
) => unknown;

async function toolOf(name: string, tool: AiSdkTool): Promise<Tool> {
  if (typeof tool.execute !== 'function')
    throw new TypeError(`the tool ${name} has no execute: nobody would answer it`);
  const execute = tool.execute.bind(tool) as Execute;
  const { parameters, check } = await inputSchemaOf(name, tool.inputSchema);
  let calls = 0;
  return {
    schema: { type: 'function', function: { name, description: tool.description ?? name, parameters } },
    create: async () => ({
      async execute(given, { signal }) {
        calls += 1;
        const options = { toolCallId: `${name}-${calls}`, messages: [], abortSignal: signal };
        const output = await lastOf(execute(await check(given), options));
        return { content: typeof output === 'string' ? output : (JSON.stringify(output) ?? '') };
      },
    }),
  };
}

async function inputSchemaOf(name: string, written: unknown): Promise<InputSchema> {
  // The SDK also takes a function that makes the schema when it is first needed.
  const schema: unknown = typeof written === 'function' ? (written as () => unknown)() : written;
  if (schema instanceof z.core.$ZodType) {
    const { $schema: _, ...parameters } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
    return {
      parameters,
      check: async (given) => {
        const parsed = await z.safeParseAsync(schema, given);
        if (parsed.success) return parsed.data;
        throw new Error(`invalid arguments: ${z.prettifyError(parsed.error).replaceAll('\n', ' ').slice(0, 500)}`);
      },
    };
  }
  if (typeof schema === 'object' && schema !== null && 'jsonSchema' in schema) {
    const { jsonSchema, validate } = schema as { readonly jsonSchema: unknown; readonly validate?: Validate };
    const { $schema: _, ...parameters } = (await jsonSchema) as Record<string, unknown>;
    return {
      parameters,
      check: async (given) => {
        const result = await validate?.(given);
        if (result === undefined) return given;
        if (result.success) return result.value;
        throw new Error(`invalid arguments: ${result.error.message.slice(0, 500)}`);
      },
    };
  }
  throw new TypeError(`the inputSchema of the tool ${name} is neither one of zod 4 nor made by jsonSchema()`);
}

type Validated =
  | { readonly success: true; readonly value: unknown }
  | { readonly success: false; readonly error: Error };
type Validate = (value: unknown) => Validated | Promise<Validated>;

async function lastOf(output: unknown): Promise<unknown> {
  if (typeof output !== 'object' || output === null || !(Symbol.asyncIterator in output)) return output;
  let last: unknown;
  for await (const value of output as AsyncIterable<unknown>) last = value;
  return last;
}
