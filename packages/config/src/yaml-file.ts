import { readFile } from 'node:fs/promises';
import { RlloomError } from '@rlloom/spec';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type ConfigMap, type ConfigTree, emptyMap, mergeTrees } from './config-tree.ts';
import type { Origin } from './origin.ts';

/**
 * Reads a YAML file into a tree that knows the line and column of every key. Anchors, aliases and merge keys (`<<`)
 * work; `!replace` before a map and `!remove` as a value change how the file is laid on what it inherits.
 *
 * @throws RlloomError `config` when the file is missing, is not YAML, or is not a map
 */
export async function readYamlFile(file: string): Promise<ConfigMap> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new RlloomError('config', {
      what: 'this configuration file cannot be read',
      where: file,
      fix: 'check the path, and that you may read the file',
      cause,
    });
  }
  return parseYaml(text, file);
}

/** The tree of a YAML text; `file` is the name that positions carry. */
function parseYaml(text: string, file: string): ConfigMap {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, keepSourceTokens: false, logLevel: 'silent' });
  if (document.errors.length > 0) {
    const list = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return `${file}:${line}:${col}: ${error.message.split(' at line ')[0]}`;
    });
    throw new RlloomError('config', {
      what: `not valid YAML\n${list.map((line) => `  ${line}`).join('\n')}`,
      where: file,
      fix: 'correct the lines above',
    });
  }
  const place = (node: Node | null): Origin => {
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
    return { kind: 'file', file, line, column: col };
  };
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return emptyMap({ kind: 'file', file, line: 1, column: 1 });
  }
  const tree = yamlTree(document, { place, origin: place(document.contents) });
  if (tree.kind === 'map') return tree;
  throw new RlloomError('config', {
    what: 'a configuration file holds keys and values',
    where: file,
    fix: 'write lines like "exp:" and "  name: first_run"',
  });
}

/** The tree of a YAML text in which every node has the same origin: a value on the command line. */
export function parseYamlValue(text: string, origin: Origin): ConfigTree {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return yamlTree(document, { place: () => origin, origin });
}

interface Context {
  readonly place: (node: Node | null) => Origin;
  readonly origin: Origin;
}

function yamlTree(document: Document.Parsed, context: Context): ConfigTree {
  const open = new Set<Node>();
  return convert(document.contents, context.origin);

  function convert(node: Node | null, origin: Origin): ConfigTree {
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined || open.has(target)) throw loop(origin);
      return convert(target, origin);
    }
    if (isMap<Node, Node | null>(node)) {
      open.add(node);
      const entries = new Map<string, ConfigTree>();
      let merged: ConfigTree = emptyMap(origin);
      for (const { key, value } of node.items) {
        const keyOrigin = context.place(key);
        const name = isScalar(key) ? String(key.value) : String(key);
        if (name === '<<') merged = mergeSources(convert(value, keyOrigin), merged);
        else entries.set(name, convert(value, keyOrigin));
      }
      open.delete(node);
      const own: ConfigMap = { kind: 'map', entries, origin, ...(node.tag === '!replace' && { replaces: true }) };
      if (merged.kind !== 'map' || merged.entries.size === 0) return own;
      return { ...own, entries: new Map([...merged.entries, ...own.entries]) };
    }
    if (isSeq<Node | null>(node)) {
      open.add(node);
      const items = node.items.map((item) => convert(item, context.place(item)));
      open.delete(node);
      return { kind: 'list', items, origin };
    }
    if (isScalar(node) && node.tag === '!remove') return { kind: 'scalar', value: null, origin, removes: true };
    return { kind: 'scalar', value: isScalar(node) ? node.value : null, origin };
  }
}

// `<<: [a, b]`: of a key in both, the first map's value counts.
function mergeSources(source: ConfigTree, into: ConfigTree): ConfigTree {
  const sources = source.kind === 'list' ? source.items : [source];
  return sources.reduce((all, next) => mergeTrees(next, all), into);
}

function loop(origin: Origin): RlloomError {
  return new RlloomError('config', {
    what: 'this alias refers to a map or list it is part of',
    where: origin.kind === 'file' ? `${origin.file}:${origin.line}:${origin.column}` : 'command line',
    fix: 'write the values out',
  });
}
