/** One effect, as `GET /ledger` shows it. Never a card number. */
export type LedgerEntry = {
  readonly type: 'AUTHORISATION' | 'CAPTURE' | 'VOID' | 'REFUND' | 'REVERSAL';
  readonly approved: boolean;
  /** Minor units. Of a reversal: what it released, 0 where it released nothing. */
  readonly amount: number;
  readonly currency: string;
  readonly reference: string;
  /** Null for an AUTHORISATION. */
  readonly originalReference: string | null;
  readonly pspTransactionId: string;
  readonly responseCode: string;
  /** RFC 3339, UTC, with milliseconds. */
  readonly at: string;
};

/** An effect with what a repeat of its message needs. */
export type Booking = {
  readonly entry: LedgerEntry;
  /** The answer's body, byte for byte. */
  readonly answer: string;
  /** Keyed hash of operation and message: tells a repeat from a reused key. */
  readonly fingerprint: string;
  /** Of a reversal that found nothing: decline the authorisation, should it come yet. */
  readonly remembered?: boolean;
};

/** What is left of an authorisation. All amounts in minor units. */
export type Authorisation = {
  readonly reference: string;
  readonly pspTransactionId: string;
  readonly currency: string;
  readonly approved: boolean;
  readonly authorised: number;
  captured: number;
  voided: number;
  refunded: number;
  reversed: boolean;
};

/** Everything is found by reference, so that a hundred thousand entries cost no more than one. */
export type Books = {
  readonly entries: LedgerEntry[];
  readonly bookings: Map<string, Booking>;
  readonly authorisations: Map<string, Authorisation>;
  readonly rememberedReversals: Set<string>;
};

export function emptyBooks(): Books {
  return {
    entries: [],
    bookings: new Map(),
    authorisations: new Map(),
    rememberedReversals: new Set(),
  };
}

/** What may still be captured or voided, in minor units. */
export function remainingOf(authorisation: Authorisation): number {
  const { approved, reversed, authorised, captured, voided } = authorisation;
  return approved && !reversed ? authorised - captured - voided : 0;
}

/** Applies a decided booking. The books are a pure function of the bookings in their order. */
export function enter(books: Books, booking: Booking): void {
  const { entry } = booking;
  books.entries.push(entry);
  books.bookings.set(entry.reference, booking);
  if (booking.remembered && entry.originalReference !== null) {
    books.rememberedReversals.add(entry.originalReference);
  }
  if (entry.type === 'AUTHORISATION') openAuthorisation(books, entry);
  else if (entry.approved) changeAuthorisation(books, entry);
}

function openAuthorisation(books: Books, entry: LedgerEntry): void {
  const { reference, pspTransactionId, currency, approved, amount } = entry;
  books.authorisations.set(reference, {
    reference,
    pspTransactionId,
    currency,
    approved,
    authorised: amount,
    captured: 0,
    voided: 0,
    refunded: 0,
    reversed: false,
  });
}

function changeAuthorisation(books: Books, entry: LedgerEntry): void {
  const authorisation = books.authorisations.get(entry.originalReference ?? '');
  if (!authorisation) return;
  if (entry.type === 'CAPTURE') authorisation.captured += entry.amount;
  if (entry.type === 'VOID') authorisation.voided += entry.amount;
  if (entry.type === 'REFUND') authorisation.refunded += entry.amount;
  if (entry.type === 'REVERSAL') authorisation.reversed = true;
}
