import pg from 'pg';

export const filledMerchants = 500;
export const firstFilledMsn = 300_000;

const insertMerchantsSql = `
  insert into merchant (msn, name, client_id, client_secret_hash, subscription_key_hash,
    acquirer_merchant_id, terminal_id, category_code, descriptor, country)
  select ($1::integer + m)::text, 'A shop', 'filled-' || m, sha256('1'), sha256('2'), 'M-1', 'T-1',
    '5411', 'A SHOP', 'NO'
  from generate_series(0, $2::integer - 1) m`;

/**
 * What half a year leaves behind: of a hundred payments eighty-six were captured, four of them
 * refunded later, ten cancelled by the customer, and a few expired, declined or withdrawn. Every
 * capture and refund was reported. Spread over time, merchants, amounts and cards.
 */
const insertPaymentsSql = `
  with numbered as (
    select n, n % 100 as fate, now() - interval '180 days' * (1 - n::double precision / $4) as at,
      ($1::integer + n % $2::integer)::text as msn, 'f' || md5(n::text) as psp_id,
      10000 + n % 150 as amount
    from generate_series($3::integer + 1, $3::integer + $5::integer) n
  ), made as materialized (
    select *, uuidv7(at - clock_timestamp()) as id, fate < 86 as taken, fate < 4 as returned,
      case when fate < 86 then 'AUTHORISED' when fate < 96 then 'ABORTED' when fate < 98 then 'EXPIRED'
        when fate < 99 then 'FAILED' else 'TERMINATED' end as state
    from numbered
  ), paid as (
    insert into payment (id, msn, reference, rail, psp_transaction_id, state, version, currency,
      amount_minor, authorised_minor, captured_minor, refunded_minor, user_flow, return_url,
      payment_text, return_token_hash, vipps_redirect_url, masked_pan, bin, scheme, acquirer_reference,
      authorisation_code, rrn, response_code, created_at, expires_at, authorised_at)
    select id, msn, 'ref-' || psp_id, 'psp-v2', psp_id, state,
      case when returned then 6 when taken then 5 else 2 end, 'NOK', amount,
      case when taken then amount else 0 end, case when taken then amount else 0 end,
      case when returned then amount else 0 end, 'WEB_REDIRECT', 'https://shop.example.com/back',
      'A purchase', sha256(psp_id::bytea), 'https://api.vipps.example/deeplink/vippsgateway?v=2&token=' || psp_id,
      case when taken then '492500******' || lpad((n % 100)::text, 4, '0') end,
      case when taken then '492500' end, case when taken then 'VISA' end,
      case when taken then psp_id || '-a1' end, case when taken then '123456' end,
      case when taken then '000000000001' end, case when taken then '00' end,
      at, at + interval '660 seconds', case when taken then at end
    from made
  ), known as (
    insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id,
      make_payment_token_hash, created_at)
    select id, psp_id, 'o' || psp_id, gen_random_uuid(), sha256(psp_id::bytea), at from made
  ), legs as (
    insert into authorisation_leg (payment_id, attempt, leg, psp_transaction_id, acquirer_reference,
      owner, opened_at, outcome, response_code, reply, reply_status, decided_at, delivery, delivered_at)
    select id, 1, 1, psp_id, psp_id || '-a1', gen_random_uuid(), at, 'APPROVED', '00',
      '{"paymentInfo":{"pspTransactionId":"' || psp_id || '","status":"OK"}}', 'OK', at, 'TOLD', at
    from made where taken
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail, at)
    select id, sequence, event, amount, jsonb_build_object('leg', 1, 'acquirerReference', psp_id || '-a1'), at
    from made join (values (1, 'CREATED'), (2, 'CONFIRMED'), (3, 'APPROVED'), (4, 'TOLD'),
      (5, 'CAPTURED'), (6, 'REFUNDED')) as o (sequence, event)
      on sequence = 1 or (taken and sequence < 6) or returned
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor, at)
    select id, sequence, name, amount, at
    from made join (values (1, 'CREATED'), (4, 'AUTHORIZED'), (5, 'CAPTURED'), (6, 'REFUNDED'))
      as e (sequence, name) on sequence = 1 or (taken and sequence < 6) or returned
  ), modified as (
    insert into modification (payment_id, operation_id, kind, amount_minor, carried_out_by, state,
      acquirer_reference, response_code, attempts, begun_at, settled_at)
    select id, gen_random_uuid()::text, kind, amount, 'ADAPTER', 'DONE', psp_id || '-' || kind, '00', 1, at, at
    from made join (values ('CAPTURE'), ('REFUND')) as m (kind) on (taken and kind = 'CAPTURE') or returned
  ), answered as (
    insert into idempotency_record (msn, key, operation, fingerprint, payment_id, status, body,
      created_at, finished_at)
    select msn, psp_id, 'create-payment', sha256(psp_id::bytea), id, 201, '{"reference":"ref-' || psp_id || '"}', at, at
    from made
  )
  insert into status_update (payment_id, sequence, msn, psp_transaction_id, status, amount_minor,
    currency, payment_text, state, batch_id, position, enqueued_at, settled_at)
  select id, sequence, msn, psp_id, status, amount, 'NOK', 'A purchase', 'ACCEPTED',
    md5(msn || $3)::uuid, n - $3::integer, at, at
  from made join (values (5, 'CAPTURED'), (6, 'REFUNDED')) as s (sequence, status)
    on (taken and sequence = 5) or returned`;

const insertBatchesSql = `
  insert into status_update_batch (msn, id, lines, state, next_attempt_at, settled_at)
  select ($1::integer + m)::text, md5(($1::integer + m)::text || $3)::uuid, 40, 'ACCEPTED', now(), now()
  from generate_series(0, $2::integer - 1) m`;

const paymentsPerStatement = 20_000;

/**
 * Fills an empty schema with payments of the last half year, and leaves it as the nightly vacuum
 * would. Indexes are made afterwards and foreign keys are not looked up: it takes minutes otherwise.
 */
export async function fillDatabase(url: string, payments: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `set session_replication_role to replica; set synchronous_commit to off; set maintenance_work_mem to '256MB'`,
    );
    await client.query(insertMerchantsSql, [firstFilledMsn, filledMerchants]);
    const indexes = await dropIndexes(client);
    for (let made = 0; made < payments; made += paymentsPerStatement) {
      const count = Math.min(paymentsPerStatement, payments - made);
      const values = [firstFilledMsn, filledMerchants, made];
      await client.query(insertPaymentsSql, [...values, payments, count]);
      await client.query(insertBatchesSql, values);
    }
    for (const definition of indexes) await client.query(definition);
    await client.query('vacuum (analyze, freeze)');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** All but those of keys; says how to make them again. */
async function dropIndexes(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i join pg_class c on c.oid = i.indexrelid
     where c.relnamespace = 'public'::regnamespace
       and not exists (select from pg_constraint k where k.conindid = i.indexrelid)`,
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition);
}
