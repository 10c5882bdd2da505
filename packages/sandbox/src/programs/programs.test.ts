import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { expect, test } from 'vitest';
import { joinedProgram, programFile } from './programs.ts';

const folder = fileURLToPath(new URL('../../programs/', import.meta.url));
const programs = [
  'supervisor/main.py',
  'python-checker/main.py',
  'javascript-checker/main.cjs',
  'javascript-checker/host.cjs',
];

test('a program holds its modules once, and no line that imports them', () => {
  const text = joinedProgram('python-checker/main.py');
  expect(text).not.toMatch(/^from \./m);
  expect(text.match(/^def encode\(/gm)).toHaveLength(1);
  expect(text.indexOf('class Handle')).toBeLessThan(text.indexOf('class Checker'));
  expect(joinedProgram('python-checker/main.py')).toBe(text);
});

test('of JavaScript, what Node has is imported once', () => {
  const text = joinedProgram('javascript-checker/main.cjs');
  expect(text).not.toMatch(/require\('\.|module\.exports =/);
  expect(text.match(/^const v8 = require\('node:v8'\);$/gm)).toHaveLength(1);
  expect(() => new Script(text)).not.toThrow();
});

test('every module is used', () => {
  const text = [...programs.map(joinedProgram), programFile('supervisor/boot.py')].join('\n');
  for (const directory of new Set(programs.map((path) => path.slice(0, path.indexOf('/'))))) {
    for (const file of readdirSync(`${folder}${directory}`).filter((name) => /\.(py|cjs)$/.test(name))) {
      const [first = ''] = programFile(`${directory}/${file}`).split('\n\n');
      expect(text, `${directory}/${file}`).toContain(first);
    }
  }
});

test.each(programs)('no two modules of %s give the same name to something', (program) => {
  const text = joinedProgram(program);
  const declared = [...text.matchAll(/^(?:async )?(?:def|class|function\*?|const|let) (\w+)|^(\w+) = /gm)];
  const names = declared.map(([, first, second]) => first ?? second);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
