import type { Tool, ToolArguments, ToolCallContext, ToolContext, ToolResult } from '@rlloom/spec';
import { z } from 'zod';

/** What a call that is not as the schema says throws: the model reads its message. */
export class InvalidToolArguments extends Error {
  constructor(error: z.ZodError) {
    super(`invalid arguments: ${z.prettifyError(error).replaceAll('\n', ' ').slice(0, 500)}`);
    this.name = 'InvalidToolArguments';
  }
}

/** What a tool keeps during one episode. */
export interface ToolState<Arguments> {
  /** One call. A text is a result without a score. */
  execute(callArguments: Arguments, context: ToolCallContext): Promise<ToolResult | string> | ToolResult | string;
  /** The reward of the episode's calls, asked for when it ends. */
  calculateReward?(context: ToolCallContext): Promise<number> | number;
  /** Frees what was kept; called once, whatever happened. */
  release?(context: ToolCallContext): Promise<void> | void;
}

/** A tool to be made: `execute` for one without state, `create` for one that keeps something during an episode. */
export type ToolDefinition<Schema extends z.ZodObject> = {
  readonly name: string;
  /** What the model is told it is for. */
  readonly description: string;
  readonly parameters: Schema;
  /** Milliseconds of one call. Default: what the environment allows all tools. */
  readonly callTimeoutMs?: number;
  /** Frees what episodes share; safe to call twice. */
  close?(): Promise<void>;
} & (
  | { execute: ToolState<z.infer<Schema>>['execute'] }
  | {
      /** What the tool keeps during one episode, with its calls. */
      create(context: ToolContext): Promise<ToolState<z.infer<Schema>>> | ToolState<z.infer<Schema>>;
    }
);

/**
 * A tool whose arguments are checked by a zod schema; the model is told the same schema in OpenAI's form.
 *
 * @example
 * ```ts
 * import { z } from 'zod';
 *
 * const add = defineTool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   parameters: z.object({ a: z.number(), b: z.number() }),
 *   execute: ({ a, b }) => String(a + b),
 * });
 * add.schema.function.parameters['required']; // => ['a', 'b']
 * ```
 */
export function defineTool<Schema extends z.ZodObject>(definition: ToolDefinition<Schema>): Tool {
  const { name, description, parameters, callTimeoutMs } = definition;
  // The dialect of the schema is noise in a prompt.
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(parameters, { target: 'draft-7', io: 'input' });
  return {
    schema: { type: 'function', function: { name, description, parameters: jsonSchema } },
    ...(callTimeoutMs !== undefined && { callTimeoutMs }),
    async create(context) {
      const state: ToolState<z.infer<Schema>> =
        'execute' in definition ? { execute: definition.execute } : await definition.create(context);
      return {
        async execute(callArguments: ToolArguments, callContext) {
          const parsed = parameters.safeParse(callArguments);
          if (!parsed.success) throw new InvalidToolArguments(parsed.error);
          const result = await state.execute(parsed.data, callContext);
          return typeof result === 'string' ? { content: result } : result;
        },
        ...(state.calculateReward && {
          calculateReward: async (callContext: ToolCallContext) => (await state.calculateReward?.(callContext)) ?? 0,
        }),
        ...(state.release && {
          release: async (callContext: ToolCallContext) => {
            await state.release?.(callContext);
          },
        }),
      };
    },
    ...(definition.close && { close: () => definition.close?.() ?? Promise.resolve() }),
  };
}
