/** Functions, promises and objects that are no plain data stay in the process of the solution, by number. */

const { marked } = require('./collections.cjs');

const kept = [];
const numbers = new Map();
const plainPrototypes = new Set([Object.prototype, null]);

function keep(value) {
  if (!numbers.has(value)) {
    numbers.set(value, kept.length);
    kept.push(value);
  }
  return numbers.get(value);
}

/** What goes in the place of a value that is no plain data; `undefined` for plain data. */
function stay(value) {
  if (typeof value === 'function') return marked('function', keep(value), 0, value.name);
  if (typeof value.then === 'function') return marked('promise', keep(value));
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf();
  const prototype = Object.getPrototypeOf(value);
  if (plainPrototypes.has(prototype)) return undefined;
  const owner = prototype.constructor;
  return marked('object', keep(value), typeof owner === 'function' ? keep(owner) : -1);
}

module.exports = { keep, kept, stay };
