import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspace/run.mjs';
import type { Scope } from './compile-example.ts';
import { exportedNames } from './exported-names.ts';
import { type DocumentedExample, extractExamples } from './extract-examples.ts';

/** Every documented example of the repository, with what it may use without importing it. */
export function findExamples(): { readonly example: DocumentedExample; readonly scope: Scope }[] {
  const packages = entries('packages').map((name) => join('packages', name));
  // Whoever reads about a tensor function knows where `tf` comes from.
  const tensors = new Map([['tf', join(root, 'packages/tensor/src/index.ts')]]);
  const sources = packages.flatMap((folder) => {
    const index = join(folder, 'src', 'index.ts');
    const shared = existsSync(join(root, index)) ? scopeOf(index) : new Map<string, string>();
    return typescriptFiles(join(folder, 'src')).flatMap((file) =>
      examplesOf(file).map((example) => ({ example, scope: new Map([...tensors, ...shared, ...scopeOf(file)]) })),
    );
  });
  const documents = [
    '.',
    'docs',
    'docs/guides',
    'docs/algorithms',
    ...packages,
    ...entries('examples').map((name) => join('examples', name)),
  ];
  const prose = documents.flatMap((folder) =>
    entries(folder)
      .filter((name) => name.endsWith('.md'))
      .flatMap((name) => examplesOf(join(folder, name)))
      .map((example) => ({ example, scope: new Map<string, string>() })),
  );
  return [...sources, ...prose];
}

function examplesOf(file: string): DocumentedExample[] {
  return extractExamples(file, readFileSync(join(root, file), 'utf8'));
}

function scopeOf(file: string): Map<string, string> {
  const path = join(root, file);
  return new Map(exportedNames(path).map((name) => [name, path]));
}

function typescriptFiles(folder: string): string[] {
  return entries(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name));
}

function entries(folder: string, { recursive = false } = {}): string[] {
  const path = join(root, folder);
  return existsSync(path) && statSync(path).isDirectory()
    ? readdirSync(path, { recursive, encoding: 'utf8' }).sort()
    : [];
}
