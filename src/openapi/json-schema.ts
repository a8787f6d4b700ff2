import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { invariant } from '../shared/errors.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Schemas that are known by a name, each written once. */
export interface Components {
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** The schema in JSON Schema, draft 2020-12; a reference where it has a name. */
  add(schema: z.ZodType, direction: 'input' | 'output'): JsonSchema;
}

/**
 * Collects what schemas refer to by their `id`s. Under one id there is one form: a schema that reads
 * otherwise than it writes needs two.
 */
export function createComponents(): Components {
  const schemas: Record<string, JsonSchema> = {};

  function keep(id: string, schema: JsonSchema): JsonSchema {
    const form = rewritten(without(schema, ['id'])) as JsonSchema;
    const known = schemas[id] ?? form;
    invariant(isDeepStrictEqual(known, form), `Two schemas are called ${id}`);
    schemas[id] = known;
    return { $ref: `${componentPath}${id}` };
  }

  return {
    schemas,
    add: (schema, io) => {
      const written: JsonSchema & { readonly id?: string } = z.toJSONSchema(schema, {
        target: 'draft-2020-12',
        unrepresentable: 'any',
        io,
      });
      for (const [id, definition] of Object.entries(written['$defs'] ?? {})) {
        keep(id, definition as JsonSchema);
      }
      const form = without(written, ['$schema', '$defs']);
      return written.id === undefined ? (rewritten(form) as JsonSchema) : keep(written.id, form);
    },
  };
}

function without(schema: JsonSchema, names: readonly string[]): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)));
}

const componentPath = '#/components/schemas/';

/** References lead to the document's components instead of the schema's own definitions. */
function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === '$ref' && typeof member === 'string'
        ? member.replace(/^#\/\$defs\//, componentPath)
        : rewritten(member),
    ]),
  );
}
