import { access } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { parsePath } from './config-path.ts';
import { type ConfigMap, type ConfigTree, mergeTrees, plainValue, treeAt, withTreeAt } from './config-tree.ts';
import { defaultOrigin, formatPosition } from './origin.ts';
import { readYamlFile } from './yaml-file.ts';

/** A file with everything it inherits. */
export interface InheritedConfig {
  readonly tree: ConfigTree;
  /** Every file that was read, ancestors first. */
  readonly files: readonly string[];
}

/** Keys of a file that speak about the file and are no settings. */
export const fileKeys = { inherits: 'defaults', unset: 'from_defaults' } as const;

/**
 * Reads `file` and the files its `defaults` list names, theirs too: later entries are laid on earlier ones, the file
 * itself on all of them. Names are relative to the file that holds them, without `.yaml`, else to `baseDirectory`.
 *
 * @throws RlloomError `config` for a missing file or a cycle, with the chain that leads to it
 */
export async function readInherited(file: string, baseDirectory?: string): Promise<InheritedConfig> {
  const files: string[] = [];
  return { tree: await read(file, []), files };

  async function read(path: string, chain: readonly string[]): Promise<ConfigTree> {
    if (chain.includes(path)) {
      throw new RlloomError('config', {
        what: 'these files inherit from one another in a circle',
        where: [...chain, path].join(' → '),
        fix: 'take one of them out of the other\'s "defaults"',
      });
    }
    const own = await readYamlFile(path);
    let tree: ConfigTree = { kind: 'map', entries: new Map(), origin: own.origin };
    for (const name of inheritedNames(own)) {
      const parent = await find(name, path, chain);
      tree = mergeTrees(tree, await read(parent, [...chain, path]));
    }
    if (!files.includes(path)) files.push(path);
    return mergeTrees(tree, settings(own));
  }

  async function find(name: string, from: string, chain: readonly string[]): Promise<string> {
    const fileName = /\.ya?ml$/.test(name) ? name : `${name}.yaml`;
    const candidates = isAbsolute(fileName)
      ? [fileName]
      : [join(dirname(from), fileName), ...(baseDirectory === undefined ? [] : [join(baseDirectory, fileName)])];
    for (const candidate of candidates) {
      if (await exists(candidate)) return candidate;
    }
    throw new RlloomError('config', {
      what: `"${name}" is inherited, but there is no such file (looked for ${candidates.join(' and ')})`,
      where: [...chain, from].join(' → '),
      fix: 'correct "defaults": names are relative to the file that holds them, without .yaml',
    });
  }
}

function inheritedNames(own: ConfigMap): string[] {
  const node = own.entries.get(fileKeys.inherits);
  if (node === undefined) return [];
  const value = plainValue(node);
  const names: unknown[] = Array.isArray(value) ? value : value === null ? [] : [value];
  return names.map((name) => {
    if (typeof name === 'string' && name !== '') return name;
    throw new RlloomError('config', {
      what: `"${fileKeys.inherits}" lists the files to inherit from, got ${JSON.stringify(name)}`,
      where: formatPosition(node.origin),
      fix: 'write e.g. defaults: [base, ../common/model]',
    });
  });
}

// What the file sets, without the keys about itself. A saved configuration says which of its values nobody had set.
function settings(own: ConfigMap): ConfigTree {
  const entries = new Map(own.entries);
  entries.delete(fileKeys.inherits);
  entries.delete(fileKeys.unset);
  let tree: ConfigTree = { ...own, entries };
  const unset = own.entries.get(fileKeys.unset);
  for (const path of unset?.kind === 'list' ? unset.items.map((item) => parsePath(String(plainValue(item)))) : []) {
    const node = treeAt(tree, path);
    if (node !== undefined) tree = withTreeAt(tree, path, { ...node, origin: defaultOrigin });
  }
  return tree;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
