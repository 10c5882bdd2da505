// `npm run models-table` writes docs/models.md: what each model folder of the fixtures holds against transformers.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkModelFolder } from '@rlloom/models/testing';
import { selectBackend } from '@rlloom/tensor';
import { root } from '../workspace/run.mjs';
import { modelTable } from './model-table.ts';

const fixtures = join(root, 'tools/fixtures/models');
const { name: backend } = await selectBackend({ backend: 'wasm' });
const rows = [];
for (const folder of readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  rows.push({ folder: folder.name, results: await checkModelFolder(join(fixtures, folder.name)) });
}
writeFileSync(join(root, 'docs/models.md'), modelTable(rows, backend));
console.log(`docs/models.md: ${rows.length} folders`);
