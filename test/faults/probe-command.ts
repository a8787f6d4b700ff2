/**
 * A program that does nothing but sleep and look how much too late it wakes up: what the machine takes
 * from it, it takes from the adapter. Prints a line for each time that was worth mentioning.
 */
const everyMs = 10;
const mentionedFromMs = 20;

let dueMs = performance.now() + everyMs;
setInterval(() => {
  const lateMs = Math.round(performance.now() - dueMs);
  dueMs = performance.now() + everyMs;
  if (lateMs >= mentionedFromMs) process.stdout.write(`${Date.now()} ${lateMs}\n`);
}, everyMs);
process.stdout.write('ready\n');
// Whoever asked is gone.
process.stdin.resume().on('end', () => process.exit(0));
