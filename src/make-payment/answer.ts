import { type Reply } from './reply.ts';

/** How the answer to a call fared on its way out. */
export type Departure = 'TOLD' | 'NOT_TOLD' | 'UNCERTAIN';

export type Answer =
  | { readonly kind: 'UNAUTHORISED' }
  | {
      readonly kind: 'REPLY';
      readonly reply: Reply;
      /** Where the answer says OK for the first time: what to say instead when it is too late, and whom to tell. */
      readonly approval?: Approval;
    };

/** An approval that waits for its delivery. */
export interface Approval {
  readonly insteadWhenLate: Reply;
  readonly departed: (how: Departure) => void;
}
