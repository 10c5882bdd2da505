// Rewards for measuring the pool: a sample that hangs, one that works for a while, and one that tells what its thread
// has loaded.
const score = ({ responseText }) => {
  if (responseText === 'hang') for (;;);
  if (responseText === 'work') {
    const end = performance.now() + 2;
    while (performance.now() < end);
  }
  if (responseText === 'globals') {
    const found = Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith('_tf'));
    return { verdict: 'correct', score: 1, reasons: [found.join(' ')] };
  }
  return 1;
};

export default { name: 'trouble', score };
