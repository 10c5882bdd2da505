import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { RlloomError, toStorageError } from '@rlloom/spec';
import writeFileAtomic from 'write-file-atomic';
import { Document, isMap, type YAMLMap } from 'yaml';
import { explainConfig } from './explain.ts';
import { fileKeys } from './inherit.ts';
import type { LoadedConfig } from './load-config.ts';
import { writtenValues } from './written-values.ts';

/**
 * Saves a resolved configuration: every value, inherited and default ones too, in a file that `loadConfig` reads to
 * the same configuration. The list `from_defaults` at its end says which values nobody had set, so that a rule about
 * keys that were set stays silent about them.
 *
 * @throws RlloomError `storage` when it cannot be written; `unexpected` when the schema transforms values, so that the
 * file would not read back to the same configuration
 */
export async function writeConfig<Config>(loaded: LoadedConfig<Config>, file: string): Promise<void> {
  const again = await loaded.schema.safeParseAsync(loaded.config);
  if (!again.success || !isDeepStrictEqual(again.data, loaded.config)) {
    throw new RlloomError('unexpected', {
      what: 'this schema changes values as it validates them, so its configurations cannot be saved and read again',
      where: file,
      fix: 'validate in the schema, and transform where the value is used',
    });
  }
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, configText(loaded));
  } catch (error) {
    throw toStorageError(error, file);
  }
}

/** The text `writeConfig` writes. */
export function configText<Config>(loaded: LoadedConfig<Config>): string {
  const values = writtenValues(loaded.schema, loaded.config) as Readonly<Record<string, unknown>>;
  const unset = explainConfig(loaded).filter(({ origin }) => origin.kind === 'default');
  const document = new Document({ ...values, [fileKeys.unset]: unset.map(({ path }) => path) });
  document.commentBefore = ' The resolved configuration of this run, as rlloom saved it.';
  if (isMap(document.contents)) separateGroups(document.contents);
  return document.toString({ lineWidth: 0 });
}

function separateGroups(contents: YAMLMap): void {
  for (const { key } of contents.items.slice(1)) {
    if (typeof key === 'object' && key !== null) (key as { spaceBefore?: boolean }).spaceBefore = true;
  }
}
