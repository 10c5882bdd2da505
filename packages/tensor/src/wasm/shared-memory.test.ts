import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { kernelsBinary } from './kernels-binary.ts';
import { withSharedMemory } from './shared-memory.ts';
import { webAssembly } from './web-assembly.ts';

const tfjs = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));

it.each([
  ['that declares its memory', () => readFileSync(join(tfjs, 'tfjs-backend-wasm-simd.wasm'))],
  ['that imports it', () => Buffer.from(kernelsBinary, 'base64')],
])('changes one byte of a module %s, and back', (_, read) => {
  const module = Uint8Array.from(read());
  const [shared, own] = [withSharedMemory(module, true), withSharedMemory(module, false)] as [Uint8Array, Uint8Array];
  expect([webAssembly.validate(shared), webAssembly.validate(own)]).toEqual([true, true]);
  expect(shared.filter((byte, i) => byte !== own[i])).toHaveLength(1);
  expect(withSharedMemory(shared, false)).toEqual(own);
  expect(withSharedMemory(own, true)).toEqual(shared);
});

it('gives up on a module without such a memory', () => {
  const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
  expect(withSharedMemory(empty, true)).toBeUndefined();
  // A memory of one page without a maximum.
  expect(withSharedMemory(Uint8Array.of(...empty, 5, 3, 1, 0, 1), true)).toBeUndefined();
});
