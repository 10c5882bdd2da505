// An MCP server of two tools for the tests: by standard input and output, or by HTTP with the argument `http`.
import { createServer } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

function makeServer() {
  const server = new McpServer({ name: 'test', version: '1.0.0' });
  server.registerTool(
    'add',
    { description: 'Adds two numbers.', inputSchema: { a: z.number(), b: z.number() } },
    async ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
  );
  server.registerTool('fail', { description: 'Fails.', inputSchema: {} }, async () => {
    throw new Error('out of order');
  });
  server.registerTool('hang', { description: 'Never answers.', inputSchema: {} }, () => new Promise(() => {}));
  return server;
}

if (process.argv[2] === 'http') {
  const http = createServer(async (request, response) => {
    // Without sessions: each request has a server of its own.
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    response.on('close', () => void transport.close());
    await makeServer().connect(transport);
    await transport.handleRequest(request, response);
  });
  http.listen(0, '127.0.0.1', () => process.stdout.write(`${http.address().port}\n`));
} else {
  await makeServer().connect(new StdioServerTransport());
}
