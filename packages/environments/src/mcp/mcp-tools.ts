import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { RlloomError, type Tool, type ToolArguments } from '@rlloom/spec';

/** Where an MCP server is. */
export type McpServer =
  | {
      /** A program that is started and spoken to by its standard input and output. */
      readonly type: 'stdio';
      readonly command: string;
      readonly args?: readonly string[];
      /** Beside the few variables the SDK hands on. */
      readonly env?: Readonly<Record<string, string>>;
    }
  | {
      /** A server that runs already, by streamable HTTP. */
      readonly type: 'http';
      readonly url: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** Options of {@link connectMcpTools}. */
export interface McpToolsOptions {
  readonly server: McpServer;
  /** Names of the tools to offer; default: all. */
  readonly only?: readonly string[];
  /** Milliseconds of one request. Default 60,000 */
  readonly timeoutMs?: number;
}

/** The tools of an MCP server. */
export interface McpTools {
  readonly tools: readonly Tool[];
  /** Ends the connection, and the program where one was started; safe to call twice. */
  close(): Promise<void>;
}

/**
 * Connects to an MCP server through the official SDK and offers its tools. One connection serves all episodes: a server
 * that keeps something keeps it for all.
 *
 * @throws RlloomError kind `rollout` when it cannot be reached, `config` when it has no tool of a name in `only`
 */
export async function connectMcpTools({ server, only, timeoutMs = 60_000 }: McpToolsOptions): Promise<McpTools> {
  const client = new Client({ name: 'rlloom', version: '0.1.0' });
  const where = server.type === 'http' ? server.url : server.command;
  try {
    await client.connect(transportOf(server), { timeout: timeoutMs });
    const listed = await listTools(client, timeoutMs);
    const missing = only?.find((name) => !listed.some((tool) => tool.name === name));
    if (missing !== undefined) {
      throw new RlloomError('config', {
        what: `the MCP server has no tool "${missing}"`,
        where,
        fix: `choose of ${listed.map(({ name }) => name).join(', ')}`,
      });
    }
    const close = (): Promise<void> => client.close();
    const tools = listed
      .filter(({ name }) => only === undefined || only.includes(name))
      .map((tool) => toolOf(client, tool, timeoutMs));
    return { tools, close };
  } catch (error) {
    await client.close().catch(() => undefined);
    if (error instanceof RlloomError) throw error;
    throw new RlloomError('rollout', {
      what: `the MCP server does not answer: ${error instanceof Error ? error.message : String(error)}`,
      where,
      fix: server.type === 'http' ? 'see whether it runs there' : 'run the command by hand to see what it says',
      cause: error,
    });
  }
}

type ListedTool = Awaited<ReturnType<Client['listTools']>>['tools'][number];

function transportOf(server: McpServer): Transport {
  if (server.type === 'http') {
    return new StreamableHTTPClientTransport(new URL(server.url), {
      requestInit: { headers: { ...server.headers } },
    });
  }
  const { command, args = [], env } = server;
  return new StdioClientTransport({ command, args: [...args], stderr: 'ignore', ...(env && { env: { ...env } }) });
}

async function listTools(client: Client, timeout: number): Promise<ListedTool[]> {
  const tools: ListedTool[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor }, { timeout });
    tools.push(...page.tools);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return tools;
}

function toolOf(client: Client, { name, description, inputSchema }: ListedTool, timeout: number): Tool {
  const { $schema: _, ...parameters } = inputSchema;
  const call = async (given: ToolArguments, signal: AbortSignal): Promise<string> => {
    const result = await client.callTool({ name, arguments: { ...given } }, undefined, { signal, timeout });
    const text = textOf(result);
    if (result.isError === true) throw new Error(text || `${name} failed`);
    return text;
  };
  return {
    schema: { type: 'function', function: { name, description: description ?? name, parameters } },
    create: async () => ({
      execute: async (given, { signal }) => ({ content: await call(given, signal) }),
    }),
  };
}

function textOf(result: Awaited<ReturnType<Client['callTool']>>): string {
  const parts = Array.isArray(result.content) ? (result.content as readonly McpContent[]) : [];
  const texts = parts.map((part) => part.text ?? part.resource?.text ?? `[${part.type}]`);
  if (texts.length > 0) return texts.join('\n');
  return result.structuredContent === undefined ? '' : JSON.stringify(result.structuredContent);
}

interface McpContent {
  readonly type: string;
  readonly text?: string;
  readonly resource?: { readonly text?: string };
}
