// `npm run algorithms` writes docs/algorithms from the doc comments of packages/core; with `--check` it says which
// files are not what it would write, and fails.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { selectBackend } from '@rlloom/tensor';
import { root } from '../workspace/run.mjs';
import { kinds } from './kinds.ts';
import { policyLossFigures } from './policy-loss-figures.ts';
import { preferenceLossFigures } from './preference-loss-figures.ts';
import { type Algorithm, readCatalogue } from './read-catalogue.ts';
import { renderIndex, renderPage } from './render-page.ts';

const folder = 'docs/algorithms';

async function files(): Promise<Map<string, string>> {
  await selectBackend({ backend: 'cpu' });
  const catalogue = readCatalogue('packages/core/src/catalogue/index.ts');
  const unlisted = [...catalogue.keys()].filter((map) => !kinds.some((kind) => kind.map === map));
  if (unlisted.length > 0) throw new Error(`kinds.ts has no page for ${unlisted.join(', ')}`);
  const bare = undocumented(catalogue);
  if (bare.length > 0) throw new Error(`without a doc comment: ${bare.join(', ')}`);
  const pages = kinds.map((kind) => ({ kind, algorithms: catalogue.get(kind.map) ?? [] }));
  const plots = { policy: await policyLossFigures(), pairs: await preferenceLossFigures() };
  const written = new Map([['README.md', renderIndex(pages)]]);
  for (const { kind, algorithms } of pages) {
    const own = kind.plot === undefined ? new Set<string>() : new Set(plots[kind.plot].keys());
    written.set(kind.file, renderPage(kind, algorithms, own));
  }
  for (const [name, svg] of [...plots.policy, ...plots.pairs]) written.set(`plots/${name}.svg`, svg);
  return written;
}

function undocumented(catalogue: ReadonlyMap<string, readonly Algorithm[]>): string[] {
  return [...catalogue.values()]
    .flat()
    .flatMap(({ functionName, description, examples, parameters }) => [
      ...(description === '' ? [functionName] : []),
      ...(examples.length === 0 ? [`${functionName} (no example)`] : []),
      ...parameters.flatMap(({ properties }) =>
        properties
          .filter(({ description: about, byDefault }) => about === '' && byDefault === '')
          .map(({ name }) => `${functionName} ${name}`),
      ),
    ]);
}

function committed(): string[] {
  const path = join(root, folder);
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1));
}

function check(wanted: ReadonlyMap<string, string>): string[] {
  const read = (name: string) => {
    try {
      return readFileSync(join(root, folder, name), 'utf8');
    } catch {
      return undefined;
    }
  };
  const stale = [...wanted].filter(([name, text]) => read(name) !== text).map(([name]) => name);
  return [...stale, ...committed().filter((name) => !wanted.has(name))];
}

const wanted = await files();
if (process.argv.includes('--check')) {
  const stale = check(wanted);
  if (stale.length > 0) {
    console.error(`${folder} is not what \`npm run algorithms\` writes: ${stale.join(', ')}`);
    process.exitCode = 1;
  } else {
    console.log(`${folder}: ${wanted.size} files are up to date`);
  }
} else {
  rmSync(join(root, folder), { recursive: true, force: true });
  for (const [name, text] of wanted) {
    const path = join(root, folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  console.log(`${folder}: ${wanted.size} files written`);
}
