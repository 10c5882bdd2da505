import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Programs of these names on the PATH and in the system's folders, in that order. */
export async function programPaths(names: readonly string[]): Promise<string[]> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/bin', '/usr/bin', '/bin'];
  const found = new Set<string>();
  for (const name of names) {
    for (const folder of folders.filter((path) => path.startsWith('/'))) {
      const path = join(folder, name);
      const exists = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (exists) found.add(path);
    }
  }
  return [...found];
}
