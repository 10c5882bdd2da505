import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Environment,
  type Interaction,
  isRlloomError,
  RlloomError,
  type Tokenizer,
  type Tool,
} from '@rlloom/spec';
import type { EnvironmentConfig, InteractionConfig, ToolConfig } from './environment.config.ts';
import { gridWorld } from './games/grid-world.ts';
import { numberGuessGame } from './games/number-guess.ts';
import { gsm8kInteraction } from './interactions/gsm8k-interaction.ts';
import type { MultiAgentConfig } from './multi-agent/multi-agent.config.ts';
import { multiTurn } from './multi-turn.ts';
import { type PromptFormat, singleTurn } from './single-turn.ts';
import { calculatorTool } from './tools/calculator-tool.ts';
import { gsm8kRewardTool } from './tools/gsm8k-reward-tool.ts';

/** What an environment needs beside its configuration. */
export interface CreateEnvironmentOptions {
  readonly tokenizer: Tokenizer;
  readonly promptFormat: PromptFormat;
  readonly maxPromptLength: number;
  /** Most tokens after the prompt where the configuration does not say. */
  readonly maxTokens?: number;
  /** Modules are found from here. Default: the working directory. */
  readonly baseDirectory?: string;
}

/**
 * The environment of one agent that a configuration names, with its tools connected: what it does not name is not
 * loaded. Several agents: `multiAgent`.
 *
 * @throws RlloomError kind `config` for a module that cannot be loaded, and what opening a sandbox or an MCP server throws
 */
export async function createEnvironment(
  config: Exclude<EnvironmentConfig, MultiAgentConfig>,
  options: CreateEnvironmentOptions,
): Promise<Environment> {
  const { tokenizer, promptFormat, maxPromptLength, baseDirectory = process.cwd() } = options;
  if (config.type === 'single_turn') return singleTurn({ tokenizer, promptFormat, maxPromptLength });
  const opened: OpenTools[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  };
  try {
    for (const tool of config.tools) opened.push(await openTools(tool, baseDirectory));
    const tools = opened.flatMap((each) => each.tools);
    checkNames(tools);
    const interaction = config.interaction === null ? null : await openInteraction(config.interaction, baseDirectory);
    const maxTokens = config.maxEpisodeTokens ?? options.maxTokens;
    const environment = multiTurn({
      ...{ tokenizer, promptFormat, maxPromptLength, tools },
      ...(interaction !== null && { interaction }),
      toolFormat: config.toolFormat,
      toolRole: config.toolRole,
      maxAssistantTurns: config.maxAssistantTurns,
      ...(config.maxUserTurns !== null && { maxUserTurns: config.maxUserTurns }),
      ...(maxTokens !== undefined && { maxTokens }),
      interactionTimeoutMs: config.interactionTimeoutMs,
      toolLimits: {
        callTimeoutMs: config.callTimeoutMs,
        maxAnswerLength: config.maxAnswerLength,
        truncation: config.truncation,
        maxParallelCalls: config.maxParallelCalls,
      },
    });
    return {
      ...environment,
      async close() {
        await environment.close?.();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface OpenTools {
  readonly tools: readonly Tool[];
  readonly close: () => Promise<void>;
}

async function openTools(config: ToolConfig, baseDirectory: string): Promise<OpenTools> {
  switch (config.type) {
    case 'calculator':
      return owned(calculatorTool());
    case 'calc_gsm8k_reward':
      return owned(gsm8kRewardTool());
    case 'code_interpreter': {
      const [{ openSandbox }, { codeInterpreterTool }] = await Promise.all([
        import('@rlloom/sandbox'),
        import('./code/code-interpreter-tool.ts'),
      ]);
      const { isolation, url, language, wallMs } = config;
      return owned(
        codeInterpreterTool({ sandbox: await openSandbox({ isolation, url }), language, limits: { wallMs } }),
      );
    }
    case 'search': {
      const { searchTool } = await import('./search/search-tool.ts');
      return owned(searchTool({ url: config.url, topK: config.topK }));
    }
    case 'mcp_stdio':
    case 'mcp_http': {
      const { connectMcpTools } = await import('./mcp/mcp-tools.ts');
      const { only, timeoutMs } = config;
      const server =
        config.type === 'mcp_http'
          ? ({ type: 'http', url: config.url, headers: config.headers } as const)
          : ({ type: 'stdio', command: config.command, args: config.args, env: config.env } as const);
      return connectMcpTools({ server, timeoutMs, ...(only !== null && { only }) });
    }
    case 'module': {
      const made = await loadModule(config, baseDirectory);
      const tools = (Array.isArray(made) ? made : [made]) as readonly Tool[];
      if (tools.length > 0 && tools.every(isTool)) return owned(...tools);
      throw notWhatItShouldBe(config, 'a tool, made with defineTool, or a list of them');
    }
  }
}

async function openInteraction(config: InteractionConfig, baseDirectory: string): Promise<Interaction> {
  switch (config.type) {
    case 'gsm8k':
      return gsm8kInteraction();
    case 'number_guess':
      return numberGuessGame({ maxGuesses: config.maxGuesses });
    case 'grid_world':
      return gridWorld({ size: config.size, holes: config.holes, maxMoves: config.maxMoves });
    case 'module': {
      const made = await loadModule(config, baseDirectory);
      if (isRecord(made) && typeof made['start'] === 'function') return made as unknown as Interaction;
      throw notWhatItShouldBe(config, 'an Interaction: an object with name and start');
    }
  }
}

// The environment closes its tools itself; closing twice does no harm.
function owned(...tools: readonly Tool[]): OpenTools {
  return {
    tools,
    close: async () => {
      await Promise.all(tools.map(async (tool) => tool.close?.()));
    },
  };
}

interface ModuleConfig {
  readonly module: string;
  readonly export: string;
  readonly options: Readonly<Record<string, unknown>>;
}

async function loadModule(config: ModuleConfig, baseDirectory: string): Promise<unknown> {
  const file = resolve(baseDirectory, config.module);
  try {
    const loaded = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
    const found = loaded[config.export];
    if (typeof found === 'function') return await (found as (options: unknown) => unknown)(config.options);
    if (Object.keys(config.options).length === 0) return found;
    throw new RlloomError('config', {
      what: `options are given, and the export "${config.export}" is no function that takes them`,
      where: config.module,
      fix: 'export a function that makes it from its options, or leave options out',
    });
  } catch (error) {
    if (isRlloomError(error)) throw error;
    throw new RlloomError('config', {
      what: `the module cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      where: config.module,
      fix: 'check the path and the module; TypeScript needs Node 22.18 or later, or a start with tsx',
      cause: error,
    });
  }
}

function notWhatItShouldBe(config: ModuleConfig, what: string): RlloomError {
  return new RlloomError('config', {
    what: `the export "${config.export}" is not ${what}`,
    where: config.module,
    fix: 'export it, or a function that makes it',
  });
}

function checkNames(tools: readonly Tool[]): void {
  const names = tools.map(({ schema }) => schema.function.name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new RlloomError('config', {
    what: `two tools are called "${repeated}"`,
    where: 'environment.tools',
    fix: 'leave one of them out',
  });
}

function isTool(value: unknown): boolean {
  return isRecord(value) && isRecord(value['schema']) && typeof value['create'] === 'function';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
