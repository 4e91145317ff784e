import type { FaultRecord } from '../../recording/recording.ts';

/** What a fault of each kind does, for those who have never read of it; `it` stands for the service. */
const deeds: Readonly<Record<string, string>> = {
  refuse: 'connections to it were cut, and new ones refused',
  hangUp: 'connections to it were accepted and closed at once',
  connectHang: 'new connections to it hung and came to nothing',
  blackhole: 'its connections stayed open, and all that was sent over them was lost',
  stall: 'its connections stayed open, and nothing moved over them until the end',
  dropReplies: 'it received and did what it was asked, and its answers were lost',
  dropRequests: 'what was sent to it was lost on the way',
  latency: 'each of its answers came that much later',
  bandwidth: 'its connections carried no more than that each second',
  reset: 'connections to it were reset',
  slowClose: 'its connections took long to close',
  flapping: 'it went down and came up again, several times',
  loss: 'some packets to and from it were lost and sent again',
  crash: 'every process of it was killed, and it was started again at the end',
  restart: 'it was stopped in order and started again',
  pause: 'its processes stood still: connected, but mute',
  slow: 'it had only a part of its CPU time',
  exhaustConnections: 'others held nearly all of its connections',
  lockTable: 'another transaction held a lock on the table',
  lockRows: 'another transaction held locks on the rows',
  terminateBackends: "it ended the app's sessions, as an administrator may",
  readOnly: 'it refused to write, as an old primary does after a failover',
  slowStatements: 'the statements that were chosen took that much longer',
  slowCommands: 'the commands that were chosen took that much longer',
  pauseClients: 'it kept clients waiting (CLIENT PAUSE)',
  outOfMemory: 'it refused to write for want of memory',
  evict: 'it dropped keys for want of memory',
};

/** What a fault did, as a clause in which the service is `it`; empty for a fault of the user's own. */
export function deedOf({ kind, service, serviceKind }: Pick<FaultRecord, 'kind' | 'service' | 'serviceKind'>): string {
  const subject = serviceKind === 'app' ? 'the app' : service;
  return (deeds[kind] ?? '').replace(/\bits?\b/, (word) => (word === 'its' ? `${subject}'s` : subject));
}
