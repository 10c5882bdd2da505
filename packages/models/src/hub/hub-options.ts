/** How far a download is. */
export interface DownloadProgress {
  /** The model, `owner/name`. */
  readonly model: string;
  /** The file that is arriving. */
  readonly file: string;
  /** Bytes of it that are here. */
  readonly fileBytes: number;
  readonly fileTotalBytes: number;
  /** Bytes of all files that are here, those from before among them. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** Where a model of the Hugging Face hub comes from. The defaults are those of Python's `huggingface_hub`. */
export interface HubOptions {
  /** Branch, tag or commit. Default `main`. */
  readonly revision?: string;
  /** Default `$HF_HUB_CACHE`, else `$HF_HOME/hub`, else `~/.cache/huggingface/hub`: shared with Python. */
  readonly cacheDirectory?: string;
  /** Default `$HF_ENDPOINT`, else `https://huggingface.co`. */
  readonly endpoint?: string;
  /** Default `$HF_TOKEN`, else the token file that `hf auth login` writes; `null` sends none. */
  readonly token?: string | null;
  /** Use only what is in the cache. Default: whether `$HF_HUB_OFFLINE` is 1. */
  readonly offline?: boolean;
  /** Told of every piece that arrives. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Ends the download; what has arrived is kept and the next one goes on from there. */
  readonly signal?: AbortSignal;
  /** Environment variables. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}
