export { describeBackends, testBackends } from './describe-backends.ts';
export { expectNoLeaks } from './expect-no-leaks.ts';
export { expectTensorClose } from './expect-tensor-close.ts';
export { peakBytes } from './peak-bytes.ts';
