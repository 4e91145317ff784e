/** A toxic to put on a proxy. */
export interface ToxicOrder {
  /** Unique on the proxy. */
  readonly name: string;
  /** `latency`, `timeout` and so on. */
  readonly type: string;
  /** `upstream`: from the client to the server. */
  readonly stream: 'upstream' | 'downstream';
  /** Whole numbers, by the names that Toxiproxy gives them. */
  readonly attributes: Readonly<Record<string, number>>;
  /** Share of connections that it acts on, in [0, 1]. Default 1. */
  readonly toxicity?: number;
}

/** What a proxy has carried. */
export interface ProxyTraffic {
  /** Connections that clients hold now. */
  readonly open: number;
  /**
   * Connections so far, and bytes of both directions as they came in. Undefined with a Toxiproxy, which counts neither
   * while they last.
   */
  readonly accepted: number | undefined;
  readonly bytes: number | undefined;
}

/** The fault proxy in front of one service, as the faults use it. All its calls throw an Error that says what to do. */
export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  /** Whether the server is ours, so that `hang` and the toxic `loss` can be had. */
  readonly ours: boolean;
  /** New connections are refused and existing ones cut until `enable`. */
  disable(): Promise<void>;
  /** Listens again, on the same port. */
  enable(): Promise<void>;
  /** Adds a toxic, on live connections too. */
  addToxic(toxic: ToxicOrder): Promise<void>;
  /** Takes a toxic away, from live connections too. */
  removeToxic(name: string): Promise<void>;
  /**
   * New connects stay pending until `release`; connections that there are go on. Only a server of ours can do that.
   * @throws Error when the server is a Toxiproxy, when the proxy is disabled, or when the system answers connects all
   *   the same
   */
  hang(): Promise<void>;
  /** Accepts connects again after `hang`; else nothing happens. */
  release(): Promise<void>;
  /**
   * Leads elsewhere until `restore`, enabled; existing connections are cut. With an upstream where nobody listens it
   * accepts, then closes.
   * @param upstream `host:port`
   */
  redirect(upstream: string): Promise<void>;
  /** Leads to its own upstream again after `redirect`, and cuts what went elsewhere; else nothing happens. */
  restore(): Promise<void>;
  /**
   * What it carries now. A Toxiproxy is no help there (its metrics count a connection's bytes at its end), and the
   * kernel's table of connections is read in its place; undefined where that does not show the proxy's port.
   */
  traffic(): Promise<ProxyTraffic | undefined>;
  /** Enabled, to its own upstream, without toxics; no connect hangs. */
  reset(): Promise<void>;
}
