import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * The processes that name the directory in their command line or environment, or are in it:
 * whatever an adapter with its data there has started. Needs /proc, which Linux has.
 */
export async function processesOf(directory: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      if (Number(pid) === process.pid) return [];
      const texts = await Promise.all([
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
        readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
        readlink(`/proc/${pid}/cwd`).catch(() => ''),
      ]);
      const commandLine = texts[0].replaceAll('\0', ' ');
      return texts.some((text) => text.includes(directory)) ? [`${pid} ${commandLine}`] : [];
    }),
  );
  return found.flat();
}
