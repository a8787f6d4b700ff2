import { type Pool } from 'pg';

export interface EvidenceQuery {
  readonly from: Date;
  readonly to: Date;
  readonly msn?: string | undefined;
}

/** pspTransactionIds, newest first. Of operations, those whose reports Vipps has accepted. */
export interface EvidenceFound {
  readonly capturedAndRefunded: readonly string[];
  readonly captured: readonly string[];
  readonly cancelled: readonly string[];
  readonly byErrorId: ReadonlyMap<number, readonly string[]>;
}

export interface EvidenceRepository {
  /** Of payments made in that time: a few ids for each thing that Vipps wants to see. */
  find(query: EvidenceQuery): Promise<EvidenceFound>;
}

const idsMax = 5;

export function createEvidenceRepository(hot: Pool): EvidenceRepository {
  return {
    find: async ({ from, to, msn = null }) => {
      const reported = async (...statuses: readonly string[]) => {
        const { rows } = await hot.query<{ id: string }>(reportedSql, [from, to, msn, statuses]);
        return rows.map(({ id }) => id);
      };
      const { rows } = await hot.query<ErrorRow>(errorsSql, [from, to, msn, idsMax]);
      return {
        capturedAndRefunded: await reported('CAPTURED', 'REFUNDED'),
        captured: await reported('CAPTURED'),
        cancelled: await reported('CANCELLED'),
        byErrorId: new Map(rows.map((row) => [row.error_id, row.ids])),
      };
    },
  };
}

interface ErrorRow {
  readonly error_id: number;
  readonly ids: readonly string[];
}

const reportedSql = `
  select p.psp_transaction_id as id from payment p
  where p.created_at >= $1 and p.created_at < $2 and ($3::text is null or p.msn = $3)
    and not exists (
      select from unnest($4::text[]) wanted (status) where not exists (
        select from status_update u where u.payment_id = p.id and u.status = wanted.status
          and u.state = 'ACCEPTED' and u.operation_status = 'SUCCESS'))
  order by p.created_at desc, p.id desc limit ${idsMax}`;

const errorsSql = `
  with answered as (
    select l.psp_transaction_id, l.opened_at,
      cast(cast(l.reply as jsonb) #>> '{errorMessage,errorId}' as integer) as error_id
    from payment p join authorisation_leg l on l.payment_id = p.id
    where p.created_at >= $1 and p.created_at < $2 and ($3::text is null or p.msn = $3)
      and l.reply_status <> 'OK'
  ), ranked as (
    select *, row_number() over (partition by error_id order by opened_at desc) as rank from answered
  )
  select error_id, array_agg(psp_transaction_id order by rank) as ids
  from ranked where rank <= $4::integer group by error_id`;
