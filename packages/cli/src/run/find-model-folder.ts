import { resolveModelFolder } from '@rlloom/models';
import { formatBytes } from '../format/quantities.ts';

/** Which model is meant, and who is told of a download. */
export interface ModelSource {
  /** A folder, or a model of the hub as `owner/name`. */
  readonly model: string;
  /** Of a model of the hub. Default `main`. */
  readonly revision?: string;
  readonly signal: AbortSignal;
  /** Told a line at a time. */
  readonly say: (line: string) => void;
}

/**
 * The folder of a model; one of the hub is downloaded into its cache first, with a line for each tenth of a file.
 *
 * @throws RlloomError `model`, `storage` or `interrupted`, as `resolveModelFolder` of `@rlloom/models`
 */
export async function findModelFolder({ model, revision = 'main', signal, say }: ModelSource): Promise<string> {
  let told = '';
  return resolveModelFolder(model, {
    revision,
    signal,
    onProgress: ({ file, fileBytes, fileTotalBytes, bytes, totalBytes }) => {
      const tenths = fileTotalBytes === 0 ? 10 : Math.floor((10 * fileBytes) / fileTotalBytes);
      if (told === `${file} ${tenths}`) return;
      told = `${file} ${tenths}`;
      say(
        `download: ${file} ${10 * tenths} % of ${formatBytes(fileTotalBytes)}, in all ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
      );
    },
  });
}
