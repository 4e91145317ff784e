import { describe, expect, it, test } from 'vitest';
import { countConnectionsMet, noteExposure } from '../../../src/fault/exposure.ts';
import type { Fault } from '../../../src/fault/fault.ts';
import { runSchedule } from '../../../src/fault/run-schedule.ts';
import { checkSchedule } from '../../../src/fault/schedule.ts';
import { bandwidth } from '../../../src/fault/wire/bandwidth.ts';
import { blackhole } from '../../../src/fault/wire/blackhole.ts';
import { connectHang } from '../../../src/fault/wire/connect-hang.ts';
import { dropReplies } from '../../../src/fault/wire/drop-replies.ts';
import { dropRequests } from '../../../src/fault/wire/drop-requests.ts';
import { flapping } from '../../../src/fault/wire/flapping.ts';
import { hangUp } from '../../../src/fault/wire/hang-up.ts';
import { latency } from '../../../src/fault/wire/latency.ts';
import { refuse } from '../../../src/fault/wire/refuse.ts';
import { reset } from '../../../src/fault/wire/reset.ts';
import { slowClose } from '../../../src/fault/wire/slow-close.ts';
import { stall } from '../../../src/fault/wire/stall.ts';
import { parsePortUse } from '../../../src/proxy/link/established.ts';
import { now } from '../../../src/recording/clock.ts';
import type { FaultProxy, Service } from '../../../src/stack/service.ts';

interface Traffic {
  readonly open: number;
  readonly accepted: number | undefined;
}

/** A service whose proxy writes down what it is told. */
function service(parts: Partial<Service> = {}, traffic: Traffic[] = []): { api: Service; told: string[] } {
  const told: string[] = [];
  const tell = (what: string) => async () => void told.push(what);
  const proxy: FaultProxy = {
    host: '127.0.0.1',
    port: 1,
    ours: false,
    disable: tell('disable'),
    enable: tell('enable'),
    addToxic: async ({ name, toxicity }) => void told.push(`+${name}${toxicity === undefined ? '' : `@${toxicity}`}`),
    removeToxic: async (name) => void told.push(`-${name}`),
    hang: tell('hang'),
    release: tell('release'),
    redirect: async (upstream) => void told.push(`to ${upstream}`),
    restore: tell('restore'),
    traffic: async () => {
      const next = traffic.shift();
      return next && { ...next, bytes: undefined };
    },
    reset: tell('reset'),
  };
  const api: Service = {
    name: 'api',
    kind: 'tcp',
    url: '',
    directUrl: '',
    proxy,
    connections: async () => 7,
    sight: async () => ({ kind: 'answered', ready: true, after: 1 }),
    transfer: async () => ({ kind: 'whole', after: 1 }),
    ...parts,
  };
  return { api, told };
}

async function toldBy(make: (service: Service) => Fault): Promise<string[]> {
  const { api, told } = service();
  const injection = await make(api).inject(new AbortController().signal, () => undefined);
  told.push('|');
  await injection[Symbol.asyncDispose]();
  return told;
}

describe('what was put on last is taken away first', () => {
  it.each<[string, (service: Service) => Fault, string]>([
    ['hangUp', hangUp, 'to 127.0.0.1:0 | restore'],
    [
      'stall',
      stall,
      '+stall_latency_upstream +stall_latency_downstream +stall_slow_close_upstream +stall_slow_close_downstream | ' +
        '-stall_slow_close_downstream -stall_slow_close_upstream -stall_latency_downstream -stall_latency_upstream',
    ],
    [
      'reset',
      reset,
      '+reset_reset_peer_upstream +reset_reset_peer_downstream disable enable | -reset_reset_peer_downstream -reset_reset_peer_upstream',
    ],
    [
      'reset after bytes',
      (api) => reset(api, { afterBytes: 5 }),
      '+reset_reset_peer@0 +reset_limit_data | -reset_limit_data -reset_reset_peer',
    ],
  ])('by %s', async (_, make, told) => {
    expect((await toldBy(make)).join(' ')).toBe(told);
  });
});

describe('a healthy service is not taken for one that suffers', () => {
  it.each<[string, (service: Service) => Fault]>([
    ['refuse', refuse],
    ['hangUp', hangUp],
    ['stall', stall],
    ['blackhole', blackhole],
    ['latency', (api) => latency(api, '50ms')],
    ['bandwidth', (api) => bandwidth(api, '5MB')],
    ['reset', reset],
    ['reset after bytes', (api) => reset(api, { afterBytes: 100 })],
    ['dropReplies', dropReplies],
    ['dropRequests', dropRequests],
    ['flapping', (api) => flapping(api, { down: 400, up: 50 })],
  ])('by %s', async (_, make) => {
    expect(await make(service().api).look()).toMatchObject({ seen: false });
  });
});

describe('bad input is refused before anything starts', () => {
  it.each<[string, (service: Service) => unknown, RegExp]>([
    [
      'a rate of a fraction of a KB',
      (api) => bandwidth(api, 1_500),
      /^bandwidth\(api\): the rate must be whole thousands .* from 1 KB to 5 MB.*got 1500$/,
    ],
    ['a rate that no look could see', (api) => bandwidth(api, '6MB'), /from 1 KB to 5 MB.*got "6MB"$/],
    ['a rate of 0', (api) => bandwidth(api, 0), /^bandwidth\(api\) rate must be a number of bytes above 0/],
    [
      'a reset after too much',
      (api) => reset(api, { afterBytes: '11MB' }),
      /^reset\(api\): afterBytes must be at most 10 MB; got "11MB"$/,
    ],
    [
      'a reset after no size',
      (api) => reset(api, { afterBytes: -1 }),
      /^reset\(api\) afterBytes must be a number of bytes/,
    ],
    [
      'a close that is hardly slow',
      (api) => slowClose(api, 49),
      /^slowClose\(api\): the delay must be at least 50 ms; got 49$/,
    ],
    [
      'a down too short to be seen',
      (api) => flapping(api, { down: '399ms', up: '1s' }),
      /^flapping\(api\) down must be at least 400 ms; got "399ms"$/,
    ],
    [
      'an up too short',
      (api) => flapping(api, { down: '1s', up: 49 }),
      /^flapping\(api\) up must be at least 50 ms; got 49$/,
    ],
    [
      'flapping once',
      (api) => flapping(api, { times: 1, down: '1s', up: '1s' }),
      /times must be a whole number from 2; got 1$/,
    ],
    [
      'flapping without a word of how',
      (api) => flapping(api, undefined as never),
      /^flapping\(api\) down must be milliseconds/,
    ],
    [
      'flapping at a time without saying how often',
      (api) => flapping(api, { down: '1s', up: '1s' }).at('5s'),
      /\.at\(\) needs times: give it/,
    ],
    [
      'a connect that hangs behind a Toxiproxy',
      connectHang,
      /^connectHang\(api\): the proxy in front of api is a Toxiproxy/,
    ],
    ['no service', () => stall(undefined as never), /^stall\(\) needs a service of this test.*got undefined/],
  ])('%s', (_, make, message) => {
    expect(() => make(service().api)).toThrow(message);
  });

  it.each<[string, (service: Service) => Fault]>([
    ['stall', stall],
    ['blackhole', blackhole],
    ['latency', (api) => latency(api, '50ms')],
    ['reset', reset],
    ['dropReplies', dropReplies],
    ['dropRequests', dropRequests],
  ])('%s of a service of which only a connect can be seen', (kind, make) => {
    expect(() => make(service({ answers: false }).api)).toThrow(
      new RegExp(`^${kind}\\(api\\) shows only in the answers of api.*give tcp\\(\\{ sight \\}\\)`),
    );
  });

  it.each<[string, (service: Service) => Fault]>([
    ['bandwidth', (api) => bandwidth(api, '10KB')],
    ['reset', (api) => reset(api, { afterBytes: 1 })],
  ])('%s of a service from which nothing can be fetched', (kind, make) => {
    const { transfer: _, ...rest } = service().api;
    expect(() => make(rest)).toThrow(
      new RegExp(`^${kind}\\(api\\) shows only in a big answer.*give tcp\\(\\{ fetch \\}\\)`),
    );
  });
});

describe('flapping', () => {
  it('lasts for its downs and what is between them, and that is long enough to be seen twice', () => {
    const scheduled = flapping(service().api, { times: 3, down: '1s', up: '500ms' }).at('2s');
    expect(scheduled).toMatchObject({ name: 'flapping(api, 3 x 1.0 s down, 500 ms up)', from: 2_000, to: 6_000 });
    expect(() => checkSchedule([scheduled], 10_000)).not.toThrow();
  });

  it('has no other length than that of its downs, where it is told how many', () => {
    const fault = flapping(service().api, { times: 3, down: '1s', up: '500ms' });
    expect(fault.from('2s').to('6s')).toMatchObject({ from: 2_000, to: 6_000 });
    expect(() => fault.from('2s').to('12s')).toThrow(
      /^flapping\(api, 3 x 1\.0 s down, 500 ms up\) lasts 4\.0 s by its times, and was given 10\.0 s: write \.at\(\), give/,
    );
    expect(() => fault.from('2s').for('3s')).toThrow(/was given 3\.0 s/);
    expect(() => fault.after(fault.at('2s')).for('1m')).toThrow(/was given 60\.0 s/);
  });

  it('goes down as often as it was told, although each change takes its time', async () => {
    const { api, told } = service();
    const takingTime = (change: () => Promise<void>) => async () => {
      await change();
      await new Promise((resolve) => setTimeout(resolve, 110));
    };
    const proxy = {
      ...api.proxy,
      disable: takingTime(() => api.proxy.disable()),
      enable: takingTime(() => api.proxy.enable()),
    };
    const fault = flapping({ ...api, proxy }, { times: 5, down: 400, up: 50 });
    await runSchedule([fault.at(0)], now(), new AbortController().signal, () => undefined);
    expect(told.filter((change) => change === 'disable')).toHaveLength(5);
  });

  it('is up in the end although it was healed while down', async () => {
    expect(await toldBy((api) => flapping(api, { down: '1s', up: '1s' }))).toEqual(['disable', '|', 'enable']);
  });
});

describe('the connections that a fault meets', () => {
  const wired = (traffic: Traffic[]): Fault => refuse(service({}, traffic).api);
  const met = async (fault: Fault) => countConnectionsMet(fault, await noteExposure(fault));

  it.each<[string, Traffic, Traffic, number]>([
    ['are those that the proxy has, not the server', { open: 2, accepted: 9 }, { open: 2, accepted: 9 }, 2],
    ['are none when the app goes around the proxy', { open: 0, accepted: 0 }, { open: 0, accepted: 0 }, 0],
    ['are those just made when none is open', { open: 0, accepted: 9 }, { open: 0, accepted: 13 }, 4],
    [
      'are those open now where the proxy does not count',
      { open: 1, accepted: undefined },
      { open: 3, accepted: undefined },
      3,
    ],
  ])('%s', async (_, before, after, expected) => {
    expect(await met(wired([before, after]))).toBe(expected);
  });

  it("are the server's where the proxy knows nothing, and where the fault is of the server", async () => {
    expect(await met(wired([]))).toBe(7);
    const server = { ...wired([{ open: 0, accepted: 0 }]), holds: ['wire', 'server'] };
    expect(await met(server)).toBe(7);
  });
});

test("of the kernel's table the connections count that are open to a port, at our end", () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue',
    '   0: 0100007F:4830 00000000:0000 0A 00000000:00000000',
    '   1: 0100007F:4830 0100007F:C62C 01 00000000:00000000',
    '   2: 0100007F:C62C 0100007F:4830 01 00000000:00000000',
    '   3: 0100007F:4830 0100007F:C62E 06 00000000:00000000',
    '   4: 0100007F:0050 0100007F:C630 01 00000000:00000000',
    '',
  ].join('\n');
  expect(parsePortUse(table, 0x4830)).toEqual({ listens: true, open: 1 });
  expect(parsePortUse(table, 80)).toEqual({ listens: false, open: 1 });
  expect(parsePortUse('', 80)).toEqual({ listens: false, open: 0 });
});
