import { JsonChild } from '../child/json-child.ts';

/** A fault proxy server in a process of its own. */
export interface ProxyProcess {
  /** Where its HTTP API answers. */
  readonly url: string;
  readonly pid: number;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

const answersWithin = 10_000;

/**
 * Starts the fault proxy server. It ends with us, however we end.
 * @param track called with the process id as soon as there is one
 * @param options `outlive: true`: it stays up when we end (a stack that is kept), and someone else ends it
 * @throws Error with what the process printed, when it ends or does not answer within 10 s
 */
export async function startProxyServer(
  track: (pid: number) => void,
  { outlive = false }: { readonly outlive?: boolean } = {},
): Promise<ProxyProcess> {
  const child = new JsonChild<{ readonly listening: string }>({
    name: 'The fault proxy server',
    main: new URL('./main.js', import.meta.url),
    args: ['--port', '0', ...(outlive ? [] : ['--until-stdin-ends'])],
  });
  const { pid } = child;
  if (!Number.isNaN(pid)) track(pid);
  const stop = () => child.stop();
  try {
    const { listening: url } = await child.answer(answersWithin);
    return { url, pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
