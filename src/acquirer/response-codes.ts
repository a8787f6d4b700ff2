import { type DeclineReason, type Scheme } from './acquirer.ts';

/** What a response code (ISO 8583, data element 39) means for an authorisation. */
export type Verdict =
  | { readonly kind: 'APPROVED' }
  | { readonly kind: 'DECLINED'; readonly reason: DeclineReason }
  /** The issuer wants the cardholder authenticated first. */
  | { readonly kind: 'SOFT_DECLINED' }
  /** The acquirer did not hear from the issuer, or not in time: money may be held. */
  | { readonly kind: 'NOBODY_ANSWERED' };

export type CodeTable = Readonly<Record<string, Verdict>>;

export interface ResponseCodes {
  /** Undefined for a code that is not listed for the scheme: neither yes nor no. */
  verdictOn(code: string, scheme: Scheme): Verdict | undefined;
  /** Whether the code is a definite no to a capture, a void or a refund. */
  refusesModification(code: string): boolean;
}

/**
 * The table of an acquirer: the codes that all schemes share, those of one scheme, and before both
 * those that the acquirer itself defines.
 */
export function responseCodes(ofTheAcquirer: CodeTable = {}): ResponseCodes {
  return {
    verdictOn: (code, scheme) => {
      for (const table of [ofTheAcquirer, ofScheme[scheme], ofAllSchemes]) {
        if (Object.hasOwn(table, code)) return table[code];
      }
      return undefined;
    },
    refusesModification: (code) =>
      modificationRefusals.has(code) || ofAllSchemes[code]?.kind === 'DECLINED',
  };
}

export function declined(reason: DeclineReason): Verdict {
  return { kind: 'DECLINED', reason };
}

const approved: Verdict = { kind: 'APPROVED' };
const softDeclined: Verdict = { kind: 'SOFT_DECLINED' };
const nobodyAnswered: Verdict = { kind: 'NOBODY_ANSWERED' };
const refused = declined('REFUSED_BY_ISSUER');

/**
 * Sources: ISO 8583, data element 39; Visa's category 1 of codes that are never to be tried again,
 * all of which are refusals by the issuer unless they say something more exact. 10, a partial
 * approval, and 70 are left out on purpose: what is not listed is unknown.
 */
const ofAllSchemes: CodeTable = {
  '00': approved,
  '01': refused,
  '02': refused,
  '03': refused,
  '04': refused,
  '05': refused,
  '07': refused,
  '12': refused,
  '14': declined('INVALID_CARD_NUMBER'),
  '15': declined('NO_SUCH_ISSUER'),
  '33': declined('EXPIRED_CARD'),
  '34': declined('SUSPECTED_FRAUD'),
  '41': refused,
  '43': refused,
  '51': declined('INSUFFICIENT_FUNDS'),
  '54': declined('EXPIRED_CARD'),
  '57': refused,
  '59': declined('SUSPECTED_FRAUD'),
  '61': declined('EXCEEDS_LIMIT'),
  '62': refused,
  '68': nobodyAnswered,
  '78': refused,
  '91': nobodyAnswered,
  '93': refused,
  '96': nobodyAnswered,
  R0: refused,
  R1: refused,
  R3: refused,
};

/** 65 is a limit on how often at Visa, and a call for authentication at Mastercard. */
const mastercard: CodeTable = { '65': softDeclined };

const ofScheme: Readonly<Record<Scheme, CodeTable>> = {
  VISA: { '1A': softDeclined, '65': declined('EXCEEDS_LIMIT') },
  MASTERCARD: mastercard,
  MAESTRO: mastercard,
  DANKORT: {},
  AMEX: {},
  OTHER: {},
};

/** Invalid amount; nothing was done; no such original. */
const modificationRefusals: ReadonlySet<string> = new Set(['13', '21', '25']);
