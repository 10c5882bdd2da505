/** A kind of file. */
export interface FrameFormat {
  /** What errors call such a file, e.g. `audit log`. */
  readonly name: string;
  /** First bytes of the file: its kind, and the version of its layout. */
  readonly magic: Uint8Array;
}

/** What is left of frames whose writing was cut short. */
export interface TornTail {
  readonly file: string;
  /** Where the last whole frame ends. */
  readonly offset: number;
  /** Bytes after it, which are ignored. */
  readonly droppedBytes: number;
}
