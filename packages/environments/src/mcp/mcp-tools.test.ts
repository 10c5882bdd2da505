import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Task, ToolArguments } from '@rlloom/spec';
import { testTool } from '@rlloom/spec/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectMcpTools, type McpServer } from './mcp-tools.ts';

const program = fileURLToPath(new URL('test-server.mjs', import.meta.url));
const stdio: McpServer = { type: 'stdio', command: process.execPath, args: [program] };
const task: Task = { id: 'a', tag: 'math', messages: [] };
let child: ChildProcess;
let http: McpServer;

beforeAll(async () => {
  child = spawn(process.execPath, [program, 'http'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  http = { type: 'http', url: `http://127.0.0.1:${line.toString().trim()}/mcp`, headers: { 'x-from': 'a test' } };
});
afterAll(() => void child.kill());

testTool('a tool of an MCP server', async () => {
  const { tools, close } = await connectMcpTools({ server: stdio, only: ['add'] });
  return { tool: { ...tools[0]!, close }, task, validArguments: { a: 1, b: 2 } };
});

describe.each(['stdio', 'http'] as const)('connectMcpTools by %s', (type) => {
  const server = (): McpServer => (type === 'stdio' ? stdio : http);

  it('offers the tools of the server, and answers with what they answer', async () => {
    const { tools, close } = await connectMcpTools({ server: server() });
    expect(tools.map(({ schema }) => schema.function.name)).toEqual(['add', 'fail', 'hang']);
    expect(tools[0]?.schema.function).toMatchObject({
      description: 'Adds two numbers.',
      parameters: { type: 'object', required: ['a', 'b'] },
    });
    const call = async (index: number, given: ToolArguments, signal = new AbortController().signal) => {
      const session = await tools[index]!.create({ task, kwargs: {}, seed: 1, signal });
      return session.execute(given, { kwargs: {}, signal });
    };
    expect(await call(0, { a: 2, b: 40 })).toEqual({ content: '42' });
    await expect(call(0, { a: 'x' })).rejects.toThrow(/expected number/i);
    await expect(call(1, {})).rejects.toThrow('out of order');
    const stopping = new AbortController();
    const hanging = call(2, {}, stopping.signal);
    setTimeout(() => stopping.abort(new Error('too late')), 50);
    await expect(hanging).rejects.toThrow(/too late|abort/i);
    // The connection is still good.
    expect(await call(0, { a: 1, b: 1 })).toEqual({ content: '2' });
    await close();
    await close();
    await expect(call(0, { a: 1, b: 1 })).rejects.toThrow(/./);
  });

  it('says which tool is missing', async () => {
    await expect(connectMcpTools({ server: server(), only: ['sub'] })).rejects.toThrow(
      /no tool "sub"[\s\S]*add, fail, hang/,
    );
  });
});

it('says that a server does not answer', async () => {
  await expect(connectMcpTools({ server: { type: 'stdio', command: 'no-such-program' } })).rejects.toThrow(
    /does not answer/,
  );
  await expect(connectMcpTools({ server: { type: 'http', url: 'http://127.0.0.1:1/mcp' } })).rejects.toThrow(
    /does not answer/,
  );
});
