/** Functions and objects of the solution, as the tests see them: proxies whose values are fetched and compared here. */

const { marked, pack, unpack } = require('./collections.cjs');
const { refresh } = require('./refresh.cjs');
const { job } = require('./report.cjs');
const { exchange } = require('./solution-process.cjs');

const handles = new Map();
const idOf = new WeakMap();
const callbacks = [];
const prototypes = new Map();
const newNames = [...job.tests.join('\n').matchAll(/\bnew\s+([A-Za-z_$][\w$]*)/g)].map((match) => match[1]);
const objectsAllowed = newNames.some((name) => !(name in globalThis));

/** What of the solution goes back as what it is, and what of the tests stays here. */
function stay(value) {
  if (idOf.has(value)) return marked('own', idOf.get(value));
  if (typeof value !== 'function') return undefined;
  callbacks.push(value);
  return marked('callback', callbacks.length - 1);
}

function restore(mark) {
  return Array.isArray(mark) ? handle(mark) : undefined;
}

function callBack(id, args) {
  return pack(callbacks[id](...unpack(args, restore)), stay);
}

/** The value a message is answered with. */
function ask(message) {
  return unpack(exchange(message, callBack).value, restore);
}

function call(op, id, { args, self }) {
  const { value, changed } = exchange({ op, id, args: pack(args, stay), self }, callBack);
  if (Array.isArray(changed)) {
    const isHandle = (item) => idOf.has(item);
    unpack(changed, restore).forEach((item, index) => refresh(args[index], item, isHandle));
  }
  return unpack(value, restore);
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
  return new Proxy(
    {},
    {
      get: (_target, key) => {
        if (key === Symbol.iterator) return iterate.bind(undefined, id);
        return typeof key === 'string' ? fetch(key) : undefined;
      },
      set: (_target, key, value) =>
        typeof key === 'string' && (ask({ op: 'set', id, key, value: pack(value, stay) }), true),
      has: (_target, key) => typeof key === 'string' && keysOf(id).includes(key),
      ownKeys: () => keysOf(id),
      getOwnPropertyDescriptor: (_target, key) =>
        keysOf(id).includes(key)
          ? { value: fetch(key), enumerable: true, configurable: true, writable: true }
          : undefined,
      getPrototypeOf: () => prototypeOf(classId),
    },
  );
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

module.exports = { ask };
