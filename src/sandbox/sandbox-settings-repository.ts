import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Database } from '../database/database.ts';

/**
 * What the sandbox makes up for itself, kept readable so that every copy on one database says the
 * same and a restart changes nothing. Never present in production.
 */
export type SandboxSettings = z.infer<typeof settingsSchema>;

const settingsSchema = z.object({
  merchantSerialNumber: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  subscriptionKey: z.string(),
  backOfficeToken: z.string(),
  accessTokenKey: z.string(),
});

/** The one that the simulated Vipps knows from the start. */
const merchantSerialNumber = '123456';

/** Reads the settings; the first copy on a database makes them. */
export async function loadSandboxSettings(database: Database): Promise<SandboxSettings> {
  const { knex } = database;
  // "If not exists" fails when two copies create the table at the same moment: one after the other.
  await knex.raw(`
    select pg_advisory_xact_lock(hashtext('sandbox_setting'));
    create table if not exists sandbox_setting (name text primary key, value jsonb not null)`);
  await knex('sandbox_setting')
    .insert({ name: 'sandbox', value: JSON.stringify(madeUpSettings()) })
    .onConflict('name')
    .ignore();
  const row: unknown = await knex('sandbox_setting').where({ name: 'sandbox' }).first('value');
  return z.object({ value: settingsSchema }).parse(row).value;
}

function madeUpSettings(): SandboxSettings {
  return {
    merchantSerialNumber,
    clientId: randomUUID(),
    clientSecret: randomBytes(32).toString('base64'),
    subscriptionKey: randomBytes(16).toString('hex'),
    backOfficeToken: randomBytes(32).toString('base64url'),
    accessTokenKey: randomBytes(32).toString('base64url'),
  };
}
