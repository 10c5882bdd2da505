/** The package that is loaded from a provisioned folder, as a path inside it. */
export const tfjsNodeFolder: string = 'node_modules/@tensorflow/tfjs-node';

/** The native binding of that package, as a path inside the provisioned folder. */
export const bindingFile: string = `${tfjsNodeFolder}/lib/napi-v8/tfjs_binding.node`;
