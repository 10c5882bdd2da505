import { expect, it } from 'vitest';
import { formatSections, formatTable } from './sections.ts';

it('aligns labels across sections, keeps lines of a value together and leaves empty sections out', () => {
  const lines = formatSections([
    {
      title: 'One',
      rows: [
        ['a', '1'],
        ['long label', '2\n3'],
      ],
    },
    { title: 'Empty', rows: [] },
    { title: 'Two', rows: [['b', '4']] },
  ]);
  expect(lines).toEqual(['One', '  a           1', '  long label  2', '              3', '', 'Two', '  b           4']);
});

it('formats nothing as nothing', () => {
  expect(formatSections([])).toEqual([]);
});

it('lines up a table without borders, numbers to the right, wide characters by their width', () => {
  expect(
    formatTable(
      ['token', 'log-prob'],
      [
        ['日本', '-0.5'],
        ['a', '-12.25'],
      ],
      [1],
    ),
  ).toEqual(['token  log-prob', '日本       -0.5', 'a        -12.25']);
});
