import { readFileSync } from 'node:fs';

/** Beside `src` and `dist`, so that both find it. */
const folder = new URL('../../programs/', import.meta.url);

const texts = new Map<string, string>();

/** The text of a file below `programs`, read once per process. */
export function programFile(path: string): string {
  return once(path, () => readFileSync(new URL(path, folder), 'utf8'));
}

/** Import of a module of the same program. */
const ownImport = /^from \.(\w+) import (?:\([^)]*\)|.*)\n/gm;

/**
 * A Python program of several modules as one text, which can be sent to a sandbox and compiled in one piece: `main.py` of
 * a folder below `programs` after the modules it imports, each once, without the lines that import them. So a name at the
 * top of a module must not be that of another one.
 */
export function pythonProgram(name: string): string {
  return once(`${name}/`, () => {
    const modules = new Map<string, string>();
    const seen = new Set<string>();
    const add = (module: string): void => {
      if (seen.has(module)) return;
      seen.add(module);
      const text = programFile(`${name}/${module}.py`);
      for (const [, imported] of text.matchAll(ownImport)) add(imported!);
      modules.set(module, text.replace(ownImport, ''));
    };
    add('main');
    return [...modules.values()].join('\n');
  });
}

function once(key: string, make: () => string): string {
  const text = texts.get(key) ?? make();
  texts.set(key, text);
  return text;
}
