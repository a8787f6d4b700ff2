/**
 * What becomes of a reversal that was ordered before, as the conflict clause of `insert into reversal
 * as r`: it is due again as a new message. Whoever works on the old one is fenced off, as its answer
 * says nothing of what is known now.
 */
export const reversalAnewSql = `
    on conflict (payment_id, attempt, leg) do update
      set state = 'DUE', ordinal = r.ordinal + 1, attempts = 0, fence = r.fence + 1, leased_until = null,
        reason = excluded.reason, acknowledged_at = null, next_attempt_at = clock_timestamp(),
        authorisation_sent_at = excluded.authorisation_sent_at`;
