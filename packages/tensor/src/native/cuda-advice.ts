/** One sentence with the command that puts the CUDA libraries where the provisioned TensorFlow looks for them. */
export function cudaAdvice(directory: string, packages: readonly string[]): string {
  const command = ['python3 -m pip install --no-deps --target', quote(directory), ...packages.map(quote)].join(' ');
  return `TensorFlow needs an NVIDIA driver and the CUDA libraries; unless the system has them, run: ${command}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
