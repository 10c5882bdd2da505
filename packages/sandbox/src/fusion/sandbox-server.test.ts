import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox, probeSandbox } from '../create-sandbox.ts';
import type { Sandbox } from '../sandbox.ts';
import type { RunCodeResponse, RunJupyterResponse, SubmitResponse } from './fusion-api.ts';
import { createFusionSandbox } from './fusion-sandbox.ts';
import { createSandboxServer, type SandboxServer } from './sandbox-server.ts';

const { capabilities, isolations } = await probeSandbox();
const why = isolations.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const human = {
  task_id: 'HumanEval/7',
  prompt: 'def f(x):\n    """Doubles."""\n',
  entry_point: 'f',
  canonical_solution: '    return 2 * x\n',
  test: 'def check(candidate):\n    assert candidate(2) == 4\n',
};
const mbpp = {
  task_id: 11,
  text: 'Write f.',
  code: 'def f(x): return x',
  test_setup_code: '',
  test_list: ['assert f(1) == 1', 'assert f(2) == 2'],
};
const multiple = {
  task_id: 'HumanEval_23_strlen',
  language: 'js',
  prompt: '//Length\nfunction strlen(string){\n',
  tests:
    "const assert = require('node:assert');\nfunction test() { let candidate = strlen; assert.deepEqual(candidate('ab'), 2); }\ntest();",
};

describe.skipIf(capabilities === null)(
  `createSandboxServer${capabilities === null ? ` (no sandbox here: ${why})` : ''}`,
  () => {
    let sandbox: Sandbox;
    let server: SandboxServer;
    let url: string;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rlloom-server-'));
      await writeFile(join(folder, 'human.jsonl.gz'), gzipSync(`${JSON.stringify(human)}\n`));
      await writeFile(join(folder, 'mbpp.json'), JSON.stringify([mbpp]));
      await writeFile(join(folder, 'js.jsonl'), `${JSON.stringify(multiple)}\n`);
      sandbox = await createSandbox({ concurrency: 2 });
      const datasets = {
        humaneval: join(folder, 'human.jsonl.gz'),
        mbpp: join(folder, 'mbpp.json'),
        js: join(folder, 'js.jsonl'),
        lost: join(folder, 'lost.jsonl'),
      };
      server = await createSandboxServer({ sandbox, datasets, bodyLimit: 1024 * 1024 });
      url = await server.listen({ port: 0 });
    });
    afterAll(async () => {
      await server.close();
      await sandbox.close();
      await rm(folder, { recursive: true });
    });

    async function post<Answer>(path: string, body: unknown): Promise<Answer & { readonly httpStatus: number }> {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { ...((await response.json()) as Answer), httpStatus: response.status };
    }
    const runCode = (body: unknown) => post<RunCodeResponse>('/run_code', body);
    const runJupyter = (body: unknown) => post<RunJupyterResponse>('/run_jupyter', body);
    const submit = (body: unknown) => post<SubmitResponse>('/submit', body);

    describe('/run_code', () => {
      it('answers exactly the fields of the API', async () => {
        const answer = await runCode({ code: 'print(input())', language: 'python', stdin: 'hi' });
        expect(answer).toEqual({
          httpStatus: 200,
          status: 'Success',
          message: '',
          compile_result: null,
          run_result: {
            status: 'Finished',
            execution_time: expect.any(Number) as number,
            return_code: 0,
            stdout: 'hi\n',
            stderr: '',
          },
          executor_pod_name: null,
          files: {},
        });
      });

      it.each([
        ['a code that is not 0', { code: 'exit(3)', language: 'python' }, { status: 'Finished', return_code: 3 }],
        ['a syntax error', { code: 'def', language: 'python' }, { status: 'Finished', return_code: 1 }],
        ['a signal', { code: 'import os; os.abort()', language: 'python' }, { status: 'Finished', return_code: -6 }],
        [
          'the time limit',
          { code: 'while True: pass', language: 'python', run_timeout: 0.5 },
          { status: 'TimeLimitExceeded', return_code: null },
        ],
        [
          'too much output',
          { code: 'while True: print("x" * 9999)', language: 'python' },
          { status: 'Finished', return_code: -9 },
        ],
      ])('says Failed for %s', async (_name, body, result) => {
        expect(await runCode(body)).toMatchObject({
          httpStatus: 200,
          status: 'Failed',
          message: '',
          run_result: result,
        });
      });

      it('takes and returns files', async () => {
        const answer = await runCode({
          code: 'open("out/b.txt", "w").write(open("out/a.txt").read() * 2)',
          language: 'python',
          files: { 'out/a.txt': base64('ab'), none: null },
          fetch_files: ['out/b.txt', 'lost'],
        });
        expect(answer).toMatchObject({ status: 'Success', files: { 'out/b.txt': base64('abab') } });
      });

      it.skipIf(!capabilities?.languages.includes('javascript'))('runs JavaScript and TypeScript', async () => {
        expect((await runCode({ code: 'console.log(1)', language: 'nodejs' })).run_result?.stdout).toBe('1\n');
        const typed = await runCode({ code: 'const x: number = 2; console.log(x)', language: 'typescript' });
        expect(typed.run_result?.stdout).toBe('2\n');
        expect(await runCode({ code: 'let x: = 2', language: 'typescript' })).toMatchObject({
          status: 'Failed',
          run_result: { return_code: 1 },
        });
      });

      it('answers SandboxError where nothing can be said', async () => {
        const answer = await runCode({ code: '', language: 'python', files: { '../../etc/passwd': '' } });
        expect(answer).toMatchObject({ httpStatus: 200, status: 'SandboxError', run_result: null });
        expect(answer.message).not.toBe('');
      });

      it.each([
        ['a missing field', { language: 'python' }, { type: 'missing', loc: ['body', 'code'], msg: 'Field required' }],
        ['a language of nobody', { code: '', language: 'perl6' }, { type: 'literal_error', loc: ['body', 'language'] }],
        ['a language not served here', { code: '', language: 'cpp' }, { type: 'literal_error', input: 'cpp' }],
        ['a wrong type', { code: 1, language: 'python' }, { type: 'type_error', loc: ['body', 'code'], input: 1 }],
        ['a wrong file', { code: '', language: 'python', files: { a: 1 } }, { loc: ['body', 'files', 'a'] }],
        ['a negative time', { code: '', language: 'python', run_timeout: -1 }, { loc: ['body', 'run_timeout'] }],
        ['no JSON', '{', { type: 'json_invalid' }],
      ])('answers 422 to %s', async (_name, body, problem) => {
        const { httpStatus, detail } = await post<{ detail: unknown[] }>('/run_code', body);
        expect(httpStatus).toBe(422);
        expect(detail[0]).toMatchObject(problem);
      });

      it('bounds the size of a request', async () => {
        expect((await runCode({ code: 'x'.repeat(1100 * 1024), language: 'python' })).httpStatus).toBe(413);
      });

      it('ends a run whose client went away', async () => {
        const controller = new AbortController();
        const body = JSON.stringify({ code: 'while True: pass', language: 'python', run_timeout: 60 });
        const running = fetch(`${url}/run_code`, { method: 'POST', body, signal: controller.signal });
        setTimeout(() => controller.abort(), 300);
        await expect(running).rejects.toThrow();
        await expect
          .poll(async () => (await (await fetch(`${url}/metrics`)).text()).includes('requests_active 0'), {
            timeout: 20_000,
          })
          .toBe(true);
      });
    });

    describe('/run_jupyter', () => {
      it('shares state between cells', async () => {
        const cells = [
          'a = 123',
          'a',
          'print(a); a;',
          'import sys; sys.stderr.write("oh")',
          'display(1, "x")',
          'raise RuntimeError("no")',
          '_ + 1',
        ];
        const answer = await runJupyter({ cells });
        const empty = { stdout: '', stderr: '', display: [], error: [] };
        expect(answer).toMatchObject({
          httpStatus: 200,
          status: 'Success',
          message: '',
          driver: { status: 'Finished', return_code: 0 },
        });
        expect(
          answer.cells.map((cell) => ({ ...cell, error: cell.error.map(({ ename, evalue }) => [ename, evalue]) })),
        ).toEqual([
          empty,
          { ...empty, display: [{ 'text/plain': '123' }] },
          { ...empty, stdout: '123\n' },
          { ...empty, stderr: 'oh', display: [{ 'text/plain': '2' }] },
          { ...empty, display: [{ 'text/plain': '1' }, { 'text/plain': "'x'" }] },
          { ...empty, error: [['RuntimeError', 'no']] },
          { ...empty, display: [{ 'text/plain': '3' }] },
        ]);
        const [trace] = answer.cells[5]!.error as [{ traceback: string[] }];
        expect(trace.traceback.join('')).toMatch(/File "<cell 6>", line 1.*\n.*raise RuntimeError\("no"\)/);
      });

      it('has rich displays, files and errors of syntax', async () => {
        const answer = await runJupyter({
          cells: [
            'class H:\n    def _repr_html_(self): return "<b>"\nH()',
            'def',
            'open("b", "w").write(open("a").read())',
          ],
          files: { a: base64('text') },
          fetch_files: ['b'],
        });
        expect(answer.cells[0]?.display[0]).toMatchObject({ 'text/html': '<b>' });
        expect(answer.cells[1]?.error[0]).toMatchObject({ ename: 'SyntaxError' });
        expect(answer.files).toEqual({ b: base64('text') });
      });

      it('ends a cell at its limit, and all of them at theirs', async () => {
        const one = await runJupyter({ cells: ['while True: pass', 'print(1)'], cell_timeout: 0.3 });
        expect(one.cells[0]?.error[0]).toMatchObject({ ename: 'TimeoutError' });
        expect(one.cells[1]?.stdout).toBe('1\n');
        const all = await runJupyter({ cells: ['print(1)', 'while True: pass'], total_timeout: 0.7 });
        expect(all).toMatchObject({ status: 'Failed', driver: { status: 'TimeLimitExceeded' }, cells: [] });
        expect(await runJupyter({ cells: ['import os; os._exit(2)'] })).toMatchObject({
          status: 'Failed',
          driver: { return_code: 2 },
        });
      });
    });

    describe('data sets', () => {
      it('are listed', async () => {
        const names = (await (await fetch(`${url}/list_datasets`)).json()) as string[];
        expect(names).toEqual(['humaneval', 'mbpp', 'js', 'lost']);
        const ids = await fetch(`${url}/list_ids`, { method: 'POST', body: '{"dataset": "humaneval"}' });
        expect(await ids.json()).toEqual(['HumanEval/7']);
      });

      it('give their prompts, and keep their solutions', async () => {
        const prompts = await fetch(`${url}/get_prompts`, {
          method: 'POST',
          body: '{"dataset": "mbpp", "config": {}}',
        });
        const [first] = (await prompts.json()) as [{ id: number; prompt: string; labels: object }];
        expect(first.id).toBe(11);
        expect(first.prompt).toContain('assert f(1) == 1');
        expect(Object.keys(first.labels).sort()).toEqual(['task_id', 'test_setup_code', 'text']);
        expect(await post('/get_prompt_by_id', { dataset: 'humaneval', id: 7 })).toMatchObject({
          id: 'HumanEval/7',
          prompt: human.prompt,
        });
      });

      it.each([
        ['a body', 'humaneval', 'HumanEval/7', '    return 2 * x', true],
        ['a program', 'humaneval', 7, '```python\ndef f(x):\n    return x + x\n```', true],
        ['a wrong program', 'humaneval', 7, '```python\ndef f(x):\n    return x\n```', false],
        ['an early end', 'humaneval', 7, '```python\nimport os\nos._exit(0)\n```', false],
        ['an early end', 'mbpp', 11, '```python\ndef f(x):\n    import os; os._exit(0)\n```', false],
        ['a program', 'mbpp', 11, 'def f(x): return x', true],
        ['a half of one', 'mbpp', '11', 'def f(x): return 1', false],
      ])('judge %s of %s', async (...row) => {
        const [, dataset, id, completion, accepted] = row;
        const answer = await submit({ dataset, id, completion, config: {} });
        expect(answer).toMatchObject({ httpStatus: 200, id, accepted });
        expect(answer.tests.every(({ passed }) => passed)).toBe(accepted);
        expect(answer.full_code).toContain(answer.test_code);
      });

      it('say which test failed', async () => {
        const { tests } = await submit({ dataset: 'mbpp', id: 11, completion: 'def f(x): return 1' });
        expect(tests.map(({ passed }) => passed)).toEqual([true, false]);
        expect(tests[1]).toMatchObject({
          exec_info: { status: 'Failed', run_result: { return_code: 1, stderr: 'got 1, expected 2' } },
          test_info: { name: 'case 2', status: 'failed' },
        });
      });

      it.skipIf(!capabilities?.languages.includes('javascript'))('judge JavaScript', async () => {
        const completion = '  return string.length;\n}\n';
        expect(await submit({ dataset: 'js', id: multiple.task_id, completion })).toMatchObject({ accepted: true });
      });

      it('can come with the request', async () => {
        const config = { provided_data: mbpp };
        expect(await submit({ dataset: 'own', id: 11, completion: mbpp.code, config })).toMatchObject({
          accepted: true,
        });
      });

      it.each([
        ['/list_ids', { dataset: 'nothing' }, 404],
        ['/get_prompt_by_id', { dataset: 'mbpp', id: 12 }, 404],
        ['/submit', { dataset: 'toString', id: 1, completion: '' }, 404],
        ['/list_ids', { dataset: 'lost' }, 500],
        ['/submit', { dataset: 'mbpp', id: 11, completion: '', config: { custom_extract_logic: 'x' } }, 422],
        ['/nowhere', {}, 404],
      ])('%s with %j answers %i', async (path, body, status) => {
        expect((await post(path, body)).httpStatus).toBe(status);
      });
    });

    it('answers for itself', async () => {
      const get = async (path: string) => (await fetch(`${url}${path}`)).text();
      expect(await get('/v1/ping')).toBe('"pong"');
      expect(JSON.parse(await get('/health'))).toEqual({ status: 'ok', isolation: capabilities?.isolation });
      expect(await get('/metrics')).toMatch(
        /rlloom_sandbox_requests_total\{endpoint="\/run_code",outcome="Success"\} \d/,
      );
      const document = JSON.parse(await get('/openapi.json')) as {
        openapi: string;
        paths: Record<string, { post: unknown }>;
      };
      expect(document.openapi).toMatch(/^3\./);
      expect(Object.keys(document.paths)).toEqual(
        expect.arrayContaining(['/run_code', '/run_jupyter', '/submit', '/list_datasets', '/v1/ping']),
      );
      expect(JSON.stringify(document.paths['/run_code']!.post)).toContain('run_timeout');
    });

    it('asks for its token, and refuses more than it may hold', async () => {
      const guarded = await createSandboxServer({ sandbox, token: 'secret', maxRequests: 1 });
      const address = await guarded.listen({ port: 0 });
      try {
        const body = JSON.stringify({ code: 'import time; time.sleep(2)', language: 'python' });
        const headers = { authorization: 'Bearer secret' };
        expect((await fetch(`${address}/run_code`, { method: 'POST', body })).status).toBe(401);
        expect((await fetch(`${address}/metrics`)).status).toBe(401);
        expect((await fetch(`${address}/v1/ping`)).status).toBe(200);
        const first = fetch(`${address}/run_code`, { method: 'POST', body, headers });
        await expect.poll(async () => (await fetch(`${address}/metrics`, { headers })).text()).toContain('active 1');
        const second = await fetch(`${address}/run_code`, { method: 'POST', body, headers });
        expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1']);
        // Closing waits for what runs.
        const closed = guarded.close();
        expect((await first).status).toBe(200);
        await closed;
      } finally {
        await guarded.close();
      }
    });

    describe('createFusionSandbox against it', () => {
      it('meets the contract', async () => {
        const remote = createFusionSandbox({ url: `${url}/run_code` });
        const result = await remote.run({
          language: 'python',
          code: 'import sys; print(input()); print("e", file=sys.stderr); open("o", "wb").write(open("i", "rb").read()); sys.exit(4)',
          stdin: 'in',
          files: { i: new Uint8Array([0, 255]) },
          fetchFiles: ['o'],
        });
        expect(result).toMatchObject({
          end: 'exited',
          exitCode: 4,
          signal: null,
          stdout: 'in\n',
          stderr: 'e\n',
          cpuMs: null,
        });
        expect(result.files['o']).toEqual(new Uint8Array([0, 255]));
        const run = (code: string) => remote.run({ language: 'python', code, limits: { wallMs: 700 } });
        expect(await run('while True: pass')).toMatchObject({ end: 'timeout', exitCode: null });
        expect(await run('import os; os.kill(os.getpid(), 11)')).toMatchObject({ end: 'signal', signal: 'SIGSEGV' });
        expect(remote.capabilities.isolation).toBe('remote');
        await remote.close();
        await expect(run('1')).rejects.toMatchObject({ kind: 'interrupted' });
      });

      it('ends with its signal', async () => {
        const remote = createFusionSandbox({ url });
        const controller = new AbortController();
        const running = remote.run({ language: 'python', code: 'while True: pass' }, { signal: controller.signal });
        setTimeout(() => controller.abort(), 200);
        await expect(running).rejects.toMatchObject({ kind: 'interrupted' });
        await remote.close();
      });
    });

    // verl's own client, from its source.
    const verl = process.env['RLLOOM_VERL_SOURCE'] ?? '';
    const client = join(verl, 'verl/utils/reward_score/sandbox_fusion');
    const python = process.env['RLLOOM_PEER_PYTHON'];
    const canAsk =
      python !== undefined && existsSync(client) && spawnSync(python, ['-c', 'import requests']).status === 0;
    it.skipIf(!canAsk)(
      `gives verl's client its verdicts${canAsk ? '' : ' (needs RLLOOM_PEER_PYTHON with requests, and RLLOOM_VERL_SOURCE)'}`,
      async () => {
        const program = `
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location('sandbox_fusion', sys.argv[1] + '/__init__.py', submodule_search_locations=[sys.argv[1]])
client = importlib.util.module_from_spec(spec)
sys.modules['sandbox_fusion'] = client
spec.loader.exec_module(client)
def check(code, cases, **more):
    results, metadata = sys.modules['sandbox_fusion.utils'].check_correctness(sys.argv[2], cases, code, timeout=2, **more)
    return {'of': results, 'status': [m['status'] for m in metadata]}
def score(code, cases):
    value, metadata = client.compute_score(sys.argv[2], None, 1024, '\`\`\`python\\n' + code + '\\n\`\`\`', cases, timeout=2)
    return {'of': value, 'status': [m['status'] for m in metadata]}
stdin = {'inputs': ['1', '2'], 'outputs': ['2', '4']}
print(json.dumps([
    check('print(2 * int(input()))', stdin),
    check('print(2)', stdin),
    check('1 / 0', stdin),
    check('while True: pass', stdin),
    check('def f(x): return 2 * x', {'inputs': ['1', '2'], 'outputs': ['2', '4'], 'fn_name': 'f'}),
    check('console.log(2 * Number(require("fs").readFileSync(0)))', stdin, language='nodejs'),
    check('x', stdin, language='cpp'),
    score('print(2 * int(input()))', stdin),
    score('print(2)', json.dumps(stdin)),
    score('def f(x): return 2 * x', {'inputs': ['1'], 'outputs': ['2'], 'fn_name': 'f'}),
]))
`;
        const { stdout } = await promisify(execFile)(python!, ['-c', program, client, `${url}/run_code`], {
          env: { ...process.env, NO_PROXY: '*', no_proxy: '*' },
        });
        const [right, wrong, error, late, named, node, other, ...scores] = JSON.parse(
          stdout.trim().split('\n').at(-1)!,
        ) as unknown[];
        expect(right).toEqual({ of: [true, true], status: ['success', 'success'] });
        expect(wrong).toEqual({ of: [true, false], status: ['success', 'wrong_answer'] });
        expect(error).toEqual({ of: [-2, -2], status: ['runtime_error', 'runtime_error'] });
        expect(late).toEqual({ of: [-3, -3], status: ['timeout', 'timeout'] });
        expect(named).toEqual({ of: [true, true], status: ['success', 'success'] });
        expect(node).toEqual({ of: [true, true], status: ['success', 'success'] });
        expect(other).toEqual({ of: [-1, -1], status: ['api_error', 'api_error'] });
        expect(scores).toEqual([
          { of: 1, status: ['success', 'success'] },
          { of: 0.5, status: ['success', 'wrong_answer'] },
          { of: 1, status: ['success'] },
        ]);
      },
    );
  },
);

describe('createFusionSandbox against servers that fail', () => {
  const program = { language: 'python', code: '' } as const;
  const good = JSON.stringify({
    status: 'Success',
    message: '',
    run_result: { status: 'Finished', return_code: 0, stdout: 'ok' },
  });

  async function against(
    answer: (attempt: number) => Parameters<RequestListener>[1] extends infer R ? (response: R) => void : never,
  ) {
    let attempts = 0;
    const server = createServer((_request, response) => answer(attempts++)(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const remote = createFusionSandbox({
      url: `http://127.0.0.1:${port}`,
      retryDelayMs: 1,
      marginMs: 300,
      limits: { wallMs: 50 },
    });
    try {
      return { result: await remote.run(program), attempts: () => attempts };
    } catch (error) {
      return { error: String(error), attempts: () => attempts };
    } finally {
      await remote.close();
      server.closeAllConnections();
      server.close();
    }
  }

  it.each([429, 502, 503, 504])('tries again after %i', async (status) => {
    const { result, attempts } = await against((attempt) => (response) => {
      if (attempt === 0) response.writeHead(status, { 'retry-after': '0' }).end();
      else response.end(good);
    });
    expect(result).toMatchObject({ stdout: 'ok', exitCode: 0 });
    expect(attempts()).toBe(2);
  });

  it('tries again when the connection breaks, but not for ever', async () => {
    const { error, attempts } = await against(() => (response) => response.destroy());
    expect(error).toMatch(/could not be reached.*\(3 tries\)/);
    expect(attempts()).toBe(3);
  });

  it.each([
    [422, '{"detail": []}', /answered 422/],
    [500, '{"detail": "x"}', /answered 500/],
    [200, '<html>', /not one of Sandbox Fusion: <html>/],
    [200, '{"status": "Fine"}', /not one of Sandbox Fusion/],
    [200, '{"status": "SandboxError", "message": "no room"}', /no room/],
    [200, '{"status": "Failed", "message": "", "run_result": {"status": "Error", "stderr": "boom"}}', /boom/],
  ])('fails at once for %i %s', async (status, body, message) => {
    const { error, attempts } = await against(() => (response) => response.writeHead(status).end(body));
    expect(error).toMatch(message);
    expect(attempts()).toBe(1);
  });

  it('does not wait for an answer that does not come', async () => {
    const { error } = await against(() => () => undefined);
    expect(error).toMatch(/did not answer within 400 ms/);
  });

  it('shows what a compiler said', async () => {
    const compile_result = { status: 'Finished', return_code: 1, stderr: 'bad', stdout: '' };
    const { result } = await against(
      () => (response) => response.end(JSON.stringify({ status: 'Failed', message: '', compile_result })),
    );
    expect(result).toMatchObject({ end: 'exited', exitCode: 1, stderr: 'bad' });
  });
});
