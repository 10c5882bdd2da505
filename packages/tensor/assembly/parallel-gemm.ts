// Matrix products by several threads on the same memory. One job at a time: the main thread writes it down, opens the
// gate, and takes blocks like everyone else, so a thread that wakes late or is paused costs speed, never correctness.
// Blocks are disjoint parts of C and have the same values whoever computes them.

import { gemm, gemmBlock } from './gemm';

// Words of the control block.
/** Rises by one with every job; workers sleep on it. */
const GENERATION: usize = 0;
/** 1 while the job may be worked on. */
const GATE: usize = 4;
/** Workers inside the gate. */
const INSIDE: usize = 8;
/** The next block to be taken. */
const NEXT: usize = 12;
const BLOCKS: usize = 16;
/** What is split: batches, rows or columns, and how many make a block. */
const SPLIT: usize = 20;
const BLOCK_SIZE: usize = 24;
const BATCH: usize = 28;
const M: usize = 32;
const N: usize = 36;
const K: usize = 40;
const A: usize = 44;
const A_STRIDE: usize = 48;
const TRANSPOSE_A: usize = 52;
const B: usize = 56;
const B_STRIDE: usize = 60;
const TRANSPOSE_B: usize = 64;
const C: usize = 68;

const SPLIT_BATCHES: i32 = 0;
const SPLIT_ROWS: i32 = 1;
const SPLIT_COLUMNS: i32 = 2;

/** Bytes of the control block, which starts as zeros. */
export function controlBytes(): i32 {
  return 128;
}

/** `gemm` with the help of the workers that wait at `control`; `threads` counts them and the caller. */
export function parallelGemm(
  batch: i32, m: i32, n: i32, k: i32,
  a: usize, aBatchStride: i32, transposeA: bool,
  b: usize, bBatchStride: i32, transposeB: bool,
  c: usize, scratch: usize, control: usize, threads: i32,
): void {
  // Four blocks per thread even out what each gets; multiples of 32 keep tiles whole and packing small beside the work.
  const split = batch >= threads ? SPLIT_BATCHES : m >= n ? SPLIT_ROWS : SPLIT_COLUMNS;
  const extent = split == SPLIT_BATCHES ? batch : split == SPLIT_ROWS ? m : n;
  const wanted = (extent + threads * 4 - 1) / (threads * 4);
  const size = split == SPLIT_BATCHES ? wanted : max((wanted + 31) & ~31, 32);
  const repeats = split == SPLIT_BATCHES ? 1 : batch;
  for (let i = 0; i < repeats; i++) {
    store<i32>(control, split, SPLIT);
    store<i32>(control, size, BLOCK_SIZE);
    store<i32>(control, (extent + size - 1) / size, BLOCKS);
    store<i32>(control, batch, BATCH);
    store<i32>(control, m, M);
    store<i32>(control, n, N);
    store<i32>(control, k, K);
    store<usize>(control, a, A);
    store<i32>(control, aBatchStride, A_STRIDE);
    store<i32>(control, transposeA, TRANSPOSE_A);
    store<usize>(control, b, B);
    store<i32>(control, bBatchStride, B_STRIDE);
    store<i32>(control, transposeB, TRANSPOSE_B);
    store<usize>(control, c, C);
    atomic.store<i32>(control, 0, NEXT);
    atomic.store<i32>(control, 1, GATE);
    atomic.add<i32>(control, 1, GENERATION);
    atomic.notify(control + GENERATION, -1);
    takeBlocks(control, scratch);
    // Whoever comes after this finds the gate closed; whoever was inside before is waited for.
    atomic.store<i32>(control, 0, GATE);
    for (;;) {
      const inside = atomic.load<i32>(control, INSIDE);
      if (inside == 0) break;
      atomic.wait<i32>(control + INSIDE, inside, 100000);
    }
    a += <usize>aBatchStride << 2;
    b += <usize>bBatchStride << 2;
    c += <usize>(m * n) << 2;
  }
}

/** The life of a worker: sleep until there is a job, help, sleep again. Does not return. */
export function work(control: usize, scratch: usize): void {
  let seen = 0;
  for (;;) {
    const generation = atomic.load<i32>(control, GENERATION);
    if (generation == seen) {
      atomic.wait<i32>(control + GENERATION, seen, -1);
      continue;
    }
    seen = generation;
    atomic.add<i32>(control, 1, INSIDE);
    if (atomic.load<i32>(control, GATE) == 1) takeBlocks(control, scratch);
    if (atomic.sub<i32>(control, 1, INSIDE) == 1) atomic.notify(control + INSIDE, 1);
  }
}

function takeBlocks(control: usize, scratch: usize): void {
  const blocks = load<i32>(control, BLOCKS);
  const split = load<i32>(control, SPLIT);
  const size = load<i32>(control, BLOCK_SIZE);
  const batch = load<i32>(control, BATCH);
  const m = load<i32>(control, M);
  const n = load<i32>(control, N);
  const k = load<i32>(control, K);
  const a = load<usize>(control, A);
  const aStride = load<i32>(control, A_STRIDE);
  const transposeA = <bool>load<i32>(control, TRANSPOSE_A);
  const b = load<usize>(control, B);
  const bStride = load<i32>(control, B_STRIDE);
  const transposeB = <bool>load<i32>(control, TRANSPOSE_B);
  const c = load<usize>(control, C);
  for (;;) {
    const block = atomic.add<i32>(control, 1, NEXT);
    if (block >= blocks) return;
    const start = block * size;
    if (split == SPLIT_BATCHES) {
      const count = min(size, batch - start);
      const atA = a + (<usize>(start * aStride) << 2);
      const atB = b + (<usize>(start * bStride) << 2);
      gemm(count, m, n, k, atA, aStride, transposeA, atB, bStride, transposeB, c + (<usize>(start * m * n) << 2), scratch);
    } else if (split == SPLIT_ROWS) {
      gemmBlock(start, min(m, start + size), 0, n, m, n, k, a, transposeA, b, transposeB, c, scratch);
    } else {
      gemmBlock(0, m, start, min(n, start + size), m, n, k, a, transposeA, b, transposeB, c, scratch);
    }
  }
}
