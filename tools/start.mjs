// `npm start`: from a fresh clone to a trained model. Node built-ins only, since nothing is installed yet.
import { buildPackages } from './workspace/build.mjs';
import { installDependencies } from './workspace/install.mjs';
import { requireNode } from './workspace/node-version.mjs';
import { npm, runOrExit } from './workspace/run.mjs';

requireNode();
await installDependencies();
await buildPackages();
console.log('Running examples/quickstart ...\n');
await runOrExit(npm('run', '--silent', 'start', '--workspace', 'examples/quickstart', '--', ...process.argv.slice(2)));
