import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeTrees, plainValue, treeAt, treeOf, withTreeAt } from './config-tree.ts';

const base = { kind: 'file', file: 'base.yaml', line: 1, column: 1 } as const;
const over = { kind: 'command-line', text: 'a=1' } as const;
const group = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(fc.integer(), fc.array(fc.integer()), fc.dictionary(fc.constantFrom('a', 'b'), fc.integer())),
);

it('merging with nothing, or with itself, changes no value', () => {
  fc.assert(
    fc.property(group, (value) => {
      const tree = treeOf(value, base);
      expect(plainValue(mergeTrees(treeOf({}, base), tree))).toEqual(plainValue(tree));
      expect(plainValue(mergeTrees(tree, treeOf({}, over)))).toEqual(plainValue(tree));
      expect(plainValue(mergeTrees(tree, treeOf(value, over)))).toEqual(plainValue(tree));
    }),
  );
});

it('merges three levels alike, whichever two come first', () => {
  const [x, y, z] = [treeOf({ g: { p: 1, q: 1 } }, base), treeOf({ g: { p: 2 } }, base), treeOf({ g: { r: 3 } }, over)];
  expect(plainValue(mergeTrees(mergeTrees(x, y), z))).toEqual({ g: { p: 2, q: 1, r: 3 } });
  expect(plainValue(mergeTrees(x, mergeTrees(y, z)))).toEqual({ g: { p: 2, q: 1, r: 3 } });
});

it('remembers what a value took the place of', () => {
  const merged = mergeTrees(treeOf({ a: 1 }, base), treeOf({ a: 2 }, over));
  expect(treeAt(merged, ['a'])?.origin).toEqual({ ...over, overrides: base });
});

it('sets and takes away in maps and lists, leaving the original as it was', () => {
  const tree = treeOf({ a: { list: [1, 2, 3] } }, base);
  expect(plainValue(withTreeAt(tree, ['a', 'list', '1'], treeOf(9, over)))).toEqual({ a: { list: [1, 9, 3] } });
  expect(plainValue(withTreeAt(tree, ['a', 'list', '1'], undefined))).toEqual({ a: { list: [1, 3] } });
  expect(plainValue(withTreeAt(tree, ['b', 'c'], treeOf(1, over)))).toEqual({ a: { list: [1, 2, 3] }, b: { c: 1 } });
  expect(plainValue(withTreeAt(tree, ['b', 'c'], undefined))).toEqual({ a: { list: [1, 2, 3] } });
  expect(plainValue(tree)).toEqual({ a: { list: [1, 2, 3] } });
});
