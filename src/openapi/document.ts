import { type z } from 'zod';
import { type Credential, type DescribedAnswer, type Operation } from '../http/operation.ts';
import { invariant } from '../shared/errors.ts';
import { type Components, createComponents, type JsonSchema } from './json-schema.ts';

/** An OpenAPI 3.1 document, as far as we write one. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, PathOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: JsonSchema;
  };
}

interface PathOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonSchema;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

interface Response {
  readonly description: string;
  readonly content?: Content;
}

export interface Described {
  readonly title: string;
  readonly description: string;
  readonly operations: readonly Operation[];
}

/** Of the calls, not of the program: it grows when a caller has to change something. */
const version = '1';

/** The schemes that make up each credential; a caller shows all of them. */
const schemesOf: Readonly<Record<Credential, readonly string[]>> = {
  BACK_OFFICE_TOKEN: ['backOfficeToken'],
  MERCHANT: ['accessToken', 'subscriptionKey'],
  MERCHANT_SECRET: ['clientId', 'clientSecret', 'subscriptionKey'],
  MAKE_PAYMENT_TOKEN: ['makePaymentToken'],
};

const headerKey = (name: string) => ({ type: 'apiKey', in: 'header', name });

const securitySchemes: Readonly<Record<string, JsonSchema>> = {
  backOfficeToken: { type: 'http', scheme: 'bearer' },
  accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  subscriptionKey: headerKey('Ocp-Apim-Subscription-Key'),
  clientId: headerKey('client_id'),
  clientSecret: headerKey('client_secret'),
  makePaymentToken: headerKey('Authorization'),
};

/** Writes the document of a listener, from the schemas that its routes read with. */
export function createDocument({ title, description, operations }: Described): OpenApiDocument {
  const components = createComponents();
  const paths: Record<string, Record<string, PathOperation>> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}');
    const methods = (paths[path] ??= {});
    invariant(!(operation.method in methods), `${operation.method} ${path} is described once`);
    methods[operation.method] = pathOperation(operation, components);
  }
  const used = new Set(operations.flatMap(({ credential }) => credential && schemesOf[credential]));
  return {
    openapi: '3.1.0',
    info: { title, version, description },
    servers: [{ url: '/', description: 'The listener that this document is from' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: Object.fromEntries(
        Object.entries(securitySchemes).filter(([name]) => used.has(name)),
      ),
    },
  };
}

function pathOperation(operation: Operation, components: Components): PathOperation {
  const { id, tag, summary, description, credential, body, answers } = operation;
  const schemes = credential ? schemesOf[credential] : [];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: credential ? [Object.fromEntries(schemes.map((scheme) => [scheme, []]))] : [],
    parameters: [
      ...parametersOf('path', operation.pathParameters, components),
      ...parametersOf('query', operation.query, components),
      ...parametersOf('header', operation.headers, components),
    ],
    ...(body && {
      requestBody: {
        required: body.required,
        content: { 'application/json': { schema: components.add(body.schema, 'input') } },
      },
    }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, response(answer, components)]),
    ),
  };
}

function parametersOf(
  place: Parameter['in'],
  schema: z.ZodObject | undefined,
  components: Components,
): Parameter[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = components.add(schema, 'input') as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }));
}

function response(answer: DescribedAnswer, components: Components): Response {
  const { description, schema, mediaType } = answer;
  if (schema === undefined && mediaType === undefined) return { description };
  const form = schema ? components.add(schema, 'output') : { type: 'string' };
  return { description, content: { [mediaType ?? 'application/json']: { schema: form } } };
}
