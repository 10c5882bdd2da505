import { type Origin, defaultOrigin } from './origin.ts';
import type { PathSegments } from './config-path.ts';

/** A configuration before validation: snake_case keys, and on every node where it was set. */
export type ConfigTree = ConfigMap | ConfigList | ConfigScalar;

/** Keys and values; `replaces` = takes the place of an inherited map instead of being merged into it. */
export interface ConfigMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, ConfigTree>;
  readonly origin: Origin;
  readonly replaces?: boolean;
}

/** A list; lists are never merged. */
export interface ConfigList {
  readonly kind: 'list';
  readonly items: readonly ConfigTree[];
  readonly origin: Origin;
}

/** Text, number, boolean or null. `removes` = takes an inherited key away. */
export interface ConfigScalar {
  readonly kind: 'scalar';
  readonly value: unknown;
  readonly origin: Origin;
  readonly removes?: boolean;
}

/**
 * `over` laid on `base`: maps are merged key by key, anything else takes the place of what was there (also `null`,
 * also a list). Replaced values remember where they had been set.
 */
export function mergeTrees(base: ConfigTree, over: ConfigTree): ConfigTree {
  if (base.kind !== 'map' || over.kind !== 'map' || over.replaces === true) return overriding(over, base.origin);
  const entries = new Map(base.entries);
  for (const [key, value] of over.entries) {
    const inherited = entries.get(key);
    if (isRemoval(value) && inherited !== undefined) entries.delete(key);
    else entries.set(key, inherited === undefined ? value : mergeTrees(inherited, value));
  }
  return { kind: 'map', entries, origin: over.origin };
}

/** The node at `path`, if there is one. */
export function treeAt(tree: ConfigTree, path: PathSegments): ConfigTree | undefined {
  let node: ConfigTree | undefined = tree;
  for (const segment of path) node = node === undefined ? undefined : child(node, segment);
  return node;
}

/** The tree with `value` at `path`; missing maps on the way are made. `undefined` takes the key or list entry away. */
export function withTreeAt(tree: ConfigTree, path: PathSegments, value: ConfigTree | undefined): ConfigTree {
  const [head, ...rest] = path;
  if (head === undefined) return value ?? tree;
  const inner = child(tree, head);
  if (value === undefined && inner === undefined) return tree;
  const next = rest.length === 0 ? value : withTreeAt(inner ?? emptyMap(value?.origin), rest, value);
  if (tree.kind === 'list') {
    const items = [...tree.items];
    if (next === undefined) items.splice(Number(head), 1);
    else items[Number(head)] = next;
    return { ...tree, items };
  }
  const entries = new Map(tree.kind === 'map' ? tree.entries : []);
  if (next === undefined) entries.delete(head);
  else entries.set(head, next);
  return tree.kind === 'map' ? { ...tree, entries } : { kind: 'map', entries, origin: tree.origin };
}

/** The values alone, as plain data. */
export function plainValue(tree: ConfigTree): unknown {
  switch (tree.kind) {
    case 'map':
      return Object.fromEntries([...tree.entries].map(([key, value]) => [key, plainValue(value)]));
    case 'list':
      return tree.items.map(plainValue);
    case 'scalar':
      return tree.value;
  }
}

/** Plain data as a tree in which every node has the same origin. */
export function treeOf(value: unknown, origin: Origin): ConfigTree {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => treeOf(item, origin)), origin };
  if (typeof value === 'object' && value !== null) {
    const entries = new Map(Object.entries(value).map(([key, item]) => [key, treeOf(item, origin)]));
    return { kind: 'map', entries, origin };
  }
  return { kind: 'scalar', value, origin };
}

/** A map without keys. */
export function emptyMap(origin: Origin = defaultOrigin): ConfigMap {
  return { kind: 'map', entries: new Map(), origin };
}

/** Whether the node is a `!remove`; one that found nothing to remove stays in the tree, to be reported. */
export function isRemoval(node: ConfigTree): boolean {
  return node.kind === 'scalar' && node.removes === true;
}

function child(tree: ConfigTree, segment: string): ConfigTree | undefined {
  if (tree.kind === 'map') return tree.entries.get(segment);
  return tree.kind === 'list' && /^\d+$/.test(segment) ? tree.items[Number(segment)] : undefined;
}

function overriding(over: ConfigTree, overrides: Origin): ConfigTree {
  return over.origin.kind === 'default' ? over : { ...over, origin: { ...over.origin, overrides } };
}
