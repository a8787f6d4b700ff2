import { spawn } from 'node:child_process';

export type ProgramResult = { readonly exitCode: number | null; readonly output: string };

const outputCharactersMax = 64 * 1024;

/** Runs a program to its end. Never rejects: a program that is not there has exit code null. */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, msMax }: { readonly env: NodeJS.ProcessEnv | undefined; readonly msMax: number },
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(program, args, {
      cwd: '/',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: msMax,
      killSignal: 'SIGKILL',
    });
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-outputCharactersMax);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => {
      resolve({ exitCode: null, output: error.message });
    });
    child.on('close', (exitCode) => {
      resolve({ exitCode, output });
    });
  });
}
