import { readdir, stat } from 'node:fs/promises';
import { RlloomError } from '@rlloom/spec';

/** What `rlloom inspect` can look into. */
export type PathKind = 'run' | 'model' | 'data' | 'trajectories' | 'audit';

/**
 * Says what a path holds, by the files in a folder or the name of a file.
 *
 * @throws RlloomError `data` where there is nothing, or nothing we know
 */
export async function pathKind(path: string): Promise<PathKind> {
  const info = await stat(path).catch((error: unknown) => {
    throw new RlloomError('data', {
      what: 'there is nothing to inspect',
      where: path,
      fix: 'check the path',
      cause: error,
    });
  });
  if (!info.isDirectory()) {
    if (/\.jsonl?(\.gz)?$/i.test(path)) return 'data';
    if (/\.(msgpack|trajectories)$/i.test(path)) return 'trajectories';
    if (/\.audit$/i.test(path)) return 'audit';
    throw unknown(path, 'this is none of .json, .jsonl (also .gz), .msgpack and .audit');
  }
  const names = new Set(await readdir(path));
  if (names.has('metrics.jsonl') || names.has('checkpoints') || names.has('config.yaml')) return 'run';
  if (names.has('config.json')) return 'model';
  throw unknown(path, `this folder has neither config.yaml or metrics.jsonl (a run) nor config.json (a model)`);
}

function unknown(path: string, what: string): RlloomError {
  return new RlloomError('data', {
    what,
    where: path,
    fix: 'give a run folder, a model folder, a data file, a trajectory file or an audit log',
  });
}
