import type { FaultRecord } from '../../recording/recording.ts';

/** What a fault of each kind does, for those who have never read of it; `it` is the service. */
const deeds: Readonly<Record<string, (it: string) => string>> = {
  refuse: (it) => `connections to ${it} were cut, and new ones refused`,
  hangUp: (it) => `connections to ${it} were accepted and closed at once`,
  connectHang: (it) => `new connections to ${it} hung and came to nothing`,
  blackhole: (it) => `${it}'s connections stayed open, and all that was sent over them was lost`,
  stall: (it) => `${it}'s connections stayed open, and nothing moved over them until the end`,
  dropReplies: (it) => `${it} received and did what it was asked, and its answers were lost`,
  dropRequests: (it) => `what was sent to ${it} was lost on the way`,
  latency: (it) => `each of ${it}'s answers came that much later`,
  bandwidth: (it) => `${it}'s connections carried no more than that each second`,
  reset: (it) => `connections to ${it} were reset`,
  slowClose: (it) => `${it}'s connections took long to close`,
  flapping: (it) => `${it} went down and came up again, several times`,
  loss: (it) => `some packets to and from ${it} were lost and sent again`,
  crash: (it) => `every process of ${it} was killed, and it was started again at the end`,
  restart: (it) => `${it} was stopped in order and started again`,
  pause: (it) => `${it}'s processes stood still: connected, but mute`,
  slow: (it) => `${it} had only a part of its CPU time`,
  exhaustConnections: (it) => `others held nearly all of ${it}'s connections`,
  lockTable: () => 'another transaction held a lock on the table',
  lockRows: () => 'another transaction held locks on the rows',
  terminateBackends: (it) => `${it} ended the app's sessions, as an administrator may`,
  readOnly: (it) => `${it} refused to write, as an old primary does after a failover`,
  slowStatements: () => 'the statements that were chosen took that much longer',
  slowCommands: () => 'the commands that were chosen took that much longer',
  pauseClients: (it) => `${it} kept clients waiting (CLIENT PAUSE)`,
  outOfMemory: (it) => `${it} refused to write for want of memory`,
  evict: (it) => `${it} dropped keys for want of memory`,
};

/** What a fault did, as a clause in which the service is `it`; empty for a fault of the user's own. */
export function deedOf({ kind, service, serviceKind }: Pick<FaultRecord, 'kind' | 'service' | 'serviceKind'>): string {
  const subject = serviceKind === 'app' ? 'the app' : service;
  return Object.hasOwn(deeds, kind) ? (deeds[kind]?.(subject) ?? '') : '';
}
