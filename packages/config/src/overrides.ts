import { type ConfigTree, mergeTrees, treeAt, treeOf, withTreeAt } from './config-tree.ts';
import { formatPath, readPath } from './config-path.ts';
import { findKey } from './find-key.ts';
import type { Origin } from './origin.ts';
import type { ConfigProblem } from './problem.ts';
import type { Schema } from './schema-shape.ts';
import { parseYamlValue } from './yaml-file.ts';

/** A tree after overrides, with those that could not be applied. */
export interface OverrideResult {
  readonly tree: ConfigTree;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Applies command-line overrides in order: `key.path=value` (the value is YAML; a map is merged, as in a file),
 * `+key.path=value` for an entry that is not there yet, `~key.path` to take an inherited value away.
 */
export function applyOverrides(schema: Schema, tree: ConfigTree, overrides: readonly string[]): OverrideResult {
  const problems: ConfigProblem[] = [];
  let current = tree;
  for (const text of overrides) {
    const result = applyOverride(schema, current, text);
    if ('problem' in result) problems.push(result.problem);
    else current = result.tree;
  }
  return { tree: current, problems };
}

type Applied = { readonly tree: ConfigTree } | { readonly problem: ConfigProblem };

function applyOverride(schema: Schema, tree: ConfigTree, text: string): Applied {
  const origin: Origin = { kind: 'command-line', text };
  const sign = /^[+~]/.exec(text)?.[0];
  const { segments: path, rest } = readPath(sign === undefined ? text : text.slice(1));
  const fail = (what: string, fix: string): Applied => ({
    problem: { path: path === undefined ? text : formatPath(path), origin, what, fix },
  });
  const isRemoval = sign === '~';
  if (path === undefined || (isRemoval ? rest !== '' : !rest.startsWith('='))) {
    return fail('not an override', 'write key.path=value, +key.path=value for a new entry, or ~key.path to remove one');
  }
  if (isRemoval) {
    if (treeAt(tree, path) === undefined) return fail('there is nothing to remove', 'leave the override out');
    return { tree: withTreeAt(tree, path, undefined) };
  }

  const written = rest.slice(1);
  let value: ConfigTree;
  try {
    value = parseYamlValue(written, origin);
  } catch (error) {
    const [message] = String(error instanceof Error ? error.message : error).split('\n');
    return fail(`the value is not valid YAML: ${message}`, `put it in quotes: ${formatPath(path)}='"…"'`);
  }
  const found = findKey(schema, { tree, path, origin });
  if (found.status === 'unknown') return { problem: found.problem };
  if (found.status === 'exists' && sign === '+') {
    return fail('this key exists already', `drop the +: ${formatPath(path)}=${written}`);
  }
  if (found.status === 'new' && sign !== '+') {
    return fail('there is no such entry yet', `to add it, write +${formatPath(path)}=${written}`);
  }
  // A record or list that so far only has a default gets it written out, so that changing one entry keeps the others.
  let next = tree;
  for (const { at, value: fallback } of found.fallbacks) {
    if (treeAt(next, at) === undefined) next = withTreeAt(next, at, treeOf(fallback, { kind: 'default' }));
  }
  const before = treeAt(next, path);
  return { tree: withTreeAt(next, path, before === undefined ? value : mergeTrees(before, value)) };
}
