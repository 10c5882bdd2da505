import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { cacheRoot, nativeDirectory } from './native-directory.ts';
import { nativePlan, whyUnsupported } from './native-plan.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const linux = { platform: 'linux', arch: 'x64', glibc: '2.36' };

it('pins the wheel of the kind and machine', () => {
  expect(nativePlan('cpu', linux).wheel).toMatchObject({
    project: 'tensorflow-cpu',
    platformTag: 'manylinux_2_27_x86_64',
  });
  expect(nativePlan('gpu', linux).wheel).toMatchObject({ project: 'tensorflow', platformTag: 'manylinux_2_27_x86_64' });
  const mac = nativePlan('cpu', { platform: 'darwin', arch: 'arm64', glibc: undefined });
  expect(mac.wheel.libraries[0]).toBe('libtensorflow_cc.2.dylib');
});

it('refuses a machine that TensorFlow has no library for, and says what to take instead', () => {
  const windows = { platform: 'win32', arch: 'x64', glibc: undefined };
  expect(() => nativePlan('cpu', windows)).toThrow(/no TensorFlow cpu library for win32-x64.*\n.*--backend wasm/);
  expect(() => nativePlan('gpu', { ...linux, arch: 'arm64' })).toThrow(
    /no TensorFlow gpu library for linux-arm64.*\n.*webgpu/,
  );
});

it('wants the GNU C library 2.27 or newer on Linux', () => {
  expect(whyUnsupported('cpu', linux)).toBeUndefined();
  expect(whyUnsupported('cpu', { ...linux, glibc: '2.27' })).toBeUndefined();
  expect(whyUnsupported('cpu', { ...linux, glibc: '2.17' })).toMatch('here is 2.17');
  expect(whyUnsupported('cpu', { ...linux, glibc: undefined })).toMatch('here is another C library');
  expect(whyUnsupported('cpu', { platform: 'darwin', arch: 'arm64', glibc: undefined })).toBeUndefined();
});

it('caches in the given folder, else in RLLOOM_CACHE, else in the cache folder of the user', () => {
  vi.stubEnv('RLLOOM_CACHE', '/tmp/from-environment');
  expect(cacheRoot('/tmp/given')).toBe('/tmp/given');
  expect(cacheRoot()).toBe('/tmp/from-environment');
  vi.stubEnv('RLLOOM_CACHE', '');
  expect(cacheRoot()).toMatch(/rlloom/);
  const name = 'cpu-tf2.21.0-tfjs4.22.0-napi8-linux-x64';
  expect(nativeDirectory(nativePlan('cpu', linux), '/tmp/given')).toBe(join('/tmp/given', 'native', name));
});
