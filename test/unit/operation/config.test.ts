import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConfig } from '../../../services/state-manager/config.ts';

const refuses = (environment: Readonly<Record<string, string>>, message: RegExp): void =>
  assert.throws(() => readConfig(environment), { reason: 'FIELD_INVALID', message });

describe('readConfig', () => {
  test('refuses a setting that it does not know, and names the one that is meant', () => {
    refuses({ FANOUT_LISTN: 'x' }, /FANOUT_LISTN: there is no such setting, did you mean FANOUT_LISTEN\?/);
    refuses({ FANOUT_TLS_CERTS: 'x' }, /did you mean FANOUT_TLS_CERT\?/);
    refuses({ FANOUT_ADDRES: 'x' }, /did you mean FANOUT_ADDRESS\?/);
    refuses({ FANOUT_WHATEVER_THIS_IS: 'x' }, /fanout-server --help lists all of them/);
  });

  test('names everything that is wrong at once', () => {
    refuses({ FANOUT_LISTN: 'x', FANOUT_SHARDS: '0' }, /FANOUT_LISTN: .*; FANOUT_SHARDS: /);
  });

  test('shows a value that breaks a rule, and the rule', () => {
    refuses({ FANOUT_SHARDS: 'many' }, /FANOUT_SHARDS: "many" must be a whole number from 1 to 1024$/);
    refuses({ FANOUT_SHARDS: '2000' }, /FANOUT_SHARDS: "2000" must be a whole number from 1 to 1024$/);
    refuses({ FANOUT_RUN_MS: '1.5' }, /FANOUT_RUN_MS: "1.5" must be a whole number of at least 1$/);
    refuses(
      { FANOUT_LOG_LEVEL: 'loud' },
      /FANOUT_LOG_LEVEL: "loud" must be one of debug, info, warn, error$/,
    );
    refuses({ FANOUT_LISTEN: '7600' }, /FANOUT_LISTEN: "7600" must be HOST:PORT, such as 127\.0\.0\.1:7600/);
  });

  test('shows no value that may be a secret', () => {
    const secrets = {
      FANOUT_ADMIN_TOKEN: 'canary',
      FANOUT_SECRET_KEYS: 'canary',
      FANOUT_REDIS_URL: 'http://:canary@h',
    };
    for (const [name, value] of Object.entries(secrets))
      refuses({ [name]: value }, new RegExp(`${name}: (?!.*canary)`));
  });

  test('refuses an address for other machines without a token', () => {
    refuses(
      { FANOUT_LISTEN: '0.0.0.0:7600' },
      /FANOUT_LISTEN: .*set FANOUT_ADMIN_TOKEN, or listen on 127\.0\.0\.1:7600$/,
    );
    const token = 'sixteen-characters';
    assert.deepEqual(readConfig({ FANOUT_LISTEN: '[::]:7600', FANOUT_ADMIN_TOKEN: token }).listen, [
      { host: '::', port: 7600 },
    ]);
  });

  test('takes an empty setting for none', () => {
    assert.deepEqual(readConfig({ FANOUT_LISTEN: '', FANOUT_SHARDS: '' }), readConfig({}));
  });

  test('lets pass what is for clients, runtimes and their tests', () => {
    readConfig({
      FANOUT_ADDRESS: '127.0.0.1:7600',
      FANOUT_TOKEN: 'of-a-client',
      FANOUT_STATE_MANAGER: 'fanout-server',
      PATH: '/usr/bin',
    });
  });

  test('lets pass what Kubernetes gives to containers beside a service of that name', () => {
    readConfig({
      FANOUT_SERVICE_HOST: '10.0.0.7',
      FANOUT_SERVICE_PORT: '7600',
      FANOUT_SERVICE_PORT_GRPC: '7600',
      FANOUT_PORT: 'tcp://10.0.0.7:7600',
      FANOUT_PORT_7600_TCP: 'tcp://10.0.0.7:7600',
      FANOUT_PORT_7600_TCP_ADDR: '10.0.0.7',
      FANOUT_REDIS_SERVICE_HOST: '10.0.0.8',
      FANOUT_REDIS_PORT: 'tcp://10.0.0.8:6379',
    });
    refuses({ FANOUT_PORT: '7600' }, /FANOUT_PORT: there is no such setting/);
  });

  test('refuses half of TLS, and a CA without the rest', () => {
    refuses({ FANOUT_TLS_CERT: 'cert.pem' }, /needs FANOUT_TLS_KEY/);
    refuses({ FANOUT_TLS_KEY: 'key.pem' }, /needs FANOUT_TLS_KEY beside it, and the other way round/);
    refuses({ FANOUT_TLS_CA: 'ca.pem' }, /FANOUT_TLS_CA: needs FANOUT_TLS_CERT and FANOUT_TLS_KEY/);
    const files = { FANOUT_TLS_CERT: 'cert.pem', FANOUT_TLS_KEY: 'key.pem', FANOUT_TLS_CA: 'ca.pem' };
    assert.deepEqual(readConfig(files).tls, { cert: 'cert.pem', key: 'key.pem', ca: 'ca.pem' });
  });
});
