import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Task } from '@rlloom/spec';
import { testEnvironment } from '@rlloom/spec/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import { createEnvironment } from './create-environment.ts';
import { type EnvironmentConfig, environmentConfig } from './environment.config.ts';
import { codePoints, generationOf } from './testing/code-points.ts';

const task: Task = {
  id: 'a',
  tag: 'sum',
  messages: [{ role: 'user', content: '1+2=' }],
  groundTruth: { finalAnswer: '3' },
};
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-environments-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type OneAgent = Extract<EnvironmentConfig, { type: 'single_turn' | 'multi_turn' }>;
type Written = Extract<z.input<typeof environmentConfig>, { type: OneAgent['type'] }>;
const make = (config: Written) =>
  createEnvironment(environmentConfig.parse(config) as OneAgent, {
    ...{ tokenizer: codePoints, promptFormat: 'chat', maxPromptLength: 50, baseDirectory: folder },
  });
const firstAnswer = async (config: Written, text: string): Promise<string> => {
  const environment = await make(config);
  const episode = environment.createEpisode(task, { sampleIndex: 0, seed: 1 });
  await episode.start();
  const step = await episode.step(generationOf(text));
  await episode.close?.();
  await environment.close?.();
  return step.done ? '(done)' : codePoints.decode(step.observationTokens);
};
const call = (name: string, given: object): string =>
  `<tool_call>${JSON.stringify({ name, arguments: given })}</tool_call>`;

const [single, several] = await Promise.all([make({ type: 'single_turn' }), make({ type: 'multi_turn' })]);
testEnvironment('single_turn', () => ({ environment: single, task }));
testEnvironment('multi_turn', () => ({ environment: several, task }));

it('makes the tools a configuration names', async () => {
  const program = fileURLToPath(new URL('mcp/test-server.mjs', import.meta.url));
  const tools = [
    { type: 'calculator' as const },
    { type: 'calc_gsm8k_reward' as const },
    { type: 'code_interpreter' as const, isolation: 'quickjs' as const, language: 'javascript' as const },
    { type: 'mcp_stdio' as const, command: process.execPath, args: [program], only: ['add'] },
  ];
  const text = [
    call('calculator', { expression: '2*3' }),
    call('calc_gsm8k_reward', { answer: '3' }),
    call('code_interpreter', { code: 'console.log(7)' }),
    call('add', { a: 4, b: 5 }),
  ].join('');
  const answer = await firstAnswer({ type: 'multi_turn', tools }, text);
  expect(answer.split('[tool]').map((each) => each.replace('$', '').trim())).toEqual([
    '',
    '6',
    'Current parsed answer="3" reward=1.0',
    '7',
    '9[assistant]',
  ]);
});

it('makes the interaction a configuration names', async () => {
  expect(await firstAnswer({ type: 'multi_turn', interaction: { type: 'gsm8k' } }, '#### 4')).toContain('incorrect');
  expect(await firstAnswer({ type: 'multi_turn', interaction: { type: 'number_guess' } }, '0')).toContain('Guess');
  expect(await firstAnswer({ type: 'multi_turn', interaction: { type: 'grid_world' } }, 'x')).toContain('P');
});

it('loads tools and interactions of files', async () => {
  const file = join(folder, 'own.mjs');
  await writeFile(
    file,
    `const schema = { type: 'function', function: { name: 'shout', description: 'd', parameters: { type: 'object' } } };
export default (options) => ({ schema, create: async () => ({ execute: async () => ({ content: options.word }) }) });
export const talk = { name: 'talk', start: async () => ({ generateResponse: async () => ({ done: false, reply: 'hm' }) }) };
export const broken = 7;`,
  );
  const tools = [{ type: 'module' as const, module: 'own.mjs', options: { word: 'HEY' } }];
  const interaction = { type: 'module' as const, module: 'own.mjs', export: 'talk' };
  expect(await firstAnswer({ type: 'multi_turn', tools }, call('shout', {}))).toContain('[tool]HEY');
  expect(await firstAnswer({ type: 'multi_turn', interaction }, 'x')).toContain('[user]hm');
  await expect(
    make({ type: 'multi_turn', tools: [{ type: 'module', module: 'own.mjs', export: 'broken' }] }),
  ).rejects.toThrow(/own\.mjs: the export "broken" is not a tool/);
  await expect(make({ type: 'multi_turn', interaction: { ...interaction, options: { word: 'HO' } } })).rejects.toThrow(
    /own\.mjs: options are given, and the export "talk" is no function/,
  );
  await expect(make({ type: 'multi_turn', interaction: { type: 'module', module: 'none.mjs' } })).rejects.toThrow(
    /none\.mjs: the module cannot be used/,
  );
});

it('refuses two tools of one name', async () => {
  const tools = [{ type: 'calculator' as const }, { type: 'calculator' as const }];
  await expect(make({ type: 'multi_turn', tools })).rejects.toThrow(/two tools are called "calculator"/);
});
