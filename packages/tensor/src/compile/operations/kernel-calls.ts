import { elementwiseCalls } from './kernel-calls/elementwise-calls.ts';
import { imageCalls } from './kernel-calls/image-calls.ts';
import type { KernelCall } from './kernel-calls/kernel-call.ts';
import { shapeCalls } from './kernel-calls/shape-calls.ts';

/** Calls that run every kernel of tfjs-node, in the forms worth telling apart: what tests of compiling go through. */
export const kernelCalls: readonly KernelCall[] = [...elementwiseCalls, ...shapeCalls, ...imageCalls];
