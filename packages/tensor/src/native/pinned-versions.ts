/** A package of the npm registry at one version, with the digest of its tarball. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-` and the base64 digest of the tarball, as in a lock file. */
  readonly integrity: string;
  /** What `npm pack` is asked for. Default: `name@version`, from the user's registry. */
  readonly source?: string;
}

/** A wheel of the Python package index that holds TensorFlow's shared libraries and C headers. */
export interface PinnedWheel {
  /** `tensorflow-cpu` or `tensorflow`. */
  readonly project: string;
  readonly version: string;
  /** The platform tag of its file name, which `pip download --platform` takes. */
  readonly platformTag: string;
  readonly sha256: string;
  /** Size of the download. */
  readonly bytes: number;
  /** The shared libraries to keep, the one with the C API first. */
  readonly libraries: readonly [string, string];
}

/** `cpu`, or `gpu` for NVIDIA cards with CUDA. */
export type NativeKind = 'cpu' | 'gpu';

/** Version of everything that setup fetches, and of the recipe itself: a folder made by another recipe is outdated. */
export const versions = { recipe: 1, tensorflow: '2.21.0', tfjs: '4.22.0', napi: 8 } as const;

/** CPython whose wheels are taken, whichever Python the user has: only the shared libraries in them are used. */
export const wheelPython = '3.12';

/** The npm packages: tfjs-node's sources and JavaScript, what those load, and the headers to compile against. */
export const pinnedPackages: readonly PinnedPackage[] = [
  {
    name: '@tensorflow/tfjs-node',
    version: versions.tfjs,
    integrity: 'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
  },
  {
    name: 'node-api-headers',
    version: '1.9.0',
    integrity: 'sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
  },
  {
    name: 'google-protobuf',
    version: '3.21.4',
    integrity: 'sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==',
  },
  {
    name: 'progress',
    version: '2.0.3',
    integrity: 'sha512-7PiHtLll5LdnKIMw100I+8xJXR5gW2QwWYkT6iJva0bXitZKa/XMrSbdmg3r2Xnaidz9Qumd0VPaMrZlF9V9sA==',
  },
];

const linuxLibraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;
const macLibraries = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'] as const;

/** The wheel for each kind and platform (`process.platform-process.arch`) there is one for. */
export const pinnedWheels: Readonly<Record<NativeKind, Readonly<Record<string, PinnedWheel>>>> = {
  cpu: {
    'linux-x64': {
      project: 'tensorflow-cpu',
      version: versions.tensorflow,
      platformTag: 'manylinux_2_27_x86_64',
      sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
      bytes: 274_000_871,
      libraries: linuxLibraries,
    },
    // The plain project has no CUDA code outside of x86-64.
    'linux-arm64': {
      project: 'tensorflow',
      version: versions.tensorflow,
      platformTag: 'manylinux_2_27_aarch64',
      sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
      bytes: 281_946_471,
      libraries: linuxLibraries,
    },
    'darwin-arm64': {
      project: 'tensorflow',
      version: versions.tensorflow,
      platformTag: 'macosx_12_0_arm64',
      sha256: '56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712',
      bytes: 223_488_205,
      libraries: macLibraries,
    },
  },
  gpu: {
    'linux-x64': {
      project: 'tensorflow',
      version: versions.tensorflow,
      platformTag: 'manylinux_2_27_x86_64',
      sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
      bytes: 572_611_111,
      libraries: linuxLibraries,
    },
  },
};
