// `npm run check`: everything that must hold before a change goes in. `npm run check -- lint docs` runs only
// those steps. Every step runs even after a failure, so that one run shows all there is to mend.
import { examplesWithScript, packageFolders } from './workspace/packages.mjs';
import { npm, run } from './workspace/run.mjs';

const bin = (script, ...args) => ['node', `node_modules/${script}`, ...args];
const nx = (...args) => bin('nx/dist/bin/nx.js', ...args);
const runMany = (target) => nx('run-many', '--target', target, '--outputStyle=stream-without-prefixes');

/** Step name → commands, each of which must succeed. */
const steps = {
  format: [bin('@biomejs/biome/bin/biome', 'format', '.')],
  sync: [nx('sync:check')],
  lint: [runMany('lint'), bin('eslint/bin/eslint.js', 'tools'), ['node', 'tools/python.mjs']],
  typecheck: [runMany('typecheck'), bin('typescript/bin/tsc', '--build', 'tools', 'examples')],
  build: [runMany('build')],
  packages: packageFolders().flatMap((folder) => [
    bin('publint/src/cli.js', folder, '--strict'),
    bin('@arethetypeswrong/cli/dist/index.js', '--pack', folder, '--profile', 'esm-only', '--quiet'),
  ]),
  unused: [bin('knip/bin/knip.js')],
  docs: [bin('typedoc/bin/typedoc')],
  algorithms: [npm('run', '--silent', 'algorithms', '--', '--check')],
  test: [['node', 'tools/test.mjs']],
  smoke: examplesWithScript('smoke').map((folder) => npm('run', '--silent', 'smoke', '--workspace', folder)),
  conformance: [npm('run', '--silent', 'conformance', '--', '--fixtures', 'tools/fixtures')],
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(steps, name));
if (unknown.length > 0) {
  console.error(`unknown step ${unknown.join(', ')}; the steps are ${Object.keys(steps).join(', ')}`);
  process.exit(2);
}

const rows = [];
for (const [name, commands] of Object.entries(steps)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n=== ${name}`);
  const started = Date.now();
  const codes = [];
  for (const command of commands) codes.push(await run(command));
  // A step without a command would pass by doing nothing.
  const passed = codes.length > 0 && codes.every((code) => code === 0);
  rows.push({ name, passed, seconds: (Date.now() - started) / 1000 });
}

console.log('');
for (const { name, passed, seconds } of rows) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s`);
}
process.exit(rows.every((row) => row.passed) ? 0 : 1);
