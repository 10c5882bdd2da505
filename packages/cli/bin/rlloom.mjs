#!/usr/bin/env node
// Plain JavaScript and checked in, so that npm can link the command before the package is built, and so that an
// old Node gets a message instead of a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 11)) {
  process.stderr.write(`rlloom needs Node 20.11 or newer; this is Node ${process.versions.node}.\n`);
  process.stderr.write('  → install a current release from https://nodejs.org, then try again\n');
  process.exit(1);
}
const main = new URL('../dist/main.js', import.meta.url);
const { existsSync } = await import('node:fs');
if (!existsSync(main)) {
  process.stderr.write(
    'rlloom is not built in this clone.\n  → run "npm run build" (or "npm start") in the repository first\n',
  );
  process.exit(1);
}
await import(main.href);
