// Runs the program named first, and ends with whoever started it: when the other end of standard
// input is gone, so is the sandbox, be it killed or crashed.
const [, , program = ''] = process.argv;
process.argv.splice(2, 1);
process.stdin.resume();
// The program may end by itself when it has nothing left to do.
(process.stdin as { unref?: () => void }).unref?.();
process.stdin.once('close', () => process.kill(process.pid, 'SIGTERM'));
await import(program);
