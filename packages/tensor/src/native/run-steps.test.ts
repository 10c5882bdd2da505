import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ProvisionStep } from './provision-progress.ts';
import { runSteps, type Step } from './run-steps.ts';

let work = '';
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'rlloom-steps-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

/** A step that writes its input, after what the step before wrote. */
function appends(name: ProvisionStep, input: string, before?: ProvisionStep): Step {
  return {
    name,
    message: name,
    inputs: input,
    run: async ({ output, folderOf }) => {
      const earlier = before === undefined ? '' : await readFile(join(folderOf(before), 'text'), 'utf8');
      await writeFile(join(output, 'text'), earlier + input);
    },
  };
}

async function states(steps: readonly Step[]): Promise<string[]> {
  const seen: string[] = [];
  await runSteps(steps, work, ({ step, state }) => seen.push(`${step} ${state}`));
  return seen;
}

const textOf = (name: string): Promise<string> => readFile(join(work, name, 'text'), 'utf8');

it('runs each step once and reuses it afterwards', async () => {
  const steps = [appends('packages', 'a'), appends('libraries', 'b', 'packages')];
  expect(await states(steps)).toEqual([
    'packages started',
    'packages finished',
    'libraries started',
    'libraries finished',
  ]);
  expect(await textOf('libraries')).toBe('ab');
  expect(await states(steps)).toEqual(['packages reused', 'libraries reused']);
});

it('runs a step again when its inputs or those of a step before it have changed', async () => {
  await states([appends('packages', 'a'), appends('libraries', 'b', 'packages')]);
  const changed = await states([appends('packages', 'a'), appends('libraries', 'c', 'packages')]);
  expect(changed).toEqual(['packages reused', 'libraries started', 'libraries finished']);
  expect(await textOf('libraries')).toBe('ac');
  expect(await states([appends('packages', 'x'), appends('libraries', 'c', 'packages')])).not.toContain(
    'libraries reused',
  );
  expect(await textOf('libraries')).toBe('xc');
});

it('runs a step again when one of its files is gone, shorter or new', async () => {
  const steps = [appends('packages', 'abc')];
  const again = ['packages started', 'packages finished'];
  await states(steps);
  await rm(join(work, 'packages', 'text'));
  expect(await states(steps)).toEqual(again);
  await writeFile(join(work, 'packages', 'text'), 'ab');
  expect(await states(steps)).toEqual(again);
  await writeFile(join(work, 'packages', 'other'), '');
  expect(await states(steps)).toEqual(again);
  expect(await readdir(join(work, 'packages'))).toEqual(['finished.json', 'text']);
});

it('leaves nothing of a step that failed and keeps those before it', async () => {
  const fails: Step = {
    ...appends('libraries', 'b'),
    run: async ({ output }) => {
      await writeFile(join(output, 'half'), '');
      throw new Error('cut off');
    },
  };
  await expect(states([appends('packages', 'a'), fails])).rejects.toThrow('cut off');
  expect(await states([appends('packages', 'a'), appends('libraries', 'b')])).toEqual([
    'packages reused',
    'libraries started',
    'libraries finished',
  ]);
  expect((await readdir(work)).sort()).toEqual(['libraries', 'packages']);
});

it('takes a folder without a readable stamp for unfinished', async () => {
  await mkdir(join(work, 'packages'));
  await writeFile(join(work, 'packages', 'finished.json'), '{"fingerprint":');
  expect(await states([appends('packages', 'a')])).toEqual(['packages started', 'packages finished']);
  expect(await textOf('packages')).toBe('a');
});
