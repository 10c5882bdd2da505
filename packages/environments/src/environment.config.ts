import { z } from 'zod';
import { chainConfig } from './multi-agent/chain.config.ts';
import { debateConfig } from './multi-agent/debate.config.ts';
import { mixtureConfig } from './multi-agent/mixture.config.ts';
import { toolFormatNames } from './tool-formats/tool-formats.ts';

const module = {
  module: z.string().min(1).describe('path of the module, relative to the folder the run starts in'),
  export: z.string().min(1).default('default').describe('name of the export: the object, or a function that makes it'),
  options: z.record(z.string(), z.unknown()).default({}).describe('handed to an exported function as they are'),
};

const mcpFields = {
  only: z.array(z.string()).nullable().default(null).describe('names of the tools to offer; null = all'),
  timeoutMs: z.int().positive().default(60_000).describe('milliseconds of one request'),
};

/** The tools a run may name. */
const toolConfig = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('calculator').describe('computes arithmetic expressions') }),
  z.strictObject({ type: z.literal('calc_gsm8k_reward').describe('tells the policy the reward of an answer') }),
  z.strictObject({
    type: z.literal('code_interpreter').describe('runs programs in a sandbox'),
    isolation: z
      .enum(['auto', 'bubblewrap', 'landlock', 'none', 'quickjs', 'remote'])
      .default('auto')
      .describe('where programs run; auto = remote if there is a url, else the strongest of this machine'),
    url: z.string().nullable().default(null).describe('address of a Sandbox Fusion, e.g. http://127.0.0.1:8080'),
    language: z.enum(['python', 'javascript', 'typescript', 'bash']).default('python').describe('what programs are in'),
    wallMs: z.int().positive().default(10_000).describe('milliseconds a program may take'),
  }),
  z.strictObject({
    type: z.literal('search').describe("asks a retrieval service in Search-R1's protocol"),
    url: z.string().min(1).describe('its address, e.g. http://127.0.0.1:8000/retrieve'),
    topK: z.int().positive().default(3).describe('documents per query'),
  }),
  z.strictObject({
    type: z.literal('mcp_stdio').describe('tools of an MCP server that is started'),
    command: z.string().min(1).describe('the program'),
    args: z.array(z.string()).default([]).describe('its arguments'),
    env: z.record(z.string(), z.string()).default({}).describe('variables of its environment'),
    ...mcpFields,
  }),
  z.strictObject({
    type: z.literal('mcp_http').describe('tools of an MCP server that runs'),
    url: z.string().min(1).describe('its address'),
    headers: z.record(z.string(), z.string()).default({}).describe('headers of each request'),
    ...mcpFields,
  }),
  z.strictObject({ type: z.literal('module').describe('your own tool, or a list of them, from a file'), ...module }),
]);

/** Who replies to turns without calls. */
const interactionConfig = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('gsm8k').describe('a grader of final answers behind #### that lets try again') }),
  z.strictObject({
    type: z.literal('number_guess').describe('a text game: guess a number, told higher or lower'),
    maxGuesses: z.int().positive().default(4).describe('guesses of an episode'),
  }),
  z.strictObject({
    type: z.literal('grid_world').describe('moves on a map, with a reward for each step'),
    size: z.int().min(2).default(4).describe('columns and rows of a world that no record gives'),
    holes: z.int().min(0).default(2).describe('holes of such a world'),
    maxMoves: z.int().positive().default(16).describe('moves of an episode'),
  }),
  z.strictObject({ type: z.literal('module').describe('your own interaction, from a file'), ...module }),
]);

/** The `environment` group of a run's configuration: what happens after the policy has written something. */
export const environmentConfig = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('single_turn').describe('one prompt, one answer') }),
  z.strictObject({
    type: z.literal('multi_turn').describe('calls of tools and replies, until somebody ends it'),
    tools: z.array(toolConfig).default([]).describe('what the policy may call'),
    interaction: interactionConfig
      .nullable()
      .default(null)
      .describe('who replies to a turn without calls; null = nobody'),
    toolFormat: z.enum(toolFormatNames).default('hermes').describe('how the model writes calls'),
    toolRole: z
      .enum(['auto', 'tool', 'user'])
      .default('auto')
      .describe("as whom tools' answers are shown; auto = as the chat template allows"),
    maxAssistantTurns: z.int().positive().default(8).describe('turns of the policy in an episode'),
    maxUserTurns: z.int().positive().nullable().default(null).describe('replies of the interaction; null = no bound'),
    maxEpisodeTokens: z
      .int()
      .positive()
      .nullable()
      .default(null)
      .describe('most tokens after the prompt, written and read; null = what the model takes'),
    callTimeoutMs: z.int().positive().default(30_000).describe('milliseconds of one call of a tool'),
    interactionTimeoutMs: z.int().positive().default(60_000).describe('milliseconds of one reply'),
    maxAnswerLength: z.int().positive().default(4096).describe("characters of a tool's answer the policy reads"),
    truncation: z.enum(['left', 'middle', 'right']).default('middle').describe('where a longer answer is cut'),
    maxParallelCalls: z.int().positive().default(8).describe('calls of one turn'),
  }),
  debateConfig,
  chainConfig,
  mixtureConfig,
]);

/** Options of the environment, as validated. */
export type EnvironmentConfig = z.infer<typeof environmentConfig>;

/** A tool of a run, as validated. */
export type ToolConfig = z.infer<typeof toolConfig>;

/** An interaction of a run, as validated. */
export type InteractionConfig = z.infer<typeof interactionConfig>;
