/**
 * The checker of JavaScript solutions: this process runs the tests, a second one the solution, and they speak by pipes, as
 * in the checker of Python. Functions and objects of the solution are proxies here: their values are fetched and compared
 * in this process, so the solution never learns what they are compared with. The second process has Node's permission
 * model on: it reads no file but its own, so not the memory of this one, and starts no process.
 *
 * Input (stdin): JSON `{ nonce, solution, tests, stop, host }`, where `host` is the file of the second process, see
 * `host.cjs`. Output: lines as those of the checker of Python.
 */

const assert = require('node:assert');
const { job, say } = require('./report.cjs');
const { compile } = require('./scope.cjs');
const { Gone, exchange, fromSolution, isGone, killSolution, wasStarted } = require('./solution-process.cjs');

let rejection;
process.on('unhandledRejection', (error) => (rejection ??= error));

/** Runs a case and tells how it went. Returns whether to go on. */
async function attempt(index, test) {
  try {
    rejection = undefined;
    await test();
    await new Promise((resolve) => setImmediate(resolve));
    if (rejection !== undefined) throw rejection;
    if (isGone()) throw new Gone('the program ended before it answered');
  } catch (error) {
    if (isGone() || error instanceof Gone) {
      say('case', index, 'ended', error?.message);
      return false;
    }
    const failed = error instanceof assert.AssertionError && !fromSolution.has(error);
    const text = failed ? firstLines(error.message) : error?.name + ': ' + error?.message;
    say('case', index, failed ? 'failed' : 'error', text.slice(0, 1000));
    return !job.stop;
  }
  say('case', index, 'passed', '');
  return true;
}

function firstLines(message) {
  const lines = String(message).split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .slice(0, 8)
    .join('\n');
}

async function main() {
  let compiled;
  try {
    compiled = job.tests.map(compile);
  } catch (error) {
    return say('broken', 'the tests do not compile: ' + error.message);
  }
  if (!wasStarted()) return say('broken', 'no second process could be started');
  try {
    exchange({ op: 'load', code: job.solution });
  } catch (error) {
    if (isGone()) return say('ended', 'the program ended while it was loaded');
    return say('unloaded', error.name + ': ' + error.message);
  }
  say('loaded');
  for (const [index, test] of compiled.entries()) if (!(await attempt(index, test))) break;
  say('done');
}

main().finally(() => {
  killSolution();
  process.exit(0);
});
