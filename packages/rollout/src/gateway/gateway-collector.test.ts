import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Task } from '@rlloom/spec';
import { afterEach, describe, expect, it } from 'vitest';
import { agentCommand } from './agent-command.ts';
import type { AgentRun, RunAgent } from './agent-run.ts';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import {
  type CollectionStatistics,
  createGatewayCollector,
  type GatewayCollectorOptions,
} from './gateway-collector.ts';
import { pairTokenizer, type Script, scriptedEngine } from './testing/scripted-policy.ts';

const open: Gateway[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0 };
const tasks: Task[] = ['x', 'y'].map((id) => ({ id, tag: 'test', messages: [{ role: 'user', content: id }] }));

async function start(
  runAgent: RunAgent,
  {
    script = () => 'a',
    gateway: more = {},
    ...options
  }: Omit<Partial<GatewayCollectorOptions>, 'gateway'> & {
    readonly script?: Script;
    readonly gateway?: Partial<GatewayOptions>;
  } = {},
) {
  const engine = scriptedEngine(script);
  const gateway = await createGateway({ engine, tokenizer: pairTokenizer, ...more });
  open.push(gateway);
  await gateway.listen({ port: 0 });
  const statistics: CollectionStatistics[] = [];
  const collect = createGatewayCollector({
    ...{ gateway, runAgent, groupSize: 2, sampling },
    onStatistics: (each) => statistics.push(each),
    ...options,
  });
  return { engine, gateway, collect, statistics };
}

async function ask({ baseUrl, task, signal }: AgentRun): Promise<string> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: task.messages }),
    signal,
  });
  const { choices } = (await response.json()) as { choices?: [{ message: { content: string } }] };
  return choices?.[0].message.content ?? `status ${response.status}`;
}

describe('createGatewayCollector', () => {
  it('runs the agent for each sample and hands over groups with what it scored', async () => {
    const progress: number[] = [];
    const { engine, gateway, collect, statistics } = await start(async (run) => {
      await ask(run);
      return run.sampleIndex === 0 ? 1 : { scores: [0.5] };
    });
    const groups = await collect(tasks, { mode: 'train', seed: 1, onProgress: (done) => progress.push(done) });
    expect(groups.map(({ task }) => task.id)).toEqual(['x', 'y']);
    expect(groups[1]!.trajectories).toMatchObject([
      { taskId: 'y', tag: 'test', sampleIndex: 0, turnScores: [1] },
      { taskId: 'y', sampleIndex: 1, turnScores: [0.5] },
    ]);
    expect(new Set(engine.requests.map(({ seed }) => seed)).size).toBe(4);
    expect(engine.requests[0]!.sampling).toEqual({ ...sampling, maxNewTokens: 1024 });
    expect(progress).toEqual([1, 2, 3, 4]);
    expect(statistics).toMatchObject([{ runs: 4, finished: 4, calls: 4, trajectories: 4, usable: 4, crashed: 0 }]);
    expect(gateway.load.sessions).toBe(0);
    const [evaluated] = await collect(tasks, { mode: 'evaluate', seed: 1 });
    expect(evaluated!.trajectories).toHaveLength(1);
    expect(engine.requests.at(-1)!.sampling.temperature).toBe(0);
  });

  it('gives a reward to runs that have none', async () => {
    const { collect } = await start(async (run) => (await ask(run), run.sampleIndex === 0 ? 2 : undefined), {
      reward: ({ trajectories }) => trajectories[0]!.responseText.length,
    });
    const [group] = await collect(tasks.slice(0, 1), { mode: 'train', seed: 1 });
    expect(group!.trajectories.map(({ turnScores }) => turnScores)).toEqual([[2], [1]]);
  });

  it('accounts for runs that crash, hang or say nothing, and keeps what they had', async () => {
    const { gateway, collect, statistics } = await start(
      async (run) => {
        if (run.task.id === 'x' && run.sampleIndex === 0) await ask(run);
        if (run.task.id === 'x') throw new Error('boom');
        if (run.sampleIndex === 0) await ask(run);
        // Heeds no signal.
        if (run.sampleIndex === 0) await new Promise(() => undefined);
      },
      { agentTimeoutMs: 300 },
    );
    // One that works, so that the collection is not for nothing.
    const fine: Task = { id: 'z', tag: 'test', messages: tasks[0]!.messages };
    const collecting = createGatewayCollector({
      ...{ gateway, groupSize: 1, sampling },
      runAgent: async (run) => void (await ask(run)),
    });
    expect((await collecting([fine], { mode: 'train', seed: 1 }))[0]!.trajectories).toHaveLength(1);
    await expect(collect(tasks, { mode: 'train', seed: 1 })).rejects.toMatchObject({
      kind: 'rollout',
      what: expect.stringMatching(/none of 4 runs.*1 took too long, 2 failed, 1 ended without/u) as string,
      where: 'the first: boom',
    });
    expect(statistics).toMatchObject([{ runs: 4, timedOut: 1, crashed: 2, silent: 1, calls: 2, usable: 0 }]);
    expect(gateway.load.sessions).toBe(0);
  });

  it('marks what failed and what is empty, beside runs that worked', async () => {
    const { collect } = await start(async (run) => {
      if (run.sampleIndex === 0) await ask(run);
      else throw new Error('boom');
    });
    const [group] = await collect(tasks.slice(0, 1), { mode: 'train', seed: 1 });
    expect(group!.trajectories[0]).not.toHaveProperty('failure');
    expect(group!.trajectories[1]).toMatchObject({
      sampleIndex: 1,
      failure: 'boom',
      responseText: '',
      stopReason: 'abort',
    });
    expect(group!.trajectories[1]!.tokens).toHaveLength(0);
  });

  it('says why calls were not answered', async () => {
    const { collect } = await start(async (run) => void (await ask(run)), {
      script: () => Promise.reject(new Error('the engine is out of order')),
    });
    await expect(collect(tasks, { mode: 'train', seed: 1 })).rejects.toMatchObject({
      where: 'the first: none of its 1 calls could be answered: the engine is out of order',
    });
  });

  it('tries again what failed before its first answer', async () => {
    const attempts: string[] = [];
    const { collect, statistics } = await start(
      async (run) => {
        attempts.push(run.attempt);
        if (!run.attempt.includes('retry')) throw new Error('no network yet');
        await ask(run);
      },
      { groupSize: 1, maxAttempts: 3 },
    );
    const [group] = await collect(tasks.slice(0, 1), { mode: 'train', seed: 1 });
    expect(attempts).toEqual(['0', '0-retry-1']);
    expect(group!.trajectories[0]).not.toHaveProperty('failure');
    expect(statistics).toMatchObject([{ retried: 1, finished: 1 }]);
  });

  it('ends its runs when it is aborted', async () => {
    const stop = new AbortController();
    const { gateway, collect } = await start(async (run) => {
      await ask(run);
      if (run.task.id === 'y' && run.sampleIndex === 1) stop.abort();
      await new Promise(() => undefined);
    });
    const groups = await collect(tasks, { mode: 'train', seed: 1, signal: stop.signal });
    expect(groups.flatMap(({ trajectories }) => trajectories.map(({ failure }) => failure))).toEqual(
      Array.from({ length: 4 }, () => 'aborted'),
    );
    expect(gateway.load).toEqual({ sessions: 0, calls: 0 });
  });
});

describe('agentCommand', () => {
  const program = async (source: string): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'rlloom-agent-'));
    folders.push(folder);
    await writeFile(join(folder, 'agent.mjs'), source);
    return join(folder, 'agent.mjs');
  };
  const call = `const ask = () => fetch(process.env.OPENAI_BASE_URL + '/chat/completions', {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.OPENAI_API_KEY },
    body: JSON.stringify({ messages: JSON.parse(process.env.RLLOOM_TASK).messages }) }).then((response) => response.json());`;

  it('runs a program that knows its endpoint, its task and where its reward goes', async () => {
    const file = await program(`${call}
      const { choices } = await ask();
      await fetch(process.env.RLLOOM_REWARD_URL, { method: 'POST', body: JSON.stringify({ reward: choices[0].message.content.length }),
        headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.OPENAI_API_KEY } });
      console.log('done');`);
    const output: string[] = [];
    const { collect } = await start(
      agentCommand({ command: process.execPath, args: [file], onOutput: (text) => output.push(text) }),
      { script: () => 'four', gateway: { token: 'sesame' }, groupSize: 1 },
    );
    const [group] = await collect(tasks.slice(0, 1), { mode: 'train', seed: 1 });
    expect(group!.trajectories).toMatchObject([{ turnScores: [4], responseText: 'four' }]);
    expect(output.join('')).toBe('done\n');
  });

  it('fails with what the program said last, and with what it could not start', async () => {
    const file = await program(`console.error('no such tool'); process.exit(3);`);
    const { collect } = await start(agentCommand({ command: process.execPath, args: [file] }));
    await expect(collect(tasks, { mode: 'train', seed: 1 })).rejects.toMatchObject({
      where: expect.stringContaining('the agent ended with exit code 3: no such tool') as string,
    });
    const { collect: collectNothing } = await start(agentCommand({ command: '/nowhere/agent' }));
    await expect(collectNothing(tasks, { mode: 'train', seed: 1 })).rejects.toMatchObject({
      where: expect.stringContaining('could not be started') as string,
    });
  });

  it('ends programs that hang, with those they started', async () => {
    const file = await program(`import { spawn } from 'node:child_process';
      process.on('SIGTERM', () => {});
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      console.log(child.pid);
      setInterval(() => {}, 1000);`);
    let printed = '';
    const run = agentCommand({
      command: process.execPath,
      args: [file],
      graceMs: 200,
      onOutput: (text) => (printed += text),
    });
    const stop = new AbortController();
    const ended = run({
      ...{
        task: tasks[0]!,
        baseUrl: 'http://localhost',
        apiKey: 'none',
        rewardUrl: 'http://localhost',
        rolloutId: 'r',
      },
      ...{ attempt: '0', mode: 'train', sampleIndex: 0, seed: 1, signal: stop.signal },
    });
    while (!printed.includes('\n')) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    await expect(ended).rejects.toThrow('SIGKILL');
    const isAlive = (): boolean => {
      try {
        return process.kill(Number(printed), 0);
      } catch {
        return false;
      }
    };
    while (isAlive()) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isAlive()).toBe(false);
  });
});
