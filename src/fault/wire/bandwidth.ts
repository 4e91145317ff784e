import { readable } from '../../duration.ts';
import { type ByteSize, parseByteSize as bytesOf } from '../../stack/byte-size.ts';
import type { Service } from '../../stack/service.ts';
import { writeCall } from '../code.ts';
import { type LastingFault, lasting, requireService } from '../fault.ts';
import { addToxics, orderBothWays, requireTransfer } from './wire.ts';

/** Toxiproxy counts whole KB/s of 1,000 bytes. */
const unit = 1_000;
/** Highest rate (bytes per second): a faster wire cannot be told from no fault on a busy machine. */
const fastest = 5_000_000;
/** Time (ms) that the fetch of a look takes at that rate. */
const lookFor = 300;

/**
 * Each connection carries at most `rate` bytes per second each way; what does not fit waits and holds back its sender,
 * and nothing is lost. Many connections carry as many times that.
 * @param rate bytes per second, such as `'50KB'`: whole thousands from 1 KB to 5 MB
 * @throws TypeError when the rate is no size, or nothing can be fetched from the service; RangeError when it is no such
 *   number
 */
export function bandwidth(service: Service, rate: ByteSize): LastingFault {
  const { name: target } = requireService(service, 'bandwidth');
  const perSecond = bytesOf(rate, `bandwidth(${target}) rate`);
  if (perSecond % unit !== 0 || perSecond > fastest) {
    throw new RangeError(
      `bandwidth(${target}): the rate must be whole thousands of bytes per second from 1 KB to 5 MB, which is what a Toxiproxy can do; got ${JSON.stringify(rate)}`,
    );
  }
  const transfer = requireTransfer(service, 'bandwidth');
  const size = Math.ceil((perSecond * lookFor) / 1_000);
  const patience = 1_500 + Math.ceil(500 * (unit / perSecond));
  return lasting({
    name: `bandwidth(${target}, ${perSecond / unit} KB/s)`,
    code: writeCall('bandwidth', target, rate),
    kind: 'bandwidth',
    subject: service,
    patience,
    async look() {
      const { kind, after } = await transfer(size, patience);
      const what = `${size} bytes took our connection ${readable(after)}`;
      if (kind !== 'whole') return { seen: false, detail: `${what} and did not come whole (${kind})` };
      return { seen: after >= lookFor - 2, detail: what };
    },
    ...addToxics(service, orderBothWays('bandwidth', 'bandwidth', { rate: perSecond / unit })),
  });
}
