import { type z } from 'zod';

/** How a caller shows who it is. */
export type Credential =
  'BACK_OFFICE_TOKEN' | 'MERCHANT' | 'MERCHANT_SECRET' | 'MAKE_PAYMENT_TOKEN';

export interface DescribedAnswer {
  readonly description: string;
  /** Absent for an answer without a body, or whose body is no JSON. */
  readonly schema?: z.ZodType;
  /** JSON where absent. */
  readonly mediaType?: string;
}

/**
 * One call that is served, described beside its route. The schemas are the ones that the route reads
 * requests with; those of the answers are what tests hold the answers to.
 */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch';
  /** As the router has it: a parameter is `:name`. */
  readonly path: string;
  /** Unique within a document. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Absent where anybody may call. */
  readonly credential?: Credential;
  readonly pathParameters?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: { readonly schema: z.ZodType; readonly required: boolean };
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
}
