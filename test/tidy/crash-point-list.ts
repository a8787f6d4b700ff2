import ts from 'typescript';
import { acquirerMethods, pspApiMethods, threeDsMethods } from '../../src/composition/effects.ts';
import { writes } from '../../src/database/database.ts';
import { type Kind } from '../../src/shared/crash-points.ts';
import { type ProjectFile } from './rules.ts';

/** The effects of the service, as they are found in its sources: each has a crash point on either side. */
export interface EffectList {
  readonly effects: readonly string[];
  /** `path:line what` for each effect that has no name, or somebody else's. */
  readonly faults: readonly string[];
}

/** Programs of their own, and what is done to a database before the service uses it. */
const notTheService =
  /^src\/(simulator|sandbox|demo)\/|^src\/database\/(?!claim-environment)|^src\/shared\/crash-points\.ts$/;

const aName = /^[a-z]+(-[a-z]+)*$/;

/** By convention a constant that holds SQL is called something with Sql at its end. */
const isSqlName = (name: string): boolean => name.endsWith('Sql');

/**
 * Finds every statement that writes, every transaction and every other effect in the sources. A commit
 * is called `commit.<name>`, after the name that stands beside its text or after `inTransaction`.
 */
export function effectsIn(files: readonly ProjectFile[]): EffectList {
  const sources = files
    .filter(({ path }) => path.startsWith('src/') && path.endsWith('.ts'))
    .filter(({ path }) => !notTheService.test(path))
    .map(({ path, text }) => ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true));
  const writers = writingConstants(sources);
  const found = sources.flatMap((source) => effectsOf(source, writers));
  const named = found.flatMap(({ name, where }) => (name === undefined ? [] : [{ name, where }]));
  const names = named.map(({ name }) => name);
  const twins = named.filter(({ name }, index) => names.indexOf(name) < index);
  return {
    effects: [
      ...new Set([
        ...names,
        ...methods('acquirer', acquirerMethods),
        ...methods('vipps', pspApiMethods),
        ...methods('three-ds', threeDsMethods),
      ]),
    ].sort(),
    faults: [
      ...found.flatMap(({ name, where, what }) => (name === undefined ? [`${where} ${what}`] : [])),
      ...twins.map(({ name, where }) => `${where} ${name} is the name of another effect too`),
    ],
  };
}

function methods(party: string, kinds: Readonly<Record<string, Kind>>): readonly string[] {
  return Object.entries(kinds)
    .filter(([, kind]) => kind === 'EFFECT')
    .map(([method]) => `${party}.${method}`);
}

interface Found {
  readonly name: string | undefined;
  readonly where: string;
  readonly what: string;
}

/** The names of constants whose SQL writes, also through another such constant. */
function writingConstants(sources: readonly ts.SourceFile[]): ReadonlySet<string> {
  const declared: (readonly [string, string])[] = [];
  for (const source of sources) {
    walk(source, (node) => {
      if (!ts.isVariableDeclaration(node) || !ts.isIdentifier(node.name)) return;
      if (isSqlName(node.name.text))
        declared.push([node.name.text, node.initializer?.getText() ?? '']);
    });
  }
  const writers = new Set<string>();
  for (;;) {
    const sizeBefore = writers.size;
    for (const [name, text] of declared) {
      const mentions = [...writers].some((writer) => new RegExp(`\\b${writer}\\b`).test(text));
      if (writes(text) || mentions) writers.add(name);
    }
    if (writers.size === sizeBefore) return writers;
  }
}

function effectsOf(source: ts.SourceFile, writers: ReadonlySet<string>): readonly Found[] {
  const found: Found[] = [];
  const add = (node: ts.Node, name: string | undefined, what: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    found.push({ name, where: `${source.fileName}:${line + 1}`, what });
  };
  walk(source, (node) => {
    if (ts.isCallExpression(node)) addCall(node, add);
    if (!isWritingText(node, writers)) return;
    const use = useOf(node);
    if (use === undefined || isInTransaction(use)) return;
    const name = nameBeside(use);
    add(
      node,
      name === undefined ? undefined : `commit.${name}`,
      'a statement that writes has no name',
    );
  });
  return found;
}

type Add = (node: ts.Node, name: string | undefined, what: string) => void;

function addCall(call: ts.CallExpression, add: Add): void {
  const callee = call.expression.getText();
  const [first, second] = call.arguments.map((argument) =>
    ts.isStringLiteral(argument) ? argument.text : undefined,
  );
  if (callee === 'inTransaction') {
    add(call, commitOf(second), 'a transaction has no name');
  } else if (callee === 'passing' || callee === 'effect') {
    // Both sides of an effect are passed; the nearer one stands for it.
    if (!first?.endsWith(':after')) add(call, first?.replace(/:before$/, ''), 'it has no name');
  } else if (!isReadOnly(call)) {
    const wrong = backDoors.find(({ opens }) => opens.test(callee));
    if (wrong) add(call, undefined, wrong.what);
  }
}

function isReadOnly(call: ts.CallExpression): boolean {
  return call.arguments.some((argument) => /\breadOnly: true\b/.test(argument.getText()));
}

function commitOf(name: string | undefined): string | undefined {
  return name !== undefined && aName.test(name) ? `commit.${name}` : undefined;
}

const backDoors = [
  {
    opens: /\.transaction$/,
    what: 'a transaction is begun by inTransaction, which gives it a name',
  },
  {
    opens: /^(database\.)?knex\b[^]*\.(insert|update|delete|del)$/,
    what: 'a statement that writes is outside of a transaction',
  },
] as const;

function isWritingText(node: ts.Node, writers: ReadonlySet<string>): boolean {
  if (ts.isIdentifier(node)) return writers.has(node.text);
  return (ts.isStringLiteral(node) || ts.isTemplateLiteral(node)) && writes(node.getText());
}

/** The object or the call that is given the text; undefined where it only becomes part of another text. */
function useOf(text: ts.Node): ts.ObjectLiteralExpression | ts.CallExpression | undefined {
  let node = text;
  // `beginSql(kind)` is a text as well.
  if (ts.isCallExpression(node.parent) && node.parent.expression === node) node = node.parent;
  const { parent } = node;
  if (isPartOfConstant(node)) return undefined;
  if (ts.isPropertyAssignment(parent) && ts.isObjectLiteralExpression(parent.parent))
    return parent.parent;
  if (ts.isShorthandPropertyAssignment(parent)) return parent.parent;
  if (ts.isCallExpression(parent) && parent.expression !== node) return parent;
  return undefined;
}

function isPartOfConstant(node: ts.Node): boolean {
  for (let above = node.parent; !ts.isSourceFile(above); above = above.parent) {
    if (
      ts.isVariableDeclaration(above) &&
      ts.isIdentifier(above.name) &&
      isSqlName(above.name.text)
    ) {
      return true;
    }
    if (ts.isImportDeclaration(above) || ts.isTemplateSpan(above)) return true;
  }
  return false;
}

/** Its commit is the transaction's. */
function isInTransaction(use: ts.ObjectLiteralExpression | ts.CallExpression): boolean {
  return ts.isCallExpression(use) && /^trx\b/.test(use.expression.getText());
}

function nameBeside(use: ts.ObjectLiteralExpression | ts.CallExpression): string | undefined {
  const texts = ts.isCallExpression(use)
    ? [...use.arguments]
    : use.properties.flatMap((property) =>
        ts.isPropertyAssignment(property) && property.name.getText() === 'name'
          ? [property.initializer]
          : [],
      );
  return texts.flatMap(literalIn).find((text) => aName.test(text));
}

/** Of a name that goes on with what is not known here, its beginning. */
function literalIn(node: ts.Node): readonly string[] {
  if (ts.isTemplateExpression(node)) return [node.head.text.replace(/-$/, '')];
  return ts.isStringLiteral(node) ? [node.text] : [];
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => {
    walk(child, visit);
  });
}
