import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageDefinition } from '@fanout/proto';
import { Metadata } from '@grpc/grpc-js';
import type { Role } from '../../../services/state-manager/domain/model/token.ts';
import type { TokensApi } from '../../../services/state-manager/engine/ports/api.ts';
import type { ErrorReason } from '../../../services/state-manager/errors.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import {
  authorize,
  resolveNamespace,
  rolesByMethod,
} from '../../../services/state-manager/transport/authorize.ts';

/** Tokens whose text is `NAMESPACE ROLE`. */
function tokens(isRequired: boolean): TokensApi {
  const unused = () => assert.fail('not asked for here');
  return {
    isRequired,
    create: unused,
    list: unused,
    revoke: unused,
    authenticate: async (bearer) => {
      const [namespace, role] = bearer.split('/');
      return namespace && role ? { namespace, role: role as Role } : undefined;
    },
  };
}

function bearer(text: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', text);
  return metadata;
}

function refusal(reason: ErrorReason): (error: unknown) => boolean {
  return (error) => error instanceof FanoutError && error.reason === reason;
}

const getRun = '/fanout.v1.RunService/GetRun';

test('every RPC of every service has its roles, and no other RPC has', () => {
  const methods: string[] = [];
  for (const definition of Object.values(packageDefinition)) {
    if ('format' in definition) continue;
    for (const method of Object.values(definition)) methods.push(method.path);
  }
  assert.ok(methods.length >= 17);
  assert.deepEqual(Object.keys(rolesByMethod).sort(), methods.sort());
  for (const roles of Object.values(rolesByMethod)) assert.ok(roles.includes('admin'));
});

test('a method without an entry may be called by nobody', async () => {
  for (const method of ['/fanout.v1.RunService/Nothing', 'constructor', '__proto__']) {
    await assert.rejects(authorize(tokens(false), method, new Metadata()), refusal('PERMISSION_DENIED'));
  }
});

test('without tokens everybody may act in any namespace, and in default if none is named', async () => {
  const caller = await authorize(tokens(false), getRun, new Metadata());
  assert.equal(resolveNamespace(caller, ''), 'default');
  assert.equal(resolveNamespace(caller, undefined), 'default');
  assert.equal(resolveNamespace(caller, 'acme'), 'acme');
});

test('with tokens a call needs one that is known, in the right form', async () => {
  await assert.rejects(authorize(tokens(true), getRun, new Metadata()), refusal('TOKEN_INVALID'));
  for (const text of [
    'acme/client',
    'Basic acme/client',
    'Bearer ',
    'Bearer unknown',
    `Bearer ${'x'.repeat(600)}`,
  ]) {
    await assert.rejects(authorize(tokens(true), getRun, bearer(text)), refusal('TOKEN_INVALID'), text);
  }
  await authorize(tokens(true), getRun, bearer('Bearer acme/client'));
  await authorize(tokens(true), getRun, bearer('bearer acme/client'));
});

test('a token lets its role call what the table says', async () => {
  for (const [method, roles] of Object.entries(rolesByMethod)) {
    for (const role of ['runtime', 'client', 'admin'] as const) {
      const admitted = authorize(tokens(true), method, bearer(`Bearer acme/${role}`));
      if (roles.includes(role)) await admitted;
      else await assert.rejects(admitted, refusal('PERMISSION_DENIED'), `${role} ${method}`);
    }
  }
});

test('a token acts in its own namespace, and a request that names another one is refused', async () => {
  const caller = await authorize(tokens(true), getRun, bearer('Bearer acme/client'));
  assert.equal(resolveNamespace(caller, ''), 'acme');
  assert.equal(resolveNamespace(caller, 'acme'), 'acme');
  assert.throws(() => resolveNamespace(caller, 'other'), refusal('PERMISSION_DENIED'));
});

test('an admin acts in any namespace, and in that of the token if none is named', async () => {
  const caller = await authorize(tokens(true), getRun, bearer('Bearer default/admin'));
  assert.equal(resolveNamespace(caller, 'other'), 'other');
  assert.equal(resolveNamespace(caller, ''), 'default');
});

test('a malformed namespace is refused', () => {
  for (const namespace of ['a b', 'a{b}', 'a:b', 'ü', 'x'.repeat(129), 'a\r\nb']) {
    assert.throws(
      () => resolveNamespace({ namespace: undefined, isAdmin: true }, namespace),
      refusal('NAMESPACE_INVALID'),
    );
  }
});
