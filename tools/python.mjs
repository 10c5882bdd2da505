// Lints the Python programs that packages ship, and checks their format; `--write` mends the format.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';
import { packageFolders } from './workspace/packages.mjs';
import { root } from './workspace/run.mjs';

const ruff = new Workspace(
  {
    'line-length': 120,
    // What @rlloom/sandbox runs on.
    'target-version': 'py38',
    format: { 'quote-style': 'single' },
    lint: { select: ['A', 'B', 'E', 'F', 'I', 'W'], ignore: ['A001', 'A002', 'E501', 'E741'] },
  },
  PositionEncoding.Utf16,
);
const write = process.argv.includes('--write');
let problems = 0;
for (const file of pythonFiles()) {
  const text = readFileSync(file, 'utf8');
  const name = relative(root, file);
  for (const { code, message, start_location: at } of ruff.check(text)) {
    problems += 1;
    console.error(`${name}:${at.row}:${at.column} ${code ?? 'syntax'} ${message}`);
  }
  const formatted = ruff.format(text);
  if (formatted === text) continue;
  if (write) writeFileSync(file, formatted);
  else {
    problems += 1;
    console.error(`${name}: not formatted; \`node tools/python.mjs --write\` does it`);
  }
}
process.exitCode = problems === 0 ? 0 : 1;

function pythonFiles() {
  const folders = packageFolders().map((folder) => join(root, folder, 'programs'));
  return folders.filter(existsSync).flatMap((folder) => {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.filter((name) => name.endsWith('.py')).map((name) => join(folder, name));
  });
}
