import { expect, it } from 'vitest';
import { toolVersion } from './tool-version.ts';

it('takes the first program that is there', async () => {
  expect(await toolVersion('rlloom-no-such-program', process.execPath)).toBe(`${process.execPath}: ${process.version}`);
});

it('answers undefined when none is there', async () => {
  expect(await toolVersion('rlloom-no-such-program')).toBeUndefined();
  expect(await toolVersion()).toBeUndefined();
});
