/** The oldest Node that the packages are tested on; the same figure as `engines.node` of every package. */
const oldest = [20, 11];

/** Ends the process with a clear message when Node is too old to run what follows. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  console.error(`rlloom needs Node ${oldest.join('.')} or newer; this is Node ${process.versions.node}.`);
  console.error('  → install a current release from https://nodejs.org (or: nvm install --lts), then try again.');
  process.exit(1);
}
