import { expect, it } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { describeBackends } from '../testing/describe-backends.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { tf } from '../tf.ts';
import { measureBackend } from './measure-backend.ts';
import { missingKernels, programKernels } from './missing-kernels.ts';

describeBackends('diagnostics', () => {
  it('finds no kernel missing', () => {
    expect(missingKernels()).toEqual([]);
  });

  it('measures a positive speed and leaves nothing behind', async () => {
    let speed: Awaited<ReturnType<typeof measureBackend>> | undefined;
    await expectNoLeaks(async () => {
      speed = await measureBackend();
    });
    expect(speed?.gflops).toBeGreaterThan(0);
    expect([256, 512, 1024]).toContain(speed?.matrixSize);
    expect(speed?.microsecondsPerOperation).toBeGreaterThan(0);
  });
});

it('names a kernel that is missing', async () => {
  await selectBackend({ backend: 'cpu' });
  const config = tf.getKernel('Cumsum', 'cpu');
  tf.unregisterKernel('Cumsum', 'cpu');
  expect(missingKernels()).toEqual(['Cumsum']);
  tf.registerKernel(config);
});

it('lists each kernel once, by a name tfjs knows', () => {
  expect([...new Set(programKernels)]).toEqual(programKernels);
  expect(programKernels.filter((name) => !(Object.values(tf) as unknown[]).includes(name))).toEqual([]);
});
