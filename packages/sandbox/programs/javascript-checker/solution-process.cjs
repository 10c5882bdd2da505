/** The process of the solution, as the tests have it: what is asked is answered, or the solution is gone. */

const path = require('node:path');
const v8 = require('node:v8');
const { spawn } = require('node:child_process');
const { openPipe } = require('./pipe.cjs');
const { job } = require('./report.cjs');

/** The solution ended, or speaks another language. */
class Gone extends Error {}

/** Whether it ended before it answered. */
let gone = false;

const modern = process.allowedNodeEnvironmentFlags.has('--permission');
const hostPath = path.resolve(job.host);
const flags = [modern ? '--permission' : '--experimental-permission', '--allow-fs-read=' + hostPath, '--no-warnings'];
const child = spawn(process.execPath, [...process.execArgv, ...flags, hostPath], {
  stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  env: process.env,
});
child.on('error', () => undefined);
child.unref();
for (const stream of child.stdio) stream?.on('error', () => undefined);
for (const stream of child.stdio) stream?.unref();
const output = child.stdio[3]?._handle?.fd;
const input = child.stdio[4]?._handle?.fd;
const { send, exactly } = openPipe({
  input,
  output,
  pauses: { first: 0.05, longest: 5, growth: 1.5 },
  ended: () => leave('the program ended before it answered'),
});

function leave(message) {
  gone = true;
  throw new Gone(message);
}

function isGone() {
  return gone;
}

function wasStarted() {
  return output !== undefined && input !== undefined;
}

function killSolution() {
  child.kill('SIGKILL');
}

function receive() {
  const size = exactly(4).readUInt32BE();
  if (size > 1 << 26) throw new Gone('the program sent too much');
  const data = exactly(size);
  try {
    return v8.deserialize(data);
  } catch {
    return leave('the program sent nonsense');
  }
}

/** Asks, answers what the solution asks meanwhile by `callBack(id, args)`, and returns the answer or throws its error. */
function exchange(message, callBack) {
  send(message);
  for (;;) {
    const answer = receive();
    if (typeof answer !== 'object' || answer === null) throw new Gone('the program sent nonsense');
    if ('value' in answer) return answer;
    if ('error' in answer) throw errorOf(answer.error);
    if (!('callback' in answer)) throw new Gone('the program sent nonsense');
    let reply;
    try {
      reply = { value: callBack(answer.callback, answer.args) };
    } catch (error) {
      if (error instanceof Gone) throw error;
      reply = { error: { name: error?.name, message: error?.message } };
    }
    send(reply);
  }
}

const errors = { TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };
const fromSolution = new WeakSet();

function errorOf({ name, message }) {
  const error = new (Object.hasOwn(errors, name) ? errors[name] : Error)(String(message));
  if (!Object.hasOwn(errors, name) && typeof name === 'string') error.name = name;
  fromSolution.add(error);
  return error;
}

module.exports = { Gone, exchange, fromSolution, isGone, killSolution, wasStarted };
