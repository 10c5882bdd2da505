// Says which scripts its thread has loaded, asked from the debugger of that thread: part names are their addresses.
import { Session } from 'node:inspector/promises';

async function loadedScripts() {
  const session = new Session();
  session.connect();
  const urls = new Set();
  session.on('Debugger.scriptParsed', ({ params }) => urls.add(params.url));
  await session.post('Debugger.enable');
  session.disconnect();
  return [...urls].filter((url) => url !== '' && !url.startsWith('node:'));
}

export default {
  name: 'loaded scripts',
  score: async () => ({
    verdict: 'correct',
    score: 1,
    parts: Object.fromEntries((await loadedScripts()).map((url) => [url, 1])),
  }),
};
