import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What scripts and outside tests find their way by. Simulators that were not started are null. */
export interface SandboxFile {
  readonly merchantSerialNumber: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly subscriptionKey: string;
  readonly backOfficeToken: string;
  readonly publicUrl: string;
  readonly internalUrl: string;
  readonly vippsSimulatorUrl: string | null;
  readonly acquirerSimulatorUrl: string | null;
  readonly threeDsSimulatorUrl: string | null;
  readonly databaseUrl: string;
  /** The page for a person to open. */
  readonly sandboxUrl: string;
  readonly pid: number;
}

/** Where the file is. It is there only while the sandbox is ready. */
export function sandboxFilePath(dataDirectory: string): string {
  return path.join(dataDirectory, 'sandbox.json');
}

/** Puts the file in place whole, readable by its owner alone. */
export async function writeSandboxFile(dataDirectory: string, content: SandboxFile): Promise<void> {
  await mkdir(dataDirectory, { recursive: true });
  const target = sandboxFilePath(dataDirectory);
  const temporary = `${target}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, target);
}

export async function removeSandboxFile(dataDirectory: string): Promise<void> {
  await rm(sandboxFilePath(dataDirectory), { force: true });
}
