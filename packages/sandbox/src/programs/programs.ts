import { readFileSync } from 'node:fs';

/** Beside `src` and `dist`, so that both find it. */
const folder = new URL('../../programs/', import.meta.url);

const texts = new Map<string, string>();

/** The text of a file below `programs`, read once per process. */
export function programFile(path: string): string {
  return once(path, () => readFileSync(new URL(path, folder), 'utf8'));
}

interface Language {
  /** A line that imports names of a module of the same program. */
  readonly ownImport: RegExp;
  /** A line that belongs to the module alone, not to the program. */
  readonly ownLine: RegExp;
}

const languages: Readonly<Record<string, Language>> = {
  py: { ownImport: /^from \.(\w+) import (?:\([^)]*\)|.*)\n/gm, ownLine: /(?!)/g },
  cjs: {
    ownImport: /^const \{[^}]*\} = require\('\.\/([\w-]+)\.cjs'\);\n/gm,
    ownLine: /^module\.exports = \{[^}]*\};\n/gm,
  },
};

/**
 * A program of several modules of one folder as one text, which a sandbox is sent in one piece: `path` after the modules
 * it imports, each once, without the lines that import and export. So they share one name space: a name at the top of a
 * module must not be that of another one, and what of the language's library they import is called the same everywhere.
 */
export function joinedProgram(path: string): string {
  return once(`${path} joined`, () => {
    const [directory, extension] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('.') + 1)];
    const { ownImport, ownLine } = languages[extension]!;
    const seen = new Set<string>();
    const modules: string[] = [];
    const add = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = programFile(file);
      for (const [, name] of text.matchAll(ownImport)) add(`${directory}/${name}.${extension}`);
      modules.push(text.replace(ownImport, '').replace(ownLine, ''));
    };
    add(path);
    return withoutRepeated(modules.join('\n'), /^const \w+ = require\('node:.*\n/gm);
  });
}

/** A constant cannot be declared twice. */
function withoutRepeated(text: string, line: RegExp): string {
  const seen = new Set<string>();
  return text.replace(line, (found) => (seen.has(found) ? '' : (seen.add(found), found)));
}

function once(key: string, make: () => string): string {
  const text = texts.get(key) ?? make();
  texts.set(key, text);
  return text;
}
