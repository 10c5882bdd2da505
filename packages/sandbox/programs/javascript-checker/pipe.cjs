/** Messages by a pipe that does not block: four bytes of length, then the value as V8 writes it. */

const fs = require('node:fs');
const v8 = require('node:v8');

/**
 * The two ends of a process. `pauses` are milliseconds between attempts: the first, the longest, and by what they grow.
 * `ended` is called when the other side is gone, and does not return.
 */
function openPipe({ input, output, pauses, ended }) {
  const cell = new Int32Array(new SharedArrayBuffer(4));

  function patiently(work) {
    for (let pause = pauses.first; ; pause = Math.min(pause * pauses.growth, pauses.longest)) {
      try {
        return work();
      } catch (error) {
        if (error.code !== 'EAGAIN') ended();
        Atomics.wait(cell, 0, 0, pause);
      }
    }
  }

  return {
    send(message) {
      const body = v8.serialize(message);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      let data = Buffer.concat([head, body]);
      while (data.length > 0) data = data.subarray(patiently(() => fs.writeSync(output, data)));
    },
    /** The next bytes. */
    exactly(size) {
      const data = Buffer.alloc(size);
      for (let at = 0; at < size; ) {
        const count = patiently(() => fs.readSync(input, data, at, size - at));
        if (count === 0) ended();
        at += count;
      }
      return data;
    },
  };
}

module.exports = { openPipe };
