/** Rows and columns of the matrices whose product shows what the cores can compute. */
export const gemmSize = 1024;
/** Numbers of the array whose copy shows what the memory can move: more than the caches hold. */
export const copySize = 2 ** 25;
