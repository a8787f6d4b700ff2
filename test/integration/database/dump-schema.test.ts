import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { dumpSchema } from '../../../src/database/dump-schema.ts';
import {
  createEmptyTestDatabase,
  createTestDatabase,
  type TestDatabase,
} from '../../support/test-database.ts';

/** One of everything that the dump promises to describe. */
const everything = `
  create type colour as enum ('red', 'green''ish');
  create domain short_name as text default 'it''s' not null constraint short_name_form check (length(value) < 5);
  create domain even_shorter_name as short_name check (length(value) < 3) check (value <> 'no');
  create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
  create sequence "odd Name" start 5 increment 2;
  create table child (
    id bigint generated always as identity primary key,
    parent_id integer not null,
    small serial,
    colour colour not null default 'red',
    name text collate "C" unique check (length(name) < 10),
    doubled integer generated always as (parent_id * 2) stored,
    nick even_shorter_name,
    at timestamptz not null default now(),
    gone text
  ) with (fillfactor = 70);
  alter table child drop column gone;
  create unlogged table parent (id integer primary key, during tstzrange, exclude using gist (during with &&));
  alter table parent set logged;
  alter table child add constraint child_of_parent foreign key (parent_id) references parent (id) on delete cascade;
  create index child_at on child (at desc) where colour = 'red';
  create unique index child_upper on child (upper(name)) include (at);
  create view red_child as select id, name from child where colour = 'red';
  create trigger child_touch before update on child for each row execute function touch();
  comment on table child is 'It''s a child';
  comment on column child.name is 'Of the child';
  comment on function touch() is 'Touches';
  comment on constraint child_of_parent on child is 'Why';
  comment on trigger child_touch on child is 'When';
  comment on index child_at is 'For';
  comment on type colour is 'Hue';
  comment on domain short_name is 'Brief';`;

describe('dumpSchema', () => {
  let one: TestDatabase;
  let other: TestDatabase;

  beforeEach(async () => {
    [one, other] = await Promise.all([createEmptyTestDatabase(), createEmptyTestDatabase()]);
  });
  afterEach(() => Promise.all([one.drop(), other.drop()]));

  it('writes SQL that makes the same schema again', async () => {
    await one.database.hot.query(everything);
    const dump = await dumpSchema(one.url);

    await other.database.hot.query(dump);

    assert.equal(await dumpSchema(other.url), dump);
    for (const part of [
      'on delete cascade',
      'fillfactor=70',
      'include (at)',
      "green''ish",
      'Hue',
    ]) {
      assert.ok(dump.toLowerCase().includes(part.toLowerCase()), `${part} is missing in:\n${dump}`);
    }
  });

  it('refuses what it cannot describe instead of leaving it out', async () => {
    await one.database.hot.query(
      'create type ore as range (subtype = bigint); create table p (a int) partition by list (a)',
    );

    await assert.rejects(dumpSchema(one.url), /relation p of kind p, type ore/);
  });
});

describe('db/schema.sql', () => {
  it('is what the migrations make: run npm run db:dump after changing them', async () => {
    const migrated = await createTestDatabase();
    try {
      const committed = new URL('../../../../db/schema.sql', import.meta.url);
      assert.equal(await readFile(committed, 'utf8'), await dumpSchema(migrated.url));
    } finally {
      await migrated.drop();
    }
  });
});
