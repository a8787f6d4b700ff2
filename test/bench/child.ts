import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A program of the bench in a process of its own. Whatever becomes of us, it ends too. */
export interface Child extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  /** Sends a word and waits for the answer to it. */
  ask<Answer>(word: string): Promise<Answer>;
}

export interface ChildOptions {
  readonly program: string;
  readonly settings: object;
  /** Its standard output goes here, as a service's log would. */
  readonly stdoutFile: string;
  readonly execArgv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const stopMsMax = 20_000;

/** Starts a program of this folder and waits until it listens. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const stdout = openSync(options.stdoutFile, 'a');
  const child = fork(
    fileURLToPath(new URL(options.program, import.meta.url)),
    [JSON.stringify(options.settings)],
    {
      stdio: ['ignore', stdout, 'inherit', 'ipc'],
      env: { ...process.env, ...options.environment, NODE_ENV: 'production' },
      execArgv: [...(options.execArgv ?? [])],
      // Ctrl-C is for us: the children end when we have no more use for them.
      detached: true,
    },
  );
  closeSync(stdout);
  const { url } = await nextMessage<{ url: string }>(child, options.program);
  return {
    url,
    ask: (word) => {
      const answer = nextMessage<never>(child, options.program);
      child.send(word);
      return answer;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}

function nextMessage<Message>(child: ChildProcess, program: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void => {
      reject(new Error(`${program} ended by itself (${code ?? 'killed'})`));
    };
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      resolve(message as Message);
    });
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    if (child.connected) child.disconnect();
    else child.kill('SIGTERM');
  });
}
