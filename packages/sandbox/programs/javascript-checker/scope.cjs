/** Tests as functions. Names they leave open are looked for in the solution, unless this language or Node has them. */

const assert = require('node:assert');
const { ask } = require('./handles.cjs');

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
  if (!names.has(key)) {
    names.set(key, ask({ op: 'find', key }) === true ? { value: ask({ op: 'take', key }) } : undefined);
  }
  return names.get(key);
}

const quiet = new Proxy({}, { get: () => () => undefined });
const AsyncFunction = (async () => undefined).constructor;

/** A function that runs a test; it returns a promise when the test awaits something. */
function compile(code) {
  const parameters = ['rlloomScope', 'require', 'module', 'exports', 'assert', 'console'];
  const body = (word) => 'with (rlloomScope) { return (' + word + ' function () {' + code + '\n}).call(undefined); }';
  let test;
  try {
    test = new Function(...parameters, body(''));
  } catch (error) {
    if (!/\bawait\b/.test(code)) throw error;
    test = new AsyncFunction(...parameters, body('async'));
  }
  return () => test(scope, require, { exports: {} }, {}, assert, quiet);
}

module.exports = { compile };
