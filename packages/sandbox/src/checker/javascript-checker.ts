/**
 * The checker of JavaScript solutions: this process runs the tests, a second one the solution, and they speak by pipes,
 * as in `pythonChecker`. Functions and objects of the solution are proxies here: their values are fetched and compared in
 * this process, so the solution never learns what they are compared with. The second process has Node's permission model
 * on: it reads no file but its own, so not the memory of this one, and starts no process.
 *
 * Input (stdin): JSON `{ nonce, solution, tests, stop, host }`, where `host` is the file of `javascriptHost`. Output:
 * lines as those of the Python checker.
 */
export const javascriptChecker = String.raw`
const fs = require('node:fs');
const v8 = require('node:v8');
const path = require('node:path');
const { spawn } = require('node:child_process');

const { nonce, solution, tests, stop, host } = JSON.parse(fs.readFileSync(0, 'utf8'));
const MARK = '\u0000rlloom';

function say(word, ...fields) {
  const text = [nonce, word, ...fields.map((field) => Buffer.from(String(field)).toString('hex') || '-')].join(' ');
  fs.writeSync(1, text + '\n');
}

class Gone extends Error {}
let gone = false;

const modern = process.allowedNodeEnvironmentFlags.has('--permission');
const hostPath = path.resolve(host);
const flags = [modern ? '--permission' : '--experimental-permission', '--allow-fs-read=' + hostPath, '--no-warnings'];
const child = spawn(process.execPath, [...process.execArgv, ...flags, hostPath], {
  stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  env: process.env,
});
child.on('error', () => undefined);
child.unref();
for (const stream of child.stdio) stream?.on('error', () => undefined);
for (const stream of child.stdio) stream?.unref();
const outFd = child.stdio[3]?._handle?.fd;
const inFd = child.stdio[4]?._handle?.fd;
const cell = new Int32Array(new SharedArrayBuffer(4));

function patiently(work) {
  for (let wait = 0.05; ; wait = Math.min(wait * 1.5, 5)) {
    try {
      return work();
    } catch (error) {
      if (error.code !== 'EAGAIN') {
        gone = true;
        throw new Gone('the program ended before it answered');
      }
      Atomics.wait(cell, 0, 0, wait);
    }
  }
}

function send(message) {
  const body = v8.serialize(message);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  let data = Buffer.concat([head, body]);
  while (data.length > 0) data = data.subarray(patiently(() => fs.writeSync(outFd, data)));
}

function receive() {
  const size = exactly(4).readUInt32BE();
  if (size > 1 << 26) throw new Gone('the program sent too much');
  try {
    return v8.deserialize(exactly(size));
  } catch {
    gone = true;
    throw new Gone('the program sent nonsense');
  }
}

function exactly(size) {
  const data = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const count = patiently(() => fs.readSync(inFd, data, at, size - at));
    if (count === 0) {
      gone = true;
      throw new Gone('the program ended before it answered');
    }
    at += count;
  }
  return data;
}

const handles = new Map();
const idOf = new WeakMap();
const callbacks = [];
const fromSolution = new WeakSet();
const newNames = [...tests.join('\n').matchAll(/\bnew\s+([A-Za-z_$][\w$]*)/g)].map((match) => match[1]);
const objectsAllowed = newNames.some((name) => !(name in globalThis));
const prototypes = new Map();

function pack(value, seen = new Map()) {
  if (typeof value === 'function') {
    if (idOf.has(value)) return { [MARK]: ['own', idOf.get(value)] };
    callbacks.push(value);
    return { [MARK]: ['callback', callbacks.length - 1] };
  }
  if (typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (idOf.has(value)) return { [MARK]: ['own', idOf.get(value)] };
  if (seen.has(value)) return seen.get(value);
  if (Array.isArray(value)) {
    const list = new Array(value.length);
    seen.set(value, list);
    for (let i = 0; i < value.length; i++) if (i in value) list[i] = pack(value[i], seen);
    return list;
  }
  if (value instanceof Map) {
    const map = new Map();
    seen.set(value, map);
    for (const [key, item] of value) map.set(pack(key, seen), pack(item, seen));
    return map;
  }
  if (value instanceof Set) {
    const set = new Set();
    seen.set(value, set);
    for (const item of value) set.add(pack(item, seen));
    return set;
  }
  if (value instanceof Date || value instanceof RegExp || value instanceof Error || ArrayBuffer.isView(value)) return value;
  const object = {};
  seen.set(value, object);
  for (const [key, item] of Object.entries(value)) object[key] = pack(item, seen);
  return object;
}

function unpack(value, seen = new Set()) {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  seen.add(value);
  const mark = Object.hasOwn(value, MARK) ? value[MARK] : undefined;
  if (mark !== undefined) return Array.isArray(mark) ? handle(mark) : undefined;
  if (value instanceof Map) {
    const entries = [...value];
    value.clear();
    for (const [key, item] of entries) value.set(unpack(key, seen), unpack(item, seen));
  } else if (value instanceof Set) {
    const items = [...value];
    value.clear();
    for (const item of items) value.add(unpack(item, seen));
  } else if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) {
    for (const key of Object.keys(value)) value[key] = unpack(value[key], seen);
  }
  return value;
}

function handle([kind, id, classId, name]) {
  if (kind === 'callback') return callbacks[id];
  if (kind === 'promise') {
    try {
      return Promise.resolve(ask({ op: 'settle', id }));
    } catch (error) {
      return Promise.reject(error);
    }
  }
  const known = handles.get(id);
  if (known !== undefined) return known;
  const made = kind === 'function' ? functionHandle(id, name) : objectHandle(id, classId);
  handles.set(id, made);
  idOf.set(made, id);
  return made;
}

function prototypeOf(id) {
  let prototype = prototypes.get(id);
  if (prototype === undefined) prototypes.set(id, (prototype = {}));
  return prototype;
}

function functionHandle(id, name) {
  const target = function () {};
  Object.defineProperty(target, 'name', { value: String(name) });
  target.prototype = prototypeOf(id);
  return new Proxy(target, {
    apply: (_target, self, args) => call('call', id, { args, self: idOf.get(self) }),
    construct: (_target, args) => {
      const made = call('construct', id, { args });
      if (typeof made !== 'object' && typeof made !== 'function') throw new TypeError('not an object');
      return made;
    },
    get: (_target, key) => {
      if (key in target) return target[key];
      return objectsAllowed && typeof key === 'string' ? ask({ op: 'get', id, key }) : undefined;
    },
  });
}

function objectHandle(id, classId) {
  const fetch = (key) => {
    const value = ask({ op: 'get', id, key });
    return typeof value === 'function' && !objectsAllowed ? undefined : value;
  };
  return new Proxy({}, {
    get: (_target, key) => {
      if (key === Symbol.iterator) return iterate.bind(undefined, id);
      return typeof key === 'string' ? fetch(key) : undefined;
    },
    set: (_target, key, value) => typeof key === 'string' && (ask({ op: 'set', id, key, value: pack(value) }), true),
    has: (_target, key) => typeof key === 'string' && keysOf(id).includes(key),
    ownKeys: () => keysOf(id),
    getOwnPropertyDescriptor: (_target, key) =>
      keysOf(id).includes(key) ? { value: fetch(key), enumerable: true, configurable: true, writable: true } : undefined,
    getPrototypeOf: () => prototypeOf(classId),
  });
}

function* iterate(id) {
  const list = ask({ op: 'spread', id });
  if (!Array.isArray(list)) throw new TypeError('object is not iterable');
  yield* list;
}

function keysOf(id) {
  const keys = ask({ op: 'keys', id });
  return Array.isArray(keys) ? [...new Set(keys.filter((key) => typeof key === 'string'))] : [];
}

function call(op, id, { args, self }) {
  const { value, changed } = exchange({ op, id, args: pack(args), self });
  if (Array.isArray(changed)) unpack(changed).forEach((item, index) => refresh(args[index], item));
  return unpack(value);
}

function ask(message) {
  return unpack(exchange(message).value);
}

function exchange(message) {
  send(message);
  for (;;) {
    const answer = receive();
    if (typeof answer !== 'object' || answer === null) throw new Gone('the program sent nonsense');
    if ('value' in answer) return answer;
    if ('error' in answer) throw errorOf(answer.error);
    if (!('callback' in answer)) throw new Gone('the program sent nonsense');
    let reply;
    try {
      reply = { value: pack(callbacks[answer.callback](...unpack(answer.args))) };
    } catch (error) {
      if (error instanceof Gone) throw error;
      reply = { error: { name: error?.name, message: error?.message } };
    }
    send(reply);
  }
}

const errors = { TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };

function errorOf({ name, message }) {
  const error = new (Object.hasOwn(errors, name) ? errors[name] : Error)(String(message));
  if (!Object.hasOwn(errors, name) && typeof name === 'string') error.name = name;
  fromSolution.add(error);
  return error;
}

/** Makes an argument what the call has made of it. */
function refresh(before, after) {
  if (typeof before !== 'object' || before === null || typeof after !== 'object' || after === null || idOf.has(before)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    after.forEach((item, index) => {
      if (same(before[index], item)) refresh(before[index], item);
      else before[index] = item;
    });
    before.length = after.length;
  } else if (before instanceof Map && after instanceof Map) {
    before.clear();
    for (const [key, item] of after) before.set(key, item);
  } else if (before instanceof Set && after instanceof Set) {
    before.clear();
    for (const item of after) before.add(item);
  } else if (!Array.isArray(after) && Object.getPrototypeOf(before) === Object.prototype) {
    for (const key of Object.keys(before)) if (!(key in after)) delete before[key];
    for (const [key, item] of Object.entries(after)) {
      if (same(before[key], item)) refresh(before[key], item);
      else before[key] = item;
    }
  }
}

function same(left, right) {
  return typeof left === 'object' && typeof right === 'object' && left !== null && right !== null && Array.isArray(left) === Array.isArray(right);
}

// Names the tests leave open are looked for in the solution, unless this language or Node has them.
const own = new Set(['require', 'module', 'exports', 'assert', 'console', '__filename', '__dirname', 'arguments']);
const names = new Map();
const scope = new Proxy(Object.create(null), {
  has: (_target, key) => typeof key === 'string' && !own.has(key) && !(key in globalThis) && lookUp(key) !== undefined,
  get: (_target, key) => (typeof key === 'string' ? lookUp(key)?.value : undefined),
  set: (_target, key, value) => {
    names.set(key, { value });
    return true;
  },
});

function lookUp(key) {
  if (!names.has(key)) names.set(key, exchange({ op: 'find', key }).value === true ? { value: ask({ op: 'take', key }) } : undefined);
  return names.get(key);
}

const quiet = new Proxy({}, { get: () => () => undefined });
const assert = require('node:assert');
const AsyncFunction = (async () => undefined).constructor;

function compile(code) {
  const parameters = ['rlloomScope', 'require', 'module', 'exports', 'assert', 'console'];
  const body = (word) => 'with (rlloomScope) { return (' + word + ' function () {' + code + '\n}).call(undefined); }';
  try {
    return new Function(...parameters, body(''));
  } catch (error) {
    if (!/\bawait\b/.test(code)) throw error;
    return new AsyncFunction(...parameters, body('async'));
  }
}

let rejection;
process.on('unhandledRejection', (error) => (rejection ??= error));

async function attempt(index, test) {
  try {
    rejection = undefined;
    await test(scope, require, { exports: {} }, {}, assert, quiet);
    await new Promise((resolve) => setImmediate(resolve));
    if (rejection !== undefined) throw rejection;
    if (gone) throw new Gone('the program ended before it answered');
  } catch (error) {
    if (gone || error instanceof Gone) {
      say('case', index, 'ended', error?.message);
      return false;
    }
    const failed = error instanceof assert.AssertionError && !fromSolution.has(error);
    const text = failed ? String(error.message).split('\n').filter((line) => line.trim() !== '').slice(0, 8).join('\n') : error?.name + ': ' + error?.message;
    say('case', index, failed ? 'failed' : 'error', text.slice(0, 1000));
    return !stop;
  }
  say('case', index, 'passed', '');
  return true;
}

async function main() {
  let compiled;
  try {
    compiled = tests.map(compile);
  } catch (error) {
    return say('broken', 'the tests do not compile: ' + error.message);
  }
  if (outFd === undefined || inFd === undefined) return say('broken', 'no second process could be started');
  try {
    exchange({ op: 'load', code: solution });
  } catch (error) {
    return say(gone ? 'ended' : 'unloaded', gone ? 'the program ended while it was loaded' : error.name + ': ' + error.message);
  }
  say('loaded');
  for (const [index, test] of compiled.entries()) if (!(await attempt(index, test))) break;
  say('done');
}

main().finally(() => {
  child.kill('SIGKILL');
  process.exit(0);
});
`;

/** The second process of `javascriptChecker`: it holds the solution and answers. */
export const javascriptHost = String.raw`
const fs = require('node:fs');
const v8 = require('node:v8');
const MARK = '\u0000rlloom';
const objects = [];
const ids = new Map();
let find = () => undefined;

function patiently(work) {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (error.code !== 'EAGAIN') process.exit(0);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0.2);
    }
  }
}

function exactly(size) {
  const data = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const count = patiently(() => fs.readSync(3, data, at, size - at));
    if (count === 0) process.exit(0);
    at += count;
  }
  return data;
}

function receive() {
  return v8.deserialize(exactly(exactly(4).readUInt32BE()));
}

function send(message) {
  const body = v8.serialize(message);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  let data = Buffer.concat([head, body]);
  while (data.length > 0) data = data.subarray(patiently(() => fs.writeSync(4, data)));
}

function keep(value) {
  if (!ids.has(value)) {
    ids.set(value, objects.length);
    objects.push(value);
  }
  return ids.get(value);
}

const plainPrototypes = new Set([Object.prototype, null]);

function pack(value, seen = new Map()) {
  if (typeof value === 'function') return { [MARK]: ['function', keep(value), 0, value.name] };
  if (typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (Array.isArray(value)) {
    const list = new Array(value.length);
    seen.set(value, list);
    for (let i = 0; i < value.length; i++) if (i in value) list[i] = pack(value[i], seen);
    return list;
  }
  if (value instanceof Map) {
    const map = new Map();
    seen.set(value, map);
    for (const [key, item] of value) map.set(pack(key, seen), pack(item, seen));
    return map;
  }
  if (value instanceof Set) {
    const set = new Set();
    seen.set(value, set);
    for (const item of value) set.add(pack(item, seen));
    return set;
  }
  if (typeof value.then === 'function') return { [MARK]: ['promise', keep(value)] };
  if (value instanceof Date || value instanceof RegExp || value instanceof Error || ArrayBuffer.isView(value)) return value;
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf();
  const prototype = Object.getPrototypeOf(value);
  if (!plainPrototypes.has(prototype)) {
    const owner = prototype.constructor;
    return { [MARK]: ['object', keep(value), typeof owner === 'function' ? keep(owner) : -1] };
  }
  const object = {};
  seen.set(value, object);
  for (const [key, item] of Object.entries(value)) object[key] = pack(item, seen);
  return object;
}

function unpack(value, seen = new Set()) {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  seen.add(value);
  const mark = Object.hasOwn(value, MARK) ? value[MARK] : undefined;
  if (mark !== undefined) return mark[0] === 'own' ? objects[mark[1]] : callback(mark[1]);
  if (value instanceof Map) {
    const entries = [...value];
    value.clear();
    for (const [key, item] of entries) value.set(unpack(key, seen), unpack(item, seen));
  } else if (value instanceof Set) {
    const items = [...value];
    value.clear();
    for (const item of items) value.add(unpack(item, seen));
  } else if (!ArrayBuffer.isView(value)) {
    for (const key of Object.keys(value)) value[key] = unpack(value[key], seen);
  }
  return value;
}

function callback(id) {
  return (...args) => {
    send({ callback: id, args: pack(args) });
    for (;;) {
      const answer = receive();
      if ('value' in answer) return unpack(answer.value);
      if ('error' in answer) throw Object.assign(new Error(answer.error.message), { name: answer.error.name });
      answerTo(answer);
    }
  };
}

const operations = {
  load: ({ code }) => {
    const module = { exports: {} };
    const make = new Function('exports', 'require', 'module', '__filename', '__dirname', code + '\n;return (rlloomName) => eval(rlloomName);');
    find = make.call(module.exports, module.exports, require, module, 'solution.js', '.');
    return { value: true };
  },
  find: ({ key }) => {
    try {
      return { value: /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) && find(key) !== undefined };
    } catch {
      return { value: false };
    }
  },
  take: ({ key }) => ({ value: pack(find(key)) }),
  call: ({ id, args, self }) => {
    const given = unpack(args);
    const before = v8.serialize(pack(given));
    const value = pack(objects[id].apply(self === undefined ? undefined : objects[self], given));
    const after = pack(given);
    return { value, changed: before.equals(v8.serialize(after)) ? undefined : after };
  },
  construct: ({ id, args }) => {
    const made = new objects[id](...unpack(args));
    return { value: { [MARK]: ['object', keep(made), keep(objects[id])] } };
  },
  get: ({ id, key }) => ({ value: pack(objects[id][key]) }),
  set: ({ id, key, value }) => {
    objects[id][key] = unpack(value);
    return { value: true };
  },
  keys: ({ id }) => ({ value: Object.keys(objects[id]) }),
  spread: ({ id }) => ({ value: pack([...objects[id]]) }),
};

function failure(error) {
  let name = 'Error';
  let message = '';
  try {
    name = String(error?.name ?? typeof error);
    message = String(error?.message ?? error).slice(0, 2000);
  } catch {}
  return { error: { name, message } };
}

function answerTo(message) {
  let answer;
  try {
    answer = operations[message.op](message);
  } catch (error) {
    answer = failure(error);
  }
  send(answer);
}

async function serve() {
  for (;;) {
    const message = receive();
    if (message.op !== 'settle') {
      answerTo(message);
      continue;
    }
    let answer;
    try {
      answer = { value: pack(await objects[message.id]) };
    } catch (error) {
      answer = failure(error);
    }
    send(answer);
  }
}

process.on('uncaughtException', () => undefined);
process.on('unhandledRejection', () => undefined);
serve();
`;
