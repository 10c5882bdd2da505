import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { commandError } from './command-error.ts';
import { fileDigest } from './file-digest.ts';
import type { FoundTool } from './find-tools.ts';
import { listFiles } from './list-files.ts';
import { type PinnedWheel, wheelPython } from './pinned-versions.ts';
import { lastLines, runCommand } from './run-command.ts';
import type { Step } from './run-steps.ts';

/** The name the wheel has in its step's folder. */
export const wheelFile = 'tensorflow.whl';

/** The step that downloads the wheel with the user's pip settings; pip takes no file with another digest than the pinned one. */
export function fetchWheelStep(wheel: PinnedWheel, pip: FoundTool): Step {
  return {
    name: 'wheel',
    message: `downloading ${wheel.project} ${wheel.version} with pip`,
    inputs: wheel,
    run: async ({ output, report }) => {
      const temporary = join(output, 'pip');
      await mkdir(temporary);
      const watch = setInterval(
        () => void bytesBelow(temporary).then((bytes) => report(Math.min(bytes, wheel.bytes), wheel.bytes), ignore),
        500,
      );
      try {
        await pipDownload(wheel, pip, temporary);
      } finally {
        clearInterval(watch);
      }
      const [found] = (await readdir(temporary)).filter((name) => name.endsWith('.whl'));
      await rename(join(temporary, found ?? wheelFile), join(output, wheelFile));
      await rm(temporary, { recursive: true });
      const sha256 = await fileDigest(join(output, wheelFile), 'sha256');
      if (sha256 !== wheel.sha256) throw wrongChecksum(wheel, `its sha256 is ${sha256}`);
    },
  };
}

async function pipDownload(wheel: PinnedWheel, pip: FoundTool, folder: string): Promise<void> {
  const { project, version, platformTag, sha256 } = wheel;
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${project}==${version} --hash=sha256:${sha256}\n`);
  const [program, ...args] = pip.command;
  const target = [
    '--python-version',
    wheelPython,
    '--implementation',
    'cp',
    '--abi',
    `cp${wheelPython.replace('.', '')}`,
  ];
  const result = await runCommand(
    program,
    [
      ...[
        ...args,
        'download',
        '--no-deps',
        '--require-hashes',
        '--no-cache-dir',
        '--progress-bar',
        'off',
        '--disable-pip-version-check',
      ],
      ...[
        '--only-binary',
        ':all:',
        '--platform',
        platformTag,
        ...target,
        '--dest',
        folder,
        '--requirement',
        requirements,
      ],
    ],
    // pip downloads into the temporary folder first: here it can be watched, and goes when the step is cut off.
    { env: { TMPDIR: folder } },
  );
  if (result.code === 0) return;
  if (/DO NOT MATCH THE HASHES/i.test(result.stderr)) throw wrongChecksum(wheel, lastLines(result));
  throw commandError(result, {
    what: `pip could not download ${project} ${version} for ${platformTag}`,
    fix: `check the network and the package index ("${pip.command.join(' ')} config list"), then run the same command again: it goes on where it stopped`,
  });
}

function wrongChecksum({ project, version, sha256 }: PinnedWheel, found: string): RlloomError {
  return new RlloomError('backend', {
    what: `the wheel of ${project} ${version} is not the file it should be: expected sha256 ${sha256}; ${found}`,
    where: 'rlloom setup',
    fix: 'check which package index pip uses ("python3 -m pip config list"); it or a proxy serves a changed file',
  });
}

async function bytesBelow(folder: string): Promise<number> {
  const files = await listFiles(folder);
  return files.reduce((sum, file) => sum + file.bytes, 0);
}

// Files come and go while pip works; the next look is in half a second.
function ignore(): void {}
