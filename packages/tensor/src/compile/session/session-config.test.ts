import { expect, it } from 'vitest';
import { encodeSessionConfig } from './session-config.ts';

const bytes = (config: Parameters<typeof encodeSessionConfig>[0]): number[] => [...encodeSessionConfig(config)];

// A field is its number shifted by 3 and how it is coded (0 a number, 2 a message with its length), then the value.
it('writes what is asked for, as TensorFlow reads it', () => {
  expect(bytes({})).toEqual([]);
  expect(bytes({ growGpuMemory: false, findXlaClusters: false })).toEqual([]);
  expect(bytes({ interOpThreads: 3 })).toEqual([5 << 3, 3, 9 << 3, 1]);
  expect(bytes({ growGpuMemory: true })).toEqual([(6 << 3) | 2, 2, 4 << 3, 1]);
  expect(bytes({ keepsGraph: true })).toEqual([(10 << 3) | 2, 5, (10 << 3) | 2, 3, ((19 << 3) & 127) | 128, 1, 1]);
  expect(bytes({ findXlaClusters: true })).toEqual([(10 << 3) | 2, 6, (3 << 3) | 2, 4, 5 << 3, 1, 7 << 3, 1]);
});
