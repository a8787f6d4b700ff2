import { html, type Html, Html as Markup } from '../http/html.ts';
import { type OpenApiDocument } from './document.ts';
import { type JsonSchema } from './json-schema.ts';

type PathOperation = OpenApiDocument['paths'][string][string];

/** The document as a page to read: no script, nothing from elsewhere. */
export function referencePage(document: OpenApiDocument): Html {
  const { info, tags, components } = document;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${info.title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <h1>${info.title}</h1>
        <p>${info.description} The same for machines: <a href="openapi.json">openapi.json</a>.</p>
        ${tags.map(({ name }) => section(name, document))}
        <h2>Objects</h2>
        ${Object.entries(components.schemas).map(([name, schema]) => object(name, schema))}
      </body>
    </html>`;
}

const style = new Markup(`
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  h3 code { font-size: 1.1em; }
  .scroll { overflow-x: auto; }
  h3 code, td code { overflow-wrap: anywhere; }
  table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem; }
  th, td { border-bottom: 1px solid #ccc; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
  @media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } a { color: #8cf; } }
`);

function section(tag: string, document: OpenApiDocument): Html {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => call(method, path, operation)),
  );
  return html`<h2>${tag}</h2>
    ${operations}`;
}

function call(method: string, path: string, operation: PathOperation): Html {
  const { summary, description = '', parameters, requestBody, responses, security } = operation;
  const schemes = Object.keys(security[0] ?? {});
  return html`<h3 id="${operation.operationId}"><code>${method.toUpperCase()} ${path}</code></h3>
    <p><strong>${summary}.</strong> ${prose(description)}</p>
    <p>${schemes.length === 0 ? 'Open to anybody.' : `Needs ${schemes.join(', ')}.`}</p>
    ${table(
      ['Parameter', 'Form', 'Meaning'],
      parameters.map(({ name, in: place, required, schema }) => [
        html`<code>${name}</code> (${place}${required ? ', required' : ''})`,
        form(schema),
        meaning(schema),
      ]),
    )}
    ${requestBody ? html`<p>Body: ${contentForm(requestBody.content)}</p>` : html``}
    ${table(
      ['Status', 'Meaning', 'Body'],
      Object.entries(responses).map(([status, { description: what, content }]) => [
        html`${status}`,
        prose(what),
        content ? contentForm(content) : html`none`,
      ]),
    )}`;
}

function contentForm(content: NonNullable<PathOperation['requestBody']>['content']): Html {
  const forms = Object.entries(content).map(
    ([mediaType, { schema }]) => html`${form(schema)} <small>${mediaType}</small>`,
  );
  return html`${forms}`;
}

function object(name: string, schema: JsonSchema): Html {
  const { properties = {}, required = [] } = schema as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return html`<h3 id="object-${name}"><code>${name}</code></h3>
    <p>${meaning(schema)}</p>
    ${table(
      ['Member', 'Form', 'Meaning'],
      Object.entries(properties).map(([member, its]) => [
        html`<code>${member}</code>${required.includes(member) ? '' : ' (optional)'}`,
        form(its),
        meaning(its),
      ]),
    )}`;
}

function table(heads: readonly string[], rows: readonly (readonly Html[])[]): Html {
  if (rows.length === 0) return html``;
  return html`<div class="scroll">
    <table>
      <tr>
        ${heads.map((head) => html`<th>${head}</th>`)}
      </tr>
      ${rows.map(
        (cells) =>
          html`<tr>
            ${cells.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </table>
  </div>`;
}

function meaning({ description }: JsonSchema): Html {
  return typeof description === 'string' ? prose(description) : html``;
}

/** Text in which what stands between backticks is code, as in the document's Markdown. */
function prose(text: string): Html {
  const parts = text.split('`');
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))}`;
}

/** A schema in a few words. */
function form(schema: JsonSchema): Html {
  const { $ref, anyOf, enum: words, items, type, pattern, format, default: standard } = schema;
  if (typeof $ref === 'string') {
    const name = $ref.split('/').at(-1) ?? '';
    return html`<a href="#object-${name}">${name}</a>`;
  }
  if (Array.isArray(anyOf)) return joined((anyOf as JsonSchema[]).map(form));
  if (Array.isArray(words)) return html`${words.map(String).join(' | ')}`;
  if (typeof items === 'object') return html`list of ${form(items as JsonSchema)}`;
  const parts = [
    type ?? 'anything',
    format ?? pattern,
    standard !== undefined && `default ${JSON.stringify(standard)}`,
  ];
  return html`${parts.filter((part) => typeof part === 'string').join(', ')}`;
}

function joined(forms: readonly Html[]): Html {
  return html`${forms.map((each, index) => (index === 0 ? each : html` | ${each}`))}`;
}
