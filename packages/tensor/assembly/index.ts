export { adam } from './adam';
export { addRows, fill, gatherRows, stridedCopy } from './copy';
export { exponential } from './exponential';
export { gemm, gemmScratchBytes } from './gemm';
export { controlBytes, parallelGemm, work } from './parallel-gemm';
export { sum, sumOfSquares } from './sum';
