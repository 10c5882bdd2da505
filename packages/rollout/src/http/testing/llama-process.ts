import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A llama.cpp server of its own process. */
export interface LlamaProcess {
  readonly url: string;
  /** Ends it as the kernel does when memory is out. */
  kill(): Promise<void>;
  /** Starts it again at the same address, with the model that is now in its file, or another. */
  start(model?: string): Promise<void>;
}

// llama.cpp's server as the PyPI package xllamacpp has it in its library: the same code, without a program around it.
const program = `
import sys, xllamacpp as x
p = x.CommonParams()
p.model.path, p.port = sys.argv[1], int(sys.argv[2])
p.n_parallel, p.n_ctx, p.warmup, p.kv_unified, p.cpuparams.n_threads = 4, 1024, False, False, 1
p.cache_type_k = p.cache_type_v = x.ggml_type.GGML_TYPE_F32
p.flash_attn_type = x.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
server = x.Server(p)
sys.stdin.read()
`;

/** Starts a server on a model file with a Python that has xllamacpp. */
export async function startLlamaProcess(python: string, model: string): Promise<LlamaProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let served = model;
  const start = async (next = served): Promise<void> => {
    served = next;
    child = spawn(python, ['-c', program, served, String(port)], { stdio: ['pipe', 'ignore', 'ignore'] });
    for (let wait = 0; wait < 600; wait++) {
      const response = await fetch(`${url}/health`).catch(() => undefined);
      await response?.arrayBuffer();
      if (response?.status === 200) return;
      await sleep(50);
    }
    throw new Error('the llama.cpp server did not start');
  };
  await start();
  return {
    url,
    start,
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
