import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { isRunning } from '../../../src/database/embedded-postgres/process-state.ts';
import { type RunAsName } from '../../../src/database/embedded-postgres/run-as.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/database/embedded-postgres.ts';
import { silentLog } from '../../../src/shared/log.ts';

const starter = fileURLToPath(new URL('../../support/start-embedded-postgres.js', import.meta.url));
const isRoot = process.geteuid?.() === 0;
const isLinux = process.platform === 'linux';
/** A container may permit neither; then the launcher has the other, and the other tests show it. */
const bothWaysOfRoot =
  isRoot &&
  [
    ['unshare', '--user', '--map-user=65534', '--map-group=65534', 'true'],
    ['setpriv', '--reuid=65534', '--clear-groups', 'true'],
  ].every(([program = '', ...args]) => spawnSync(program, args).status === 0);

type Started = Pick<EmbeddedPostgres, 'url' | 'pid' | 'adopted'> & { readonly child: ChildProcess };

describe('the embedded PostgreSQL', () => {
  let dataDir: string;
  let servers: EmbeddedPostgres[];
  let children: ChildProcess[];

  // One data directory for them all, because making one is the slow part.
  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'embedded-postgres-'));
  });
  after(() => rm(dataDir, { recursive: true }));

  beforeEach(() => {
    servers = [];
    children = [];
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const server of servers) await server.stop();
    // Whatever a test left running is joined, and stopped by its last user: us.
    if (existsSync(path.join(dataDir, 'cluster', 'postmaster.pid'))) {
      const leftover = await startEmbeddedPostgres({ dataDir, log: silentLog });
      await leftover.stop();
    }
  });

  async function inAnother(folder: string, work: () => Promise<void>): Promise<void> {
    const usual = dataDir;
    dataDir = path.join(usual, folder);
    try {
      await work();
    } finally {
      for (const server of servers) await server.stop();
      dataDir = usual;
    }
  }

  async function without(file: string, work: () => Promise<void>): Promise<void> {
    const place = path.join(dataDir, 'cluster', file);
    const aside = path.join(dataDir, 'aside');
    await rename(place, aside);
    try {
      await work();
    } finally {
      await rename(aside, place);
    }
  }

  async function start(...ways: RunAsName[]): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({
      dataDir,
      log: silentLog,
      ...(ways.length > 0 ? { runAsAllowed: ways } : {}),
    });
    servers.push(server);
    return server;
  }

  async function startInProcess(): Promise<Started> {
    const child = spawn(process.execPath, ['--enable-source-maps', starter, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { ...(JSON.parse(line) as Omit<Started, 'child'>), child };
  }

  it('keeps its data, its port and its password from one start to the next', async () => {
    const first = await start();
    await query(first.url, 'create table thing_1 as select 1 as id');
    await first.stop();
    assert.equal(isRunning(first.pid), false);

    const second = await start();

    assert.equal(second.adopted, false);
    assert.equal(second.url, first.url);
    assert.deepEqual(await query(second.url, 'select * from thing_1'), [{ id: 1 }]);
  });

  it('is durable, in UTC and UTF8, on the loopback interface only', async () => {
    const { url } = await start();

    const rows = await query(
      url,
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes',
         'listen_addresses', 'unix_socket_directories', 'TimeZone', 'server_encoding', 'lc_collate') order by name`,
    );

    assert.deepEqual(Object.fromEntries(rows.map((row) => [row['name'], row['setting']])), {
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      TimeZone: 'UTC',
      server_encoding: 'UTF8',
    });
    assert.deepEqual(
      await query(url, `select datcollate from pg_database where datname = 'postgres'`),
      [{ datcollate: 'C' }],
    );
  });

  it('lets nobody in without the password, which only the owner can read', async () => {
    const { url } = await start();
    const wrong = new URL(url);
    wrong.password = 'wrong';

    await assert.rejects(query(wrong.href, 'select 1'), { code: '28P01' });
    const file = await stat(path.join(dataDir, 'cluster', 'adapter-password'));
    assert.equal(file.mode & 0o777, 0o600);
  });

  it(
    'shows the server neither our environment nor, by its arguments, the password',
    { skip: !isLinux },
    async () => {
      const { pid, url } = await start();

      // By setpriv the server is another user's, and hides its environment from us as well.
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      const names = environment.split('\0').map((entry) => entry.split('=')[0]);
      const known = [
        'PATH',
        'LC_ALL',
        'LD_LIBRARY_PATH',
        'DYLD_LIBRARY_PATH',
        'PGDATA',
        'PG_GRANDPARENT_PID',
        '',
      ];
      assert.deepEqual(
        names.filter((name) => !known.includes(name ?? '')),
        [],
      );
      assert.ok(!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(new URL(url).password));
    },
  );

  it('is out of reach of a Ctrl-C at the terminal of its starter', { skip: !isLinux }, async () => {
    const { pid } = await start();

    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');

    assert.deepEqual(afterName?.slice(2, 4), [String(pid), String(pid)], 'group and session');
  });

  it('is adopted when its starter was killed, and then stopped by the adopter', async () => {
    const first = await startInProcess();
    await query(first.url, 'create table thing_6 as select 1 as id');
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = await start();

    assert.deepEqual(
      { adopted: second.adopted, pid: second.pid, url: second.url },
      { adopted: true, pid: first.pid, url: first.url },
    );
    assert.deepEqual(await query(second.url, 'select * from thing_6'), [{ id: 1 }]);
    await second.stop();
    assert.equal(isRunning(first.pid), false);
  });

  it('recovers everything that was committed when the server itself was killed', async () => {
    const first = await start();
    await query(first.url, 'create table thing_7 (id int)');
    for (let id = 1; id <= 20; id += 1)
      await query(first.url, `insert into thing_7 values (${id})`);
    process.kill(first.pid, 'SIGKILL');

    const second = await start();

    assert.equal(second.adopted, false);
    assert.deepEqual(await query(second.url, 'select count(*)::int from thing_7'), [{ count: 20 }]);
    assert.equal(second.url, first.url);
  });

  it('is one server when several processes start it at once, and the last one stops it', async () => {
    await inAnother('fresh', async () => {
      const copies = await Promise.all([startInProcess(), startInProcess(), startInProcess()]);

      assert.equal(copies.filter(({ adopted }) => !adopted).length, 1);
      assert.equal(new Set(copies.map(({ pid }) => pid)).size, 1);
      assert.equal(new Set(copies.map(({ url }) => url)).size, 1);
      assert.deepEqual(
        (await readdir(dataDir)).filter((entry) => /new|start/.test(entry)),
        [],
      );

      const [first, second, third] = copies;
      for (const { child } of [first, second]) {
        child.kill('SIGTERM');
        await once(child, 'exit');
        await query(third.url, 'select 1');
      }
      third.child.kill('SIGTERM');
      await once(third.child, 'exit');
      assert.equal(isRunning(third.pid), false);
    });
  });

  it('survives any order of starting and stopping at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const leaving = await start();
      const [, joining] = await Promise.all([leaving.stop(), start()]);
      await query(joining.url, 'select 1');
      await joining.stop();
      assert.equal(isRunning(joining.pid), false);
    }
  });

  it('stops with connections open, and rolls their transactions back', async () => {
    const server = await start();
    await query(server.url, 'create table thing_10 (id int)');
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin; insert into thing_10 values (1)');

    await server.stop();

    const again = await start();
    assert.deepEqual(await query(again.url, 'select * from thing_10'), []);
  });

  it('takes another port when somebody has taken its own', async () => {
    const first = await start();
    await first.stop();
    const squatter = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
    await once(squatter, 'listening');
    try {
      const second = await start();
      assert.notEqual(second.url, first.url);
      assert.deepEqual(await query(second.url, 'select 1 as one'), [{ one: 1 }]);
    } finally {
      squatter.close();
    }
  });

  it('starts over a lock file that names another living program', async () => {
    await (await start()).stop();
    const lock = path.join(dataDir, 'cluster', 'postmaster.pid');
    await writeFile(lock, `${process.pid}\n${dataDir}/cluster\n1\n1\n\n127.0.0.1\n`);

    const server = await start();

    assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }]);
  });

  it(
    'starts over a lock file whose server is dead but was never reaped',
    { skip: !isLinux },
    async () => {
      await (await start()).stop();
      // The inner shell becomes a program that never asks what became of its child.
      const parent = spawn('sh', ['-c', 'sh -c "exit 0" & echo $!; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      children.push(parent);
      const [zombie] = (await once(createInterface(parent.stdout), 'line')) as [string];
      while (isRunning(Number(zombie))) await new Promise((resolve) => setImmediate(resolve));
      const lock = path.join(dataDir, 'cluster', 'postmaster.pid');
      await writeFile(lock, `${zombie}\n${dataDir}/cluster\n1\n1\n\n127.0.0.1\n`);

      const server = await start();

      assert.equal(server.adopted, false);
    },
  );

  it('clears away a data directory that was never finished', async () => {
    const unfinished = path.join(dataDir, 'cluster.new-2147483646-abc');
    await mkdir(path.join(unfinished, 'base'), { recursive: true });

    await start();

    assert.equal(existsSync(unfinished), false);
  });

  it('does not care how long the path of its folder is, nor about spaces in it', async () => {
    const long = path.join('a folder with spaces', 'x'.repeat(120), 'y'.repeat(120));
    await inAnother(long, async () => {
      const first = await start();
      const second = await start();
      assert.equal(second.adopted, true);
      await first.stop();
      await second.stop();
      assert.equal(isRunning(first.pid), false);
    });
  });

  it('finds its data again after the folder was moved', async () => {
    const first = await start();
    await query(first.url, 'create table moved as select 1 as id');
    await first.stop();
    const cluster = path.join(dataDir, 'cluster');
    const elsewhere = path.join(dataDir, 'elsewhere', 'cluster');
    await mkdir(path.dirname(elsewhere));
    await rename(cluster, elsewhere);
    await inAnother('elsewhere', async () => {
      const second = await start();
      assert.deepEqual(await query(second.url, 'select * from moved'), [{ id: 1 }]);
    });
    await rename(elsewhere, cluster);
  });

  it('says what to do about a data directory of another version', async () => {
    await (await start()).stop();
    await without('PG_VERSION', async () => {
      await writeFile(path.join(dataDir, 'cluster', 'PG_VERSION'), '15\n');
      await assert.rejects(start(), {
        code: 'EMBEDDED_POSTGRES_FAILED',
        message: /written by PostgreSQL 15, and this is 18.*DATABASE_URL/,
      });
    });
  });

  it('says what to do when the password is gone, and leaves nothing running', async () => {
    await (await start()).stop();
    await without('adapter-password', async () => {
      await assert.rejects(start(), {
        code: 'EMBEDDED_POSTGRES_FAILED',
        message: /password.* is gone.*DATABASE_URL/,
      });
      assert.equal(existsSync(path.join(dataDir, 'cluster', 'postmaster.pid')), false);
    });
  });

  it('tells what PostgreSQL said when it does not start', async () => {
    await (await start()).stop();
    await without('global/pg_control', async () => {
      await assert.rejects(start(), {
        code: 'EMBEDDED_POSTGRES_FAILED',
        message: /control.*DATABASE_URL/s,
      });
    });
  });

  it('says what to do where the folder cannot be made', async () => {
    await writeFile(path.join(dataDir, 'file'), '');
    await inAnother('file/postgres', async () => {
      await assert.rejects(start(), { code: 'EMBEDDED_POSTGRES_FAILED', message: /DATABASE_URL/ });
    });
  });

  it('does not quote in its log the row that broke a constraint', async () => {
    const server = await start();
    const { url } = server;
    await query(url, 'create table quoted (secret text check (length(secret) < 3))');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await assert.rejects(client.query('insert into quoted values ($1)', ['hunter2']));
    await client.end();
    await server.stop();

    const directory = path.join(dataDir, 'cluster', 'log');
    const files = await readdir(directory);
    const texts = await Promise.all(
      files.map((file) => readFile(path.join(directory, file), 'utf8')),
    );
    assert.match(texts.join('\n'), /violates check constraint/);
    assert.doesNotMatch(texts.join('\n'), /hunter2/);
  });

  describe('as root', { skip: !isRoot }, () => {
    for (const [one, other] of [
      ['user-namespace', 'setpriv'],
      ['setpriv', 'user-namespace'],
    ] as const) {
      it(
        `starts by ${one} what was made by ${other}, and back`,
        { skip: !bothWaysOfRoot },
        async () => {
          const table = one.replace('-', '_');
          for (const way of [other, one, other]) {
            const server = await start(way);
            await query(server.url, `create table if not exists ${table} (id int)`);
            await query(server.url, `insert into ${table} values (1)`);
            await server.stop();
          }
          const server = await start(one);
          assert.deepEqual(await query(server.url, `select count(*)::int from ${table}`), [
            { count: 3 },
          ]);
        },
      );
    }

    it('says what to do where neither way is permitted', async () => {
      await assert.rejects(start('self'), {
        code: 'EMBEDDED_POSTGRES_FAILED',
        message: /does not run as root.*DATABASE_URL/,
      });
    });
  });
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
