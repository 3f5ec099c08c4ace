import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConfig } from '../../../services/state-manager/config.ts';

const refuses = (environment: Readonly<Record<string, string>>, message: RegExp): void =>
  assert.throws(() => readConfig(environment), { reason: 'FIELD_INVALID', message });

describe('readConfig', () => {
  test('refuses a setting that it does not know, and names the one that is meant', () => {
    refuses({ FANOUT_LISTN: 'x' }, /FANOUT_LISTN: there is no such setting, did you mean FANOUT_LISTEN\?/);
    refuses({ FANOUT_TLS_CERTS: 'x' }, /did you mean FANOUT_TLS_CERT\?/);
    refuses({ FANOUT_WHATEVER_THIS_IS: 'x' }, /fanout-server --help lists all of them/);
  });

  test('names everything that is wrong at once', () => {
    refuses({ FANOUT_LISTN: 'x', FANOUT_SHARDS: '0' }, /FANOUT_LISTN: .*; FANOUT_SHARDS: /);
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
