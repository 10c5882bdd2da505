import { existsSync } from 'node:fs';

/** Whether the NVIDIA driver shows a device (on WSL, `/dev/dxg`). Without one the GPU library is not worth loading. */
export function hasNvidiaDevice(): boolean {
  return ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path));
}
