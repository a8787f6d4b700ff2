/**
 * `npm test`: starts a PostgreSQL of its own, migrates a template, runs the test files with the
 * outside network switched off, and stops the database whatever happened.
 *
 * Arguments are parts of file names. With TEST_DATABASE_URL set, that server is used instead.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '../../src/database/migrate.ts';
import { onServer } from './test-database.ts';
import { findTestFiles } from './test-files.ts';
import { startTestServer } from './test-server.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

async function makeTemplate(server: string): Promise<string> {
  const name = `template_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database "${name}" template template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  await migrate(url.href);
  // A template that somebody is connected to cannot be cloned.
  await onServer(server, `alter database "${name}" with allow_connections false`);
  return name;
}

/** Resolves to the exit code. Ctrl-C reaches the child by itself; SIGTERM is passed on. */
function runNodeTests(files: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        '--enable-source-maps',
        '--test',
        '--test-reporter=spec',
        '--test-concurrency=3',
        // A test that waits for ever fails, and the others are still run.
        '--test-timeout=300000',
        ...files.map((file) => path.relative(root, file)),
      ],
      { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' },
    );
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', reject);
    child.on('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}

async function main(parts: readonly string[]): Promise<number> {
  const files = await findTestFiles(root, parts);
  const server = await startTestServer(process.env['TEST_DATABASE_URL']);
  let template: string | undefined;
  try {
    template = await makeTemplate(server.url);
    // In NODE_OPTIONS, so that programs that the tests start have no network either.
    const preload = `--import=${new URL('no-network.js', import.meta.url).href}`;
    return await runNodeTests(files, {
      NODE_OPTIONS: [process.env['NODE_OPTIONS'], preload].filter(Boolean).join(' '),
      TEST_DATABASE_URL: server.url,
      TEST_DATABASE_TEMPLATE: template,
    });
  } finally {
    if (template && server.shared) await onServer(server.url, `drop database "${template}"`);
    await server.stop();
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  return 1;
});
