import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Express } from 'express';
import request from 'supertest';
import { z } from 'zod';
import { type OpenApiDocument, createDocument } from '../../../src/openapi/document.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** `get /a/{b}` for every route that an app has, however its routers lie within one another. */
function routesOf(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ route, handle }) =>
    route
      ? Object.keys(route.methods).map(
          (method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`,
        )
      : routesOf(handle.stack ?? []),
  );
}

const schema = z.record(z.string(), z.unknown());
const content = z.record(z.string().regex(/^\w+\/[\w+.-]+$/), z.strictObject({ schema }));

/** The parts of an OpenAPI 3.1 document that ours may have, each in the form that 3.1 has for it. */
const openApiForm = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.string(), description: z.string() })),
  tags: z.array(z.strictObject({ name: z.string() })),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(
      z.enum(['get', 'post', 'patch', 'put', 'delete']),
      z.strictObject({
        operationId: z.string().min(1),
        tags: z.array(z.string()),
        summary: z.string().min(1),
        description: z.string().optional(),
        security: z.array(z.record(z.string(), z.array(z.never()))),
        parameters: z.array(
          z.strictObject({
            name: z.string(),
            in: z.enum(['path', 'query', 'header']),
            required: z.boolean(),
            schema,
          }),
        ),
        requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
        responses: z.record(
          z.string().regex(/^[1-5]\d\d$/),
          z.strictObject({ description: z.string().min(1), content: content.optional() }),
        ),
      }),
    ),
  ),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), schema),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.enum(['http', 'apiKey']) })),
  }),
});

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === '$ref' ? [String(member)] : referencesIn(member),
  );
}

function resolves(document: unknown, reference: string): boolean {
  const parts = reference.replace(/^#\//, '').split('/');
  let at: unknown = document;
  for (const part of parts) at = (at as Record<string, unknown> | undefined)?.[part];
  return reference.startsWith('#/') && at !== undefined;
}

describe('the OpenAPI documents', () => {
  let adapter: TestAdapter;
  before(async () => {
    adapter = await startTestAdapter();
  });
  after(() => adapter[Symbol.asyncDispose]());

  const apps = {
    public: () => adapter.publicApp,
    internal: () => adapter.internalApp,
  } as const;

  async function documentOf(app: Express): Promise<OpenApiDocument> {
    const answer = await request(app).get('/openapi.json');
    assert.equal(answer.status, 200);
    return answer.body as OpenApiDocument;
  }

  for (const [name, app] of Object.entries(apps)) {
    it(`of the ${name} listener has the form of OpenAPI 3.1`, async () => {
      openApiForm.parse(await documentOf(app()));
    });

    it(`of the ${name} listener refers to nothing that is not there`, async () => {
      const document = await documentOf(app());
      const references = referencesIn(document);
      assert.notEqual(references.length, 0);
      assert.deepEqual(
        references.filter((reference) => !resolves(document, reference)),
        [],
      );
    });

    it(`of the ${name} listener describes every route, and nothing else`, async () => {
      const { paths } = await documentOf(app());
      const described = Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method} ${path}`),
      );
      const routes = routesOf((app() as unknown as { router: { stack: Layer[] } }).router.stack);
      assert.deepEqual(described.toSorted(), routes.toSorted());
    });

    it(`of the ${name} listener names each operation once, and each path parameter`, async () => {
      const { paths, components } = await documentOf(app());
      const operations = Object.entries(paths).flatMap(([path, methods]) =>
        Object.values(methods).map((operation) => ({ path, ...operation })),
      );
      const ids = operations.map(({ operationId }) => operationId);
      assert.deepEqual(ids, [...new Set(ids)]);
      for (const { path, parameters, security } of operations) {
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
        const named = parameters.filter((parameter) => parameter.in === 'path');
        assert.deepEqual(
          named.map((parameter) => parameter.name),
          inPath,
          path,
        );
        assert.ok(named.every(({ required }) => required));
        for (const scheme of security.flatMap((needed) => Object.keys(needed))) {
          assert.ok(scheme in components.securitySchemes, scheme);
        }
      }
    });
  }

  it('of the back office say what a status line is by the very schema that reads it', async () => {
    const { components } = await documentOf(adapter.internalApp);
    const line = components.schemas['StatusLine'] as {
      readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
      readonly required: readonly string[];
    };
    assert.deepEqual(line.required, ['pspTransactionId', 'status', 'amount']);
    assert.equal(line.properties['amount']?.['minimum'], 1);
    assert.equal(line.properties['currency']?.['default'], 'NOK');
  });

  it('of the back office say of every call that it needs the token', async () => {
    const { paths } = await documentOf(adapter.internalApp);
    for (const [path, methods] of Object.entries(paths)) {
      const needed = path.startsWith('/back-office/') ? [{ backOfficeToken: [] }] : [];
      for (const { security } of Object.values(methods)) assert.deepEqual(security, needed, path);
    }
  });

  it('have a page to read on the internal listener, without scripts', async () => {
    const { text, headers } = await request(adapter.internalApp).get('/reference');
    assert.match(headers['content-type'] ?? '', /^text\/html/);
    assert.match(text, /POST \/back-office\/v1\/status-updates/);
    assert.doesNotMatch(text, /<script/i);
    const { paths, components } = await documentOf(adapter.internalApp);
    for (const path of Object.keys(paths)) assert.ok(text.includes(path), path);
    for (const [, name = ''] of text.matchAll(/href="#object-(\w+)"/g)) {
      assert.ok(name in components.schemas, name);
    }
    assert.equal((await request(adapter.publicApp).get('/reference')).status, 404);
  });

  it('cannot have two forms under one name', () => {
    const operations = (['get', 'post'] as const).map((method) => ({
      method,
      path: '/thing',
      id: method,
      tag: 'Things',
      summary: 'A thing',
      answers: {
        200: {
          description: 'it',
          schema: z.object({ [method]: z.string() }).meta({ id: 'Thing' }),
        },
      },
    }));
    assert.throws(
      () => createDocument({ title: '', description: '', operations }),
      /Two schemas are called Thing/,
    );
  });
});
