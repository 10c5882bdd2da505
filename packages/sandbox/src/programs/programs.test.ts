import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { programFile, pythonProgram } from './programs.ts';

const folder = fileURLToPath(new URL('../../programs/', import.meta.url));
const programs = ['checker'];

test('a program holds its modules once, and no line that imports them', () => {
  const text = pythonProgram('checker');
  expect(text).not.toMatch(/^from \./m);
  expect(text.match(/^def encode\(/gm)).toHaveLength(1);
  expect(text.indexOf('class Handle')).toBeLessThan(text.indexOf('class Checker'));
  expect(pythonProgram('checker')).toBe(text);
});

test.each(programs)('%s uses every module of its folder', (program) => {
  const text = pythonProgram(program);
  for (const name of readdirSync(`${folder}${program}`).filter((file) => file.endsWith('.py'))) {
    const [heading = ''] = programFile(`${program}/${name}`).split('\n\n');
    expect(text).toContain(heading);
  }
});

test.each(programs)('no two modules of %s give the same name to something', (program) => {
  const names = [...pythonProgram(program).matchAll(/^(?:def|class) (\w+)|^(\w+) = /gm)].map(
    (found) => found[1] ?? found[2],
  );
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
