/** What the checker reads, and what it says to the host. */

const fs = require('node:fs');

const job = JSON.parse(fs.readFileSync(0, 'utf8'));

/** Writes a line of the verdict. */
function say(word, ...fields) {
  const text = [job.nonce, word, ...fields.map((field) => Buffer.from(String(field)).toString('hex') || '-')].join(' ');
  fs.writeSync(1, text + '\n');
}

module.exports = { job, say };
