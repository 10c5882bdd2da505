import { expect, it } from 'vitest';
import { typescriptToJavascript } from './typescript-to-javascript.ts';

it('takes types off', async () => {
  expect(await typescriptToJavascript('const x: number = 1;')).toEqual({ code: '"use strict";const x = 1;' });
});

it('says what is wrong', async () => {
  expect(await typescriptToJavascript('const x: = 1')).toEqual({
    problem: expect.stringContaining('(1:10)') as string,
  });
});

it('ends on code made to keep the parser busy, and works again after it', async () => {
  const busy = `${'<T>('.repeat(40)}a${')'.repeat(40)}`;
  expect(await typescriptToJavascript(busy)).toEqual({ problem: expect.stringContaining('timed out') as string });
  expect(await typescriptToJavascript('let y!: string;')).toEqual({ code: '"use strict";let y;' });
});
