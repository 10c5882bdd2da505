import { RlloomError } from '@rlloom/spec';
import { createSandbox, type SandboxIsolation } from './create-sandbox.ts';
import type { Sandbox } from './sandbox.ts';

/** Where programs run. */
export interface SandboxPlace {
  /** `auto`: remote if there is a `url`, else the strongest isolation of this machine. */
  readonly isolation: SandboxIsolation | 'quickjs' | 'remote';
  /** Address of a Sandbox Fusion. */
  readonly url?: string | null;
}

/**
 * Opens the sandbox a configuration names: a local one, QuickJS or a remote Sandbox Fusion. Loads no more than it needs.
 *
 * Throws `RlloomError` `reward` that says what to install when none works, `config` when the address is missing.
 */
export async function openSandbox({ isolation, url = null }: SandboxPlace): Promise<Sandbox> {
  if (isolation === 'quickjs') {
    const { createQuickJsSandbox } = await import('./quickjs/quickjs-sandbox.ts');
    return createQuickJsSandbox();
  }
  if (isolation !== 'remote' && (isolation !== 'auto' || url === null)) return createSandbox({ isolation });
  if (url === null) {
    throw new RlloomError('config', {
      what: 'a remote sandbox needs an address',
      fix: 'set url, e.g. http://127.0.0.1:8080',
    });
  }
  const { createFusionSandbox } = await import('./fusion/fusion-sandbox.ts');
  return createFusionSandbox({ url });
}
