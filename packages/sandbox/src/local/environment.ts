/**
 * The environment of a program: nothing of the host's. Hashes of strings are the same in every run, and numeric
 * libraries start one thread, whatever the machine.
 */
export function programEnvironment(folder: string): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: folder,
    TMPDIR: folder,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    // Node reads the system's, which is closed.
    OPENSSL_CONF: '/dev/null',
    PYTHONHASHSEED: '0',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUTF8: '1',
    OMP_NUM_THREADS: '1',
    OPENBLAS_NUM_THREADS: '1',
    MKL_NUM_THREADS: '1',
  };
}
