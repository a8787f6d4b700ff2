import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { linkLibraries } from '../../../src/database/embedded-postgres/link-libraries.ts';

describe('linkLibraries', () => {
  let root: string;
  let packageDirectory: string;
  let links: string;

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'link-libraries-'));
    packageDirectory = path.join(root, 'package');
    links = path.join(root, 'links');
    await mkdir(path.join(packageDirectory, 'native', 'lib'), { recursive: true });
    await writeFile(path.join(packageDirectory, 'native/lib/libicu.so.60.2'), 'the library');
    await writeFile(
      path.join(packageDirectory, 'native/pg-symlinks.json'),
      JSON.stringify([{ source: 'native/lib/libicu.so.60.2', target: 'native/lib/libicu.so.60' }]),
    );
  });
  afterEach(() => rm(root, { recursive: true }));

  const link = () =>
    linkLibraries({ packageDirectory, initdb: '', postgres: '', pgCtl: '' }, links);
  const linked = () => readFile(path.join(links, 'libicu.so.60'), 'utf8');

  it('makes the links that npm ci --ignore-scripts left out, in a folder of ours', async () => {
    assert.equal(await link(), `${links}${path.delimiter}${packageDirectory}/native/lib`);
    assert.equal(await linked(), 'the library');
    assert.deepEqual(await readdir(path.join(packageDirectory, 'native/lib')), ['libicu.so.60.2']);
  });

  it('points links of an earlier checkout to where the library is now', async () => {
    await mkdir(links);
    await symlink('/gone/libicu.so.60.2', path.join(links, 'libicu.so.60'));

    await link();

    assert.equal(await linked(), 'the library');
  });

  it('makes none where the install made them', async () => {
    const made = path.join(packageDirectory, 'native/lib/libicu.so.60');
    await symlink('libicu.so.60.2', made);

    assert.equal(await link(), undefined);
  });

  it('can be done by several at once', async () => {
    await Promise.all([link(), link(), link(), link()]);

    assert.equal(await linked(), 'the library');
    assert.deepEqual(await readdir(links), ['libicu.so.60']);
  });
});
