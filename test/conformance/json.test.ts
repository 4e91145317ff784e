import { describe, expect, test } from 'vitest';
import { api, asked } from './api.ts';
import { freshName, type ProxyJson, proxyTo } from './proxied.ts';
import './subject.ts';

const refused = (why: string) => ({
  status: 400,
  text: `${JSON.stringify({ error: `bad request body: ${why}`, status: 400 })}\n`,
});

/** Bytes of a text, a character per byte. */
const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('a body', () => {
  test.each([
    ['', 'EOF'],
    [' \t\r\n', 'EOF'],
    ['{', 'unexpected EOF'],
    ['{"a"', 'unexpected EOF'],
    ['{"a":1', 'unexpected EOF'],
    ['{"a":-', 'unexpected EOF'],
    ['{"a":"\\u12', 'unexpected EOF'],
    ['nul', 'unexpected EOF'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['\xef\xbb\xbf{}', "invalid character 'ï' looking for beginning of value"],
    ['\x00', "invalid character '\\x00' looking for beginning of value"],
    ['\xa0', "invalid character '\\u00a0' looking for beginning of value"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 5}', "invalid character '5' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['{"a":01}', "invalid character '1' after object key:value pair"],
    ['{"a":[1 2]}', "invalid character '2' after array element"],
    ['{"a":[1,]}', "invalid character ']' looking for beginning of value"],
    ['{"a":"\n"}', "invalid character '\\n' in string literal"],
    ['{"a":"\\x"}', "invalid character 'x' in string escape code"],
    ['{"a":"\\u12g4"}', "invalid character 'g' in \\u hexadecimal character escape"],
    ['{"a":-x}', "invalid character 'x' in numeric literal"],
    ['{"a":1.}', "invalid character '}' after decimal point in numeric literal"],
    ['{"a":1e}', "invalid character '}' in exponent of numeric literal"],
    ['{"a":+1}', "invalid character '+' looking for beginning of value"],
    ['tru\\', "invalid character '\\\\' in literal true (expecting 'e')"],
    ['faLse', "invalid character 'L' in literal false (expecting 'l')"],
    ['nulx', "invalid character 'x' in literal null (expecting 'l')"],
    ['NaN', "invalid character 'N' looking for beginning of value"],
    [`{"a":${'['.repeat(10_000)}`, "invalid character '[' exceeded max depth"],
  ])('that is no JSON is refused with where and why: %j', async (text, why) => {
    const { path } = await proxyTo('u:1', { enabled: false });
    expect(await api('POST', '/proxies', bytes(text))).toMatchObject(refused(why));
    expect(await api('PATCH', path, bytes(text))).toMatchObject(refused(why));
    expect(await api('POST', `${path}/toxics`, bytes(text))).toMatchObject(refused(why));
  });

  test('may be 10,000 levels deep', async () => {
    const name = freshName();
    const deep = `${'['.repeat(9_999)}${']'.repeat(9_999)}`;
    await asked(201, 'POST', '/proxies', `{"x":${deep},"name":"${name}","upstream":"u:1","enabled":false}`);
  });

  test.each(['[]', '5', '"x"', 'true'])('of another kind is refused: %s', async (text) => {
    const { path } = await proxyTo('u:1', { enabled: false });
    await asked(200, 'POST', `${path}/toxics`, { type: 'latency', name: 'l' });
    const kind = { '[': 'array', 5: 'number', '"': 'string', t: 'bool' }[text[0] ?? ''];
    const wrong = (type: string) => refused(`json: cannot unmarshal ${kind} into Go value of type ${type}`);
    expect(await api('POST', '/proxies', text)).toMatchObject(wrong('toxiproxy.Proxy'));
    expect(await api('PATCH', path, text)).toMatchObject(wrong('toxiproxy.Proxy'));
    expect(await api('POST', `${path}/toxics`, text)).toMatchObject(wrong('toxics.ToxicWrapper'));
    expect(await api('PATCH', `${path}/toxics/l`, text)).toMatchObject(
      wrong('struct { Attributes interface {} "json:\\"attributes\\""; Toxicity float32 "json:\\"toxicity\\"" }'),
    );
  });

  test('of null is one without fields', async () => {
    const { path } = await proxyTo('u:1', { enabled: false, listen: 'any' });
    await asked(200, 'POST', `${path}/toxics`, { type: 'noop', name: 'n' });
    expect((await api('POST', '/proxies', 'null')).text).toContain('missing required field: name');
    expect((await api('POST', `${path}/toxics`, 'null')).text).toContain('invalid toxic type');
    expect(await asked(200, 'PATCH', `${path}/toxics/n`, 'null')).toMatchObject({ name: 'n', toxicity: 1 });
  });

  test('ends with its first value', async () => {
    const name = freshName();
    const one = `{"name":"${name}","upstream":"u:1","enabled":false}`;
    await asked(201, 'POST', '/proxies', `${one} garbage`);
    expect(await api('POST', '/proxies', `${one}{`)).toMatchObject({ status: 409 });
  });
});

describe('a field', () => {
  const proxyErrors: [string, string][] = [
    ['{"name":5}', 'number into Go struct field Proxy.name of type string'],
    ['{"name":true}', 'bool into Go struct field Proxy.name of type string'],
    ['{"name":[]}', 'array into Go struct field Proxy.name of type string'],
    ['{"name":{}}', 'object into Go struct field Proxy.name of type string'],
    ['{"NAME":5}', 'number into Go struct field Proxy.name of type string'],
    ['{"upstream":1.5}', 'number into Go struct field Proxy.upstream of type string'],
    ['{"enabled":"no"}', 'string into Go struct field Proxy.enabled of type bool'],
    ['{"enabled":1}', 'number into Go struct field Proxy.enabled of type bool'],
    ['{"Logger":5}', 'number into Go struct field Proxy.Logger of type zerolog.Logger'],
    ['{"listen":1,"name":true}', 'number into Go struct field Proxy.listen of type string'],
  ];
  test.each(proxyErrors)('of a proxy that is of the wrong kind is refused, the first one: %s', async (text, why) => {
    const { path } = await proxyTo('u:1', { enabled: false, listen: 'any' });
    for (const reply of [await api('POST', '/proxies', text), await api('PATCH', path, text)]) {
      expect(reply).toMatchObject(refused(`json: cannot unmarshal ${why}`));
    }
  });

  test.each([
    ['{"name":5}', 'number into Go struct field ToxicWrapper.name of type string'],
    ['{"type":5}', 'number into Go struct field ToxicWrapper.type of type string'],
    ['{"stream":{}}', 'object into Go struct field ToxicWrapper.stream of type string'],
    ['{"toxicity":"x"}', 'string into Go struct field ToxicWrapper.toxicity of type float32'],
    ['{"toxicity":1e39}', 'number 1e39 into Go struct field ToxicWrapper.toxicity of type float32'],
    ['{"attributes":5}', 'number into Go struct field ToxicWrapper.attributes of type toxics.NoopToxic'],
    ['{"attributes":"s"}', 'string into Go struct field ToxicWrapper.attributes of type toxics.NoopToxic'],
    [
      '{"stream":"sideways","attributes":[]}',
      'array into Go struct field ToxicWrapper.attributes of type toxics.NoopToxic',
    ],
    ['{"attributes":null,"attributes":{}}', 'object into Go struct field ToxicWrapper.attributes of type toxics.Toxic'],
  ])('of a new toxic that is of the wrong kind is refused before all else: %s', async (text, why) => {
    const { path } = await proxyTo('u:1', { enabled: false });
    expect(await api('POST', `${path}/toxics`, text)).toMatchObject(refused(`json: cannot unmarshal ${why}`));
  });

  test.each([
    ['latency', '{"latency":"x"}', 'string into Go struct field LatencyToxic.attributes.latency of type int64'],
    ['latency', '{"latency":1.5}', 'number 1.5 into Go struct field LatencyToxic.attributes.latency of type int64'],
    ['latency', '{"latency":1.0}', 'number 1.0 into Go struct field LatencyToxic.attributes.latency of type int64'],
    ['latency', '{"jitter":1e3}', 'number 1e3 into Go struct field LatencyToxic.attributes.jitter of type int64'],
    [
      'latency',
      '{"jitter":9223372036854775808}',
      'number 9223372036854775808 into Go struct field LatencyToxic.attributes.jitter of type int64',
    ],
    ['bandwidth', '{"rate":true}', 'bool into Go struct field BandwidthToxic.attributes.rate of type int64'],
    ['slow_close', '{"delay":[]}', 'array into Go struct field SlowCloseToxic.attributes.delay of type int64'],
    ['timeout', '{"timeout":{}}', 'object into Go struct field TimeoutToxic.attributes.timeout of type int64'],
    ['reset_peer', '{"timeout":"1"}', 'string into Go struct field ResetToxic.attributes.timeout of type int64'],
    ['slicer', '{"average_size":"1"}', 'string into Go struct field SlicerToxic.attributes.average_size of type int'],
    ['slicer', '{"delay":0.1}', 'number 0.1 into Go struct field SlicerToxic.attributes.delay of type int'],
    ['limit_data', '{"bytes":"1"}', 'string into Go struct field LimitDataToxic.attributes.bytes of type int64'],
  ])('of the attributes of a %s that is no whole number is refused: %s', async (type, attributes, why) => {
    const { path } = await proxyTo('u:1', { enabled: false });
    const wrong = refused(`json: cannot unmarshal ${why}`);
    expect(await api('POST', `${path}/toxics`, `{"type":"${type}","attributes":${attributes}}`)).toMatchObject(wrong);
    await asked(200, 'POST', `${path}/toxics`, { type, name: 't' });
    expect(await api('PATCH', `${path}/toxics/t`, `{"attributes":${attributes}}`)).toMatchObject(wrong);
  });

  test('of an update of a toxic is named without a structure', async () => {
    const { path } = await proxyTo('u:1', { enabled: false });
    await asked(200, 'POST', `${path}/toxics`, { type: 'latency', name: 'l' });
    for (const [text, why] of [
      ['{"toxicity":"x"}', 'string into Go struct field .toxicity of type float32'],
      ['{"attributes":5}', 'number into Go struct field .attributes of type toxics.LatencyToxic'],
    ]) {
      expect(await api('PATCH', `${path}/toxics/l`, text)).toMatchObject(refused(`json: cannot unmarshal ${why}`));
    }
  });

  test('is found in any case of its name, the last of several wins, and repeated attributes merge', async () => {
    const name = freshName();
    const order = `{"Name":"x","NAME":"${name}","upStream":"u:1","ENABLED":true,"enabled":false,"li\u017fTen":"any"}`;
    expect(await asked(201, 'POST', '/proxies', order)).toMatchObject({ name, enabled: false, listen: 'any' });
    const toxic = '{"type":"latency","attributes":{"latency":5,"JITTER":1},"Attributes":{"Jitter":2,"other":"x"}}';
    expect(await asked(200, 'POST', `/proxies/${name}/toxics`, toxic)).toMatchObject({
      attributes: { latency: 5, jitter: 2 },
    });
  });

  test('that is null is absent', async () => {
    const name = freshName();
    const nothing = { listen: null, enabled: null, Logger: null };
    const made = await asked<ProxyJson>(201, 'POST', '/proxies', { name, upstream: 'u:1', ...nothing });
    expect(made).toMatchObject({ enabled: true, listen: expect.stringMatching(/^\[::\]:\d+$/) });
    const toxic = { type: 'latency', name: null, stream: null, toxicity: null, attributes: { latency: null } };
    expect(await asked(200, 'POST', `/proxies/${name}/toxics`, toxic)).toMatchObject({
      name: 'latency_downstream',
      toxicity: 1,
      attributes: { latency: 0 },
    });
  });

  test('of attributes reaches nothing after a null in the same update', async () => {
    const { path } = await proxyTo('u:1', { enabled: false });
    await asked(200, 'POST', `${path}/toxics`, { type: 'latency', name: 'l', attributes: { latency: 5 } });
    const before = '{"attributes":{"latency":7},"attributes":null}';
    expect(await asked(200, 'PATCH', `${path}/toxics/l`, before)).toMatchObject({ attributes: { latency: 7 } });
    const after = '{"attributes":null,"attributes":{"latency":9}}';
    expect(await asked(200, 'PATCH', `${path}/toxics/l`, after)).toMatchObject({ attributes: { latency: 7 } });
  });
});

describe('a number', () => {
  test.each([
    ['9007199254740993', '9007199254740993'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['-0', '0'],
  ])('of 64 bits is exact: %s', async (given, shown) => {
    const { path } = await proxyTo('u:1', { enabled: false });
    const { text } = await api('POST', `${path}/toxics`, `{"type":"limit_data","attributes":{"bytes":${given}}}`);
    expect(text).toContain(`{"attributes":{"bytes":${shown}},`);
    expect((await api('GET', path)).text).toContain(`{"bytes":${shown}}`);
  });

  test.each([
    ['0.123456789', '0.12345679'],
    ['16777217', '16777216'],
    ['0.1', '0.1'],
    ['1e-7', '1e-7'],
    ['0.000001', '0.000001'],
    ['1e21', '1e+21'],
    ['123456789', '123456790'],
    ['-0', '-0'],
    ['-1', '-1'],
    ['2', '2'],
    ['3.4028235e38', '3.4028235e+38'],
    ['1e-46', '0'],
    ['1e-45', '1e-45'],
    ['0.333333333333', '0.33333334'],
  ])('of toxicity has 32 bits and no bounds: %s', async (given, shown) => {
    const { path } = await proxyTo('u:1', { enabled: false });
    const { text } = await api('POST', `${path}/toxics`, `{"type":"noop","toxicity":${given}}`);
    expect(text).toContain(`"toxicity":${shown}}`);
  });
});

describe('a text', () => {
  test.each([
    ['<>&', '\\u003c\\u003e\\u0026'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['"\\\b\f\n\r\t\u0001\u001f', '\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f'],
    ['\u007f\u00e9\u4e00\u{1f600}', '\u007f\u00e9\u4e00\u{1f600}'],
    ["/'`", "/'`"],
  ])('is shown as Go shows it: %j', async (given, shown) => {
    const { path } = await proxyTo('u:1', { enabled: false });
    expect((await api('PATCH', path, { listen: ':1', upstream: given })).text).toContain(`"upstream":"${shown}"`);
    const error = await api('PATCH', path, { listen: given.replaceAll(/[:[\]]/g, '') });
    expect(error.text).toContain(`"error":"address ${shown}: missing port in address"`);
  });

  test.each([
    ['\xff', '\ufffd'],
    ['\xe2\x82', '\ufffd\ufffd'],
    ['\xed\xa0\x80', '\ufffd\ufffd\ufffd'],
    ['\xc0\xaf', '\ufffd\ufffd'],
    ['\xe2\x82\xac', '\u20ac'],
    ['\xf0\x9f\x98\x80', '\u{1f600}'],
    ['a\xc3', 'a\ufffd'],
    ['\\ud83d\\ude00', '\u{1f600}'],
    ['\\ud83d', '\ufffd'],
    ['\\ud83d\\u0041', '\ufffdA'],
    ['\\ud83dx\\ude00', '\ufffdx\ufffd'],
    ['\\ude00\\ud83d', '\ufffd\ufffd'],
    ['\\/\\u00e9', '/\u00e9'],
  ])('with what is no UTF-8 has U+FFFD there: %j', async (given, shown) => {
    const { path } = await proxyTo('u:1', { enabled: false });
    const reply = await api('PATCH', path, bytes(`{"listen":":1","upstream":"${given}"}`));
    expect((JSON.parse(reply.text) as ProxyJson).upstream).toBe(shown);
  });
});
