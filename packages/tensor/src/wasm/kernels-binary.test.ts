import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileKernels, kernelsFile } from '../../assembly/compile.mjs';
import { kernelsBinary } from './kernels-binary.ts';

it('holds what the sources in assembly/ compile to', async () => {
  const text = await compileKernels();
  expect(readFileSync(kernelsFile, 'utf8') === text, 'run "npm run build:kernels -w @rlloom/tensor"').toBe(true);
});

it('has no data of its own: the memory belongs to tfjs', () => {
  // Sections are (id, length in LEB128, content) after the eight bytes of magic and version; 11 is data.
  const bytes = Buffer.from(kernelsBinary, 'base64');
  const sections: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    sections.push(bytes[at++] as number);
    let [length, shift] = [0, 0];
    for (;;) {
      const byte = bytes[at++] as number;
      length |= (byte & 127) << shift;
      shift += 7;
      if (byte < 128) break;
    }
    at += length;
  }
  expect(sections).toContain(10);
  expect(sections).not.toContain(11);
});
