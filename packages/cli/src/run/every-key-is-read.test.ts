import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTasks } from '@rlloom/data';
import { formatPath, trackReads, unreadKeys } from '@rlloom/config';
import { describe, expect, it } from 'vitest';
import { insideTinyRun } from '../testing/inside-tiny-run.ts';
import { runConfig } from '../run-config.ts';
import { batchArithmetic } from './batch-arithmetic.ts';
import { buildComponents } from './components.ts';
import { loadRunConfig } from './load-run-config.ts';
import { openRunDirectory, runDirectory } from './run-directory.ts';
import { train } from './train.ts';

const tiny = insideTinyRun();

// Read by the command around a run (console, health rules, report), or by parts this run does not have: environments
// are gone through below.
const readElsewhere = [
  /^model\.adapter\./,
  /^environment\.(?!type$)/,
  /^monitor\./,
  /^exp\.output_dir$/,
  /^rewards\.domains\./,
  /^data\.curriculum\./,
  /^rollout\.engine\.(?!name$)/,
  /^rollout\.(max_staleness|asynchronous\.|dynamic_sampling\.|buffer\.|custom_generation\.)/,
];

it('reads every key of the configuration: an option that nothing reads is a defect', async () => {
  const loaded = await loadRunConfig({
    configPath: 'config',
    configName: 'tiny',
    overrides: [
      'training_control.max_steps=2',
      'exp.name=tracked',
      'rewards.reward_clip={min: -1, max: 1}',
      'rewards.audit={file: rewards.audit}',
    ],
    workingDirectory: tiny.directory,
  });
  const { config, reads } = trackReads(loaded.config);
  batchArithmetic(config);
  const directory = runDirectory(join(tiny.directory, 'runs'), config.exp.name);
  await openRunDirectory(directory, 'new');
  const result = await train({
    config,
    directory,
    reporter: { name: 'silent' },
    signal: new AbortController().signal,
    resume: undefined,
    announce: () => undefined,
  });
  expect(result.status).toBe('finished');
  const unread = unreadKeys(runConfig, reads).filter((path) => !readElsewhere.some((pattern) => pattern.test(path)));
  expect(unread).toEqual([]);
}, 120_000);

const program = fileURLToPath(new URL('../../../environments/src/mcp/test-server.mjs', import.meta.url));
const ownTools = `const schema = { type: 'function', function: { name: 'own', description: 'd', parameters: { type: 'object' } } };
export default () => ({ schema, create: async () => ({ execute: async () => ({ content: '1' }) }) });
export const talk = () => ({ name: 'talk', start: async () => ({ generateResponse: async () => ({ done: true }) }) });`;

// The letters of the tiny model are digits and signs: what agents are told is written in them.
const shown = { answer_format: '{answer}' };
const environments: Readonly<Record<string, object>> = {
  single_turn: { type: 'single_turn' },
  tools: {
    type: 'multi_turn',
    tools: [
      { type: 'calculator' },
      { type: 'calc_gsm8k_reward' },
      { type: 'code_interpreter', isolation: 'quickjs', language: 'javascript' },
      { type: 'search', url: 'http://127.0.0.1:1/retrieve' },
      { type: 'mcp_stdio', command: process.execPath, args: [program], env: { WHO: 'me' }, only: ['add'] },
      { type: 'mcp_http', url: 'MCP_URL', headers: { 'x-from': 'a test' }, only: ['hang'] },
      { type: 'module', module: 'own.mjs' },
    ],
  },
  gsm8k: { type: 'multi_turn', interaction: { type: 'gsm8k' } },
  number_guess: { type: 'multi_turn', interaction: { type: 'number_guess' } },
  grid_world: { type: 'multi_turn', interaction: { type: 'grid_world' } },
  module: { type: 'multi_turn', interaction: { type: 'module', module: 'own.mjs', export: 'talk' } },
  debate: {
    type: 'debate',
    debaters: [{ name: 'one' }, { name: 'two' }],
    rebuttal: '{answers}',
    judge: { name: 'judge', prompt: '{answers}' },
    ...shown,
  },
  chain: {
    type: 'chain',
    links: [
      { name: 'solver', prompt: '{task}' },
      { name: 'checker', prompt: '{solver}=', accept_when: '=' },
    ],
  },
  mixture: {
    type: 'mixture',
    proposers: [{ name: 'one' }, { name: 'two' }],
    layers: 2,
    refinement: '{answers}',
    aggregator: { name: 'last', prompt: '{answers}' },
    ...shown,
  },
};

describe('environment', () => {
  const everyRead = new Set<string>();

  it.each(Object.entries(environments))('%s: reads every key that is written', async (_, environment) => {
    await writeFile(join(tiny.directory, 'own.mjs'), ownTools);
    const server = spawn(process.execPath, [program, 'http'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = (await once(server.stdout, 'data')) as [Buffer];
    const written = JSON.stringify(environment).replace('MCP_URL', `http://127.0.0.1:${port.toString().trim()}/mcp`);
    const loaded = await loadRunConfig({
      configPath: 'config',
      configName: 'tiny',
      overrides: [`environment=${written}`, 'rollout.max_prompt_length=24'],
      workingDirectory: tiny.directory,
    });
    const { config, reads } = trackReads(loaded.config);
    const components = await buildComponents(config, { say: () => undefined, signal: new AbortController().signal });
    const { tasks } = await readTasks([join(tiny.directory, 'eval.jsonl')]);
    await components.rewards.score(await components.collect(tasks.slice(0, 1), { mode: 'train', seed: 1 }));
    await components.close();
    server.kill();
    for (const path of reads) everyRead.add(path);
    expect(valuePaths(loaded.config.environment, ['environment']).filter((path) => !reads.has(path))).toEqual([]);
  });

  it.each([
    ['tool_format', '{type: multi_turn, tool_format: json}', 'environment.tools names none'],
    ['max_user_turns', '{type: multi_turn, max_user_turns: 2}', 'environment.interaction is null'],
    ['rebuttal', '{type: debate, debaters: [{name: one}], rounds: 1, rebuttal: again}', 'environment.rounds is 1'],
    ['refinement', '{type: mixture, proposers: [{name: one}], aggregator: {name: two}, refinement: x}', 'layers is 1'],
  ])('refuses %s where nothing reads it: %s', async (key, environment, because) => {
    const loading = loadRunConfig({
      configPath: 'config',
      configName: 'tiny',
      overrides: [`environment=${environment}`],
      workingDirectory: tiny.directory,
    });
    await expect(loading).rejects.toThrow(new RegExp(`environment\\.${key} .*has no effect, because .*${because}`));
  });

  it('has every key written in one of them', () => {
    expect(unreadKeys(runConfig, everyRead).filter((path) => path.startsWith('environment.'))).toEqual([]);
  });
});

// The paths of everything that is no group: a list of values is one.
function valuePaths(value: unknown, path: readonly string[]): string[] {
  const isGroup =
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((inner) => !Array.isArray(value) || typeof inner === 'object');
  return isGroup
    ? Object.entries(value).flatMap(([name, inner]) => valuePaths(inner, [...path, name]))
    : [formatPath(path)];
}
