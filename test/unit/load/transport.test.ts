import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { classify, endingOf } from '../../../src/load/http/classify.ts';
import { CertificateError, NegotiationError } from '../../../src/load/http/dialer.ts';
import { checkTransport, type TransportOptions } from '../../../src/load/plan/transport.ts';

const file = new URL('../../e2e/fixtures/tls/certificate.pem', import.meta.url).pathname;
const ca = readFileSync(file, 'utf8');
const to = (url: string, options: object = {}) => checkTransport('arrivals', options as TransportOptions)(url);

test('an app is reached by HTTP/1.1 unless HTTP/2 is asked for, with TLS where its address says so', () => {
  expect(to('http://127.0.0.1:80/x')).toEqual({ origin: 'http://127.0.0.1', http: 1, tls: undefined });
  expect(to('http://127.0.0.1:8080', { http: 2 })).toEqual({
    origin: 'http://127.0.0.1:8080',
    http: 2,
    tls: undefined,
  });
});

test('a certificate is verified on another host, or where it was said by whom it is signed; on this machine any will do', () => {
  const allowHosts = ['staging.example.org'];
  const tls = (url: string, options: object = {}) => to(url, { allowHosts, ...options }).tls;
  expect(tls('https://127.0.0.1:1')).toEqual({ ca: undefined, verify: false });
  expect(tls('https://localhost:1', { tls: { ca } })).toEqual({ ca, verify: true });
  expect(tls('https://localhost:1', { tls: { ca: file } })).toEqual({ ca, verify: true });
  expect(tls('https://localhost:1', { tls: { rejectUnauthorized: true } })).toEqual({ ca: undefined, verify: true });
  expect(tls('https://staging.example.org')).toEqual({ ca: undefined, verify: true });
  expect(tls('https://staging.example.org', { tls: { rejectUnauthorized: false } })?.verify).toBe(false);
});

test.each<[string, object, RegExp]>([
  ['an unknown version', { http: 3 }, /arrivals: http must be 1 for HTTP\/1\.1 or 2 for HTTP\/2; got 3/],
  ['tls as a switch', { tls: true }, /tls must be an object such as \{ ca: .*; got true/],
  ['an unknown part', { tls: { cert: 'x' } }, /tls has the parts ca and rejectUnauthorized; got "cert"/],
  ['a word for a switch', { tls: { rejectUnauthorized: 'no' } }, /rejectUnauthorized must be true or false; got "no"/],
  ['no certificates', { tls: { ca: 5 } }, /tls\.ca must be certificates as PEM text, or the path .*; got 5/],
  ['a file that is not there', { tls: { ca: '/no/such.pem' } }, /cannot be read \(ENOENT\): \/no\/such\.pem/],
])('%s is an error before anything starts', (_, options, message) => {
  expect(() => checkTransport('arrivals', options as TransportOptions)).toThrow(message);
});

test('a file without certificates is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'breaking-point-test-'));
  const path = join(folder, 'key.pem');
  writeFileSync(path, 'no certificate');
  expect(() => checkTransport('race', { tls: { ca: path } })).toThrow(`the file ${path} holds none`);
  rmSync(folder, { recursive: true });
});

test('another protocol is an error', () => {
  expect(() => to('ftp://127.0.0.1')).toThrow(/must be an http: or https: address; got 'ftp/);
});

const coded = (code: string) => Object.assign(new Error(code), { code });

test('a certificate, a handshake that failed and a lost connection are three things', () => {
  expect(endingOf(new CertificateError('CERT_HAS_EXPIRED'), false)).toEqual({ kind: 'certificate' });
  expect(endingOf(new NegotiationError('no h2'), false)).toEqual({ kind: 'tls', sent: false });
  expect(endingOf(coded('ERR_SSL_WRONG_VERSION_NUMBER'), false)).toEqual({ kind: 'tls', sent: false });
  expect(endingOf(coded('EPROTO'), true)).toEqual({ kind: 'tls', sent: true });
  expect(endingOf(coded('ECONNRESET'), false)).toEqual({ kind: 'reset', sent: false });
  expect(classify({ kind: 'certificate' }, 'POST', null)).toEqual({ outcome: 'failed', category: 'certificate' });
  expect(classify({ kind: 'tls', sent: false }, 'POST', null)).toEqual({ outcome: 'failed', category: 'tls' });
  expect(classify({ kind: 'tls', sent: true }, 'POST', null)).toEqual({ outcome: 'unknown', category: 'tls' });
});
