import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { missingWebgpuPackages } from './webgpu-packages.ts';

it('finds packages in the folder and above', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rlloom-webgpu-'));
  try {
    const inner = join(folder, 'project');
    for (const path of [
      join(inner, 'node_modules/webgpu'),
      join(folder, 'node_modules/@tensorflow/tfjs-backend-webgpu'),
    ]) {
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'package.json'), '{}');
    }
    expect(missingWebgpuPackages(inner)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
