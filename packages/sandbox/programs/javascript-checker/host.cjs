/** The second process of the checker: it holds the solution, knows nothing else, and answers. */

const v8 = require('node:v8');
const { marked, pack, unpack } = require('./collections.cjs');
const { keep, kept, stay } = require('./kept.cjs');
const { openPipe } = require('./pipe.cjs');

const { send, exactly } = openPipe({
  input: 3,
  output: 4,
  pauses: { first: 0.2, longest: 0.2, growth: 1 },
  ended: () => process.exit(0),
});
let find = () => undefined;

function receive() {
  return v8.deserialize(exactly(exactly(4).readUInt32BE()));
}

function restore(mark) {
  return mark[0] === 'own' ? kept[mark[1]] : callback(mark[1]);
}

/** A function of the tests, as the solution sees it. */
function callback(id) {
  return (...args) => {
    send({ callback: id, args: pack(args, stay) });
    for (;;) {
      const answer = receive();
      if ('value' in answer) return unpack(answer.value, restore);
      if ('error' in answer) throw Object.assign(new Error(answer.error.message), { name: answer.error.name });
      answerTo(answer);
    }
  };
}

const operations = {
  load: ({ code }) => {
    const module = { exports: {} };
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
    const make = new Function(...parameters, code + '\n;return (rlloomName) => eval(rlloomName);');
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
  take: ({ key }) => ({ value: pack(find(key), stay) }),
  call: ({ id, args, self }) => {
    const given = unpack(args, restore);
    const before = v8.serialize(pack(given, stay));
    const value = pack(kept[id].apply(self === undefined ? undefined : kept[self], given), stay);
    const after = pack(given, stay);
    return { value, changed: before.equals(v8.serialize(after)) ? undefined : after };
  },
  construct: ({ id, args }) => {
    const made = new kept[id](...unpack(args, restore));
    return { value: marked('object', keep(made), keep(kept[id])) };
  },
  get: ({ id, key }) => ({ value: pack(kept[id][key], stay) }),
  set: ({ id, key, value }) => {
    kept[id][key] = unpack(value, restore);
    return { value: true };
  },
  keys: ({ id }) => ({ value: Object.keys(kept[id]) }),
  spread: ({ id }) => ({ value: pack([...kept[id]], stay) }),
};

function failure(error) {
  let name = 'Error';
  let message = '';
  try {
    name = String(error?.name ?? typeof error);
    message = String(error?.message ?? error).slice(0, 2000);
  } catch {
    // An error that cannot be read is one without words.
  }
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
      answer = { value: pack(await kept[message.id], stay) };
    } catch (error) {
      answer = failure(error);
    }
    send(answer);
  }
}

process.on('uncaughtException', () => undefined);
process.on('unhandledRejection', () => undefined);
serve();
