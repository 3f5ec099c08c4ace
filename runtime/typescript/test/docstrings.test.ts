/** Docstrings that users see in their editors. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';

const folder = new URL('../src/', import.meta.url);

function parse(file: string): ts.SourceFile {
  const text = readFileSync(new URL(file, folder), 'utf8');
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

/** Names that `index.ts` exports, by file; undefined: all that the file exports. */
function publicNames(): Map<string, Set<string> | undefined> {
  const names = new Map<string, Set<string> | undefined>([['testing.ts', undefined]]);
  for (const statement of parse('index.ts').statements) {
    if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier) continue;
    const file = (statement.moduleSpecifier as ts.StringLiteral).text.replace('./', '');
    const clause = statement.exportClause;
    const listed =
      clause && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : undefined;
    names.set(file, listed && new Set([...(names.get(file) ?? []), ...listed]));
  }
  return names;
}

function hasDocstring(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).length > 0;
}

/** Members that users can reach: neither private ones, nor later signatures of one that has a docstring. */
function* undocumentedMembers(node: ts.Node): Generator<string> {
  if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) return;
  const isImplementation = node.heritageClauses?.some(
    ({ token }) => token === ts.SyntaxKind.ImplementsKeyword,
  );
  const documented = new Set<string>();
  for (const member of node.members) {
    const isPrivate =
      ts.canHaveModifiers(member) &&
      member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
    const name = ts.isConstructorDeclaration(member) ? 'constructor' : (member.name?.getText() ?? '');
    if (isPrivate || name === '' || name.startsWith('#') || name.startsWith('[')) continue;
    if (hasDocstring(member)) documented.add(name);
    else if (!documented.has(name) && !isImplementation) yield name;
  }
}

test('every public symbol, and every member of it, has a docstring', () => {
  const missing: string[] = [];
  let seen = 0;
  for (const [file, names] of publicNames()) {
    for (const statement of parse(file).statements) {
      const isExported =
        ts.canHaveModifiers(statement) &&
        statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
      const name = (statement as { name?: ts.Identifier }).name?.text ?? '';
      if (!isExported || (names && !names.has(name))) continue;
      seen += 1;
      if (!hasDocstring(statement)) missing.push(`${file}: ${name}`);
      for (const member of undocumentedMembers(statement)) missing.push(`${file}: ${name}.${member}`);
    }
  }
  assert.deepEqual(missing, []);
  assert.ok(seen > 50, `only ${seen} symbols were seen`);
});
