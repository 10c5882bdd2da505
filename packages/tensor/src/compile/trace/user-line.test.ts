import { expect, it } from 'vitest';
import { userLine } from './user-line.ts';

function lineOf(...frames: string[]): string | undefined {
  const error = new Error('here');
  error.stack = ['Error: here', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return userLine(error);
}

it('finds the first line that is neither of tfjs, nor of this package, nor of the engine', () => {
  const inside = [
    'Object.kernelFunc (/home/me/node_modules/@tensorflow/tfjs-node/dist/kernels/Add.js:27:24)',
    'Engine.Engine.runKernel (/home/me/tfjs-core/src/engine.ts:573:17)',
    'step (/home/me/node_modules/tslib/tslib.es6.js:102:23)',
    'new Promise (<anonymous>)',
    'process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
    'traceFunction (file:///home/me/node_modules/@rlloom/tensor/dist/compile/trace/trace-function.js:8:3)',
  ];
  expect(lineOf(...inside, 'forward (/home/me/model.ts:3:7)', 'main (/home/me/main.ts:9:1)')).toBe(
    '/home/me/model.ts:3:7',
  );
  expect(lineOf(...inside)).toBe(undefined);
});

it("counts functions without a name as the user's, in every form that Node prints them", () => {
  expect(lineOf('/home/me/model.ts:3:7')).toBe('/home/me/model.ts:3:7');
  expect(lineOf('file:///home/me/model.ts:3:7')).toBe('/home/me/model.ts:3:7');
  // With source maps.
  expect(lineOf('<anonymous> (/home/me/model.ts:3:7)')).toBe('/home/me/model.ts:3:7');
  expect(lineOf('async <anonymous> (file:///home/me/model.ts:3:7)')).toBe('/home/me/model.ts:3:7');
});
