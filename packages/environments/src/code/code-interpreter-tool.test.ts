import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Task } from '@rlloom/spec';
import { testTool } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { codeInterpreterTool } from './code-interpreter-tool.ts';

// As the package itself does it: only who runs programs loads a sandbox.
const { createFusionSandbox } = await import('@rlloom/sandbox/fusion');
const { createQuickJsSandbox } = await import('@rlloom/sandbox/quickjs');

const task: Task = { id: 'a', tag: 'code', messages: [] };
const { signal } = new AbortController();
const quick = () => codeInterpreterTool({ sandbox: createQuickJsSandbox(), language: 'javascript' });

testTool('code_interpreter', () => ({ tool: quick(), task, validArguments: { code: 'console.log(6 * 7)' } }));

describe('codeInterpreterTool', () => {
  it('answers what a program printed, and what went wrong', async () => {
    const tool = quick();
    const session = await tool.create({ task, kwargs: {}, seed: 1, signal });
    const run = async (code: string) => session.execute({ code }, { kwargs: {}, signal });
    expect((await run('```js\nconsole.log("hi")\n```')).content.trim()).toBe('hi');
    expect((await run('1 + 1')).content).toBe('(the program printed nothing)');
    const failed = await run('console.log("so far"); throw new Error("broken")');
    expect(failed.content).toMatch(/^Error: the program ended with code 1\n[\s\S]*broken[\s\S]*so far$/);
    expect(failed.metrics).toEqual({ failed_runs: 1 });
    await tool.close?.();
  });

  it('speaks the API of Sandbox Fusion', async () => {
    const bodies: unknown[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        bodies.push(JSON.parse(text));
        const run = { status: 'Finished', execution_time: 0.1, return_code: 0, stdout: '42\n', stderr: '' };
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({
            status: 'Success',
            message: '',
            compile_result: null,
            run_result: run,
            executor_pod_name: null,
            files: {},
          }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sandbox = createFusionSandbox({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const tool = codeInterpreterTool({ sandbox, limits: { wallMs: 2000 } });
    const session = await tool.create({ task, kwargs: {}, seed: 1, signal });
    expect(await session.execute({ code: 'print(6 * 7)' }, { kwargs: {}, signal })).toEqual({
      content: '42\n',
      metrics: { failed_runs: 0 },
    });
    expect(bodies[0]).toMatchObject({ code: 'print(6 * 7)', language: 'python', run_timeout: 2 });
    await tool.close?.();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
