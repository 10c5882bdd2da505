import { spawn } from 'node:child_process';

/** What the peer's script reports for one size. */
export interface PeerMeasurement {
  readonly generateTokensPerSecond: number;
  readonly handLoopTokensPerSecond: number;
  readonly updateTokensPerSecond: number;
}

interface PeerReport {
  readonly versions: { readonly torch: string; readonly transformers: string };
  readonly generate?: Record<string, { readonly new_tokens_per_s: number }>;
  readonly handloop?: Record<string, { readonly new_tokens_per_s: number }>;
  readonly update?: Record<string, { readonly tokens_per_s: number }>;
}

/**
 * Runs the peer's benchmark (PyTorch and transformers) and reads its JSON.
 *
 * @param python a Python that has torch and transformers
 * @param script the peer's script
 * @throws Error with the peer's own words when it fails
 */
export async function measurePeer(
  python: string,
  script: string,
): Promise<{ versions: string; bySize: Record<string, PeerMeasurement> }> {
  const child = spawn(python, [script, 'generate,handloop,update'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`the peer's benchmark ended with ${code}:\n${errors.slice(-2000)}`);
  const report = JSON.parse(output) as PeerReport;
  const bySize: Record<string, PeerMeasurement> = {};
  for (const size of Object.keys(report.generate ?? {})) {
    bySize[size] = {
      generateTokensPerSecond: report.generate?.[size]?.new_tokens_per_s ?? Number.NaN,
      handLoopTokensPerSecond: report.handloop?.[size]?.new_tokens_per_s ?? Number.NaN,
      updateTokensPerSecond: report.update?.[size]?.tokens_per_s ?? Number.NaN,
    };
  }
  return { versions: `torch ${report.versions.torch}, transformers ${report.versions.transformers}`, bySize };
}
