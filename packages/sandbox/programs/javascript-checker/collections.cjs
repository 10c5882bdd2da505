/** Values on their way between the two processes: what structured clone carries, and marks for what stays where it is. */

const MARK = '\u0000rlloom';

/** The place of a function or an object that stays on its side. */
function marked(kind, ...fields) {
  return { [MARK]: [kind, ...fields] };
}

/** A copy that can be sent. What `stay` gives for functions and objects goes in their place; `undefined` = a copy does. */
function pack(value, stay, seen = new Map()) {
  if (typeof value === 'function') return stay(value);
  if (typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (Array.isArray(value)) {
    const list = new Array(value.length);
    seen.set(value, list);
    for (let i = 0; i < value.length; i++) if (i in value) list[i] = pack(value[i], stay, seen);
    return list;
  }
  if (value instanceof Map) {
    const map = new Map();
    seen.set(value, map);
    for (const [key, item] of value) map.set(pack(key, stay, seen), pack(item, stay, seen));
    return map;
  }
  if (value instanceof Set) {
    const set = new Set();
    seen.set(value, set);
    for (const item of value) set.add(pack(item, stay, seen));
    return set;
  }
  if (isPlainData(value)) return value;
  const instead = stay(value);
  if (instead !== undefined) return instead;
  const object = {};
  seen.set(value, object);
  for (const [key, item] of Object.entries(value)) object[key] = pack(item, stay, seen);
  return object;
}

function isPlainData(value) {
  return value instanceof Date || value instanceof RegExp || value instanceof Error || ArrayBuffer.isView(value);
}

/** What came, with `restore(mark)` in the place of each mark. */
function unpack(value, restore, seen = new Set()) {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  seen.add(value);
  const mark = Object.hasOwn(value, MARK) ? value[MARK] : undefined;
  if (mark !== undefined) return restore(mark);
  if (value instanceof Map) {
    const entries = [...value];
    value.clear();
    for (const [key, item] of entries) value.set(unpack(key, restore, seen), unpack(item, restore, seen));
  } else if (value instanceof Set) {
    const items = [...value];
    value.clear();
    for (const item of items) value.add(unpack(item, restore, seen));
  } else if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) {
    for (const key of Object.keys(value)) value[key] = unpack(value[key], restore, seen);
  }
  return value;
}

module.exports = { marked, pack, unpack };
