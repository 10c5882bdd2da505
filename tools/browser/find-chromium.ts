import { spawnSync } from 'node:child_process';

const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * The Chromium of this machine: what the environment variable `CHROMIUM` names, else one at its usual place that
 * starts. (On Ubuntu a stand-in lies there that only says where to get the real one.)
 */
export function findChromium(): string | undefined {
  return process.env['CHROMIUM'] || usual.find((path) => spawnSync(path, ['--version']).status === 0);
}
