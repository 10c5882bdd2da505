import { parentPort } from 'node:worker_threads';
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core';
import type { QuickJsAnswer, QuickJsJob } from './quickjs-messages.ts';
import { runScript } from './run-script.ts';

// The entry of a QuickJS thread: one script at a time.
const module = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));

parentPort?.on('message', (job: QuickJsJob) => {
  const answer: QuickJsAnswer = runScript(module, job);
  parentPort?.postMessage(answer);
});
