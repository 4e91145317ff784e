export { type RegisterCall, type RegisterModel, type RegisterOptions, register } from './analysis/register.ts';
export type { Duration } from './duration.ts';
export type { Experiment } from './experiment.ts';
export { bandwidth } from './fault/bandwidth.ts';
export { blackhole } from './fault/blackhole.ts';
export type { Chance, SeededChance } from './fault/chance.ts';
export { connectHang } from './fault/connect-hang.ts';
export { crash } from './fault/crash.ts';
export { dropReplies } from './fault/drop-replies.ts';
export { dropRequests } from './fault/drop-requests.ts';
export type { Emptied } from './fault/emptied.ts';
export { evict } from './fault/evict.ts';
export { type ExhaustOptions, exhaustConnections } from './fault/exhaust-connections.ts';
export {
  type Fault,
  type LastingFault,
  type Look,
  lasting,
  type MomentaryFault,
  momentary,
  type ScheduledFault,
  type Subject,
  throughProxy,
} from './fault/fault.ts';
export { type FlappingFault, type FlappingOptions, flapping } from './fault/flapping.ts';
export { hangUp } from './fault/hang-up.ts';
export { latency } from './fault/latency.ts';
export { lockRows } from './fault/lock-rows.ts';
export { lockTable, type TableLock } from './fault/lock-table.ts';
export { type LossOptions, loss } from './fault/loss.ts';
export { outOfMemory } from './fault/out-of-memory.ts';
export { pause } from './fault/pause.ts';
export { type PauseOptions, pauseClients } from './fault/pause-clients.ts';
export { randomSchedule } from './fault/random-schedule.ts';
export { readOnly } from './fault/read-only.ts';
export type { ReadOnlyOptions } from './fault/read-only-postgres.ts';
export { refuse } from './fault/refuse.ts';
export { type Repetition, repeated } from './fault/repeated.ts';
export { type ResetOptions, reset } from './fault/reset.ts';
export { restart } from './fault/restart.ts';
export { type Slowness, slow } from './fault/slow.ts';
export { slowClose } from './fault/slow-close.ts';
export { type SlowCommandOptions, slowCommands } from './fault/slow-commands.ts';
export { type SlowOptions, slowStatements } from './fault/slow-statements.ts';
export { stall } from './fault/stall.ts';
export type { StartUp } from './fault/start-up.ts';
export { terminateBackends } from './fault/terminate-backends.ts';
export type { StateReader } from './final-state.ts';
export { type ArrivalsOptions, arrivals } from './load/arrivals.ts';
export { autocannon } from './load/autocannon.ts';
export type { Call, CallContext } from './load/call.ts';
export { NotApplied } from './load/call-outcome.ts';
export { cycle, pick, rows } from './load/data.ts';
export {
  type Journey,
  type JourneyContext,
  type JourneyFunction,
  type JourneyOptions,
  type JourneyUser,
  journey,
  type StepContext,
} from './load/journey.ts';
export type {
  About,
  JourneyResponse,
  Load,
  LoadResult,
  LoadTarget,
  OkWhen,
  Request,
  RequestContext,
} from './load/load.ts';
export { type MixedOptions, mixed, type NamedLoads, type SharedLoads } from './load/mixed.ts';
export { race } from './load/race.ts';
export type { Spacing } from './load/schedule.ts';
export type { Stage } from './load/stages.ts';
export { StepFailed } from './load/step-failed.ts';
export type { Probe, ProbeContext, Probes } from './observe/user-probe.ts';
export { currentProfile, type Profile, profile } from './profile.ts';
export type { Operation, OperationKind, Outcome } from './recording/columns.ts';
export { loadRecording } from './recording/file.ts';
export { type FinalState, Recording, type Span, type StateRow, type Window } from './recording/recording.ts';
export type { TrialContext } from './search/bisection.ts';
export { type BreakingPointSearch, findBreakingPoint } from './search/breaking-point.ts';
export { type CapacityOptions, findCapacity } from './search/capacity.ts';
export { type ExplorationContext, type ExplorationPlan, explore } from './search/explore.ts';
export { type ObjectiveBounds, type Objectives, objectives } from './search/objectives.ts';
export { type App, type AppDefinition, type CommandOptions, command } from './stack/app.ts';
export type { Counter, Fact, Gauge, Observable, Reading, Share } from './stack/observable.ts';
export { type PostgresService, postgres } from './stack/postgres.ts';
export { type RedisService, redis } from './stack/redis.ts';
export type { Runtime, Server, ServerHost, ServerOrder } from './stack/server.ts';
export type {
  Killable,
  Pausable,
  Service,
  ServiceDefinition,
  ServiceServer,
  Sighting,
  StackHost,
  Transfer,
} from './stack/service.ts';
export { type TcpAddress, type TcpExchange, type TcpOptions, type TcpService, tcp } from './stack/tcp.ts';
export type { BreakingPoint, Trial } from './verdict/breaking-point.ts';
export type { SteadyBounds } from './verdict/checks/stay-steady.ts';
export type { LinearizableOptions, OneWinnerOptions } from './verdict/correctness-matchers.ts';
export type { Exploration, FailingSchedule, ScheduleTrial } from './verdict/exploration.ts';
export {
  type CannotTell,
  cannotTell,
  type History,
  type Invariant,
  invariant,
  type Witness,
} from './verdict/invariant.ts';
export type { Judgement, Status } from './verdict/judgement.ts';
export { judgementsOf } from './verdict/matchers.ts';
export { type RepeatedSpan, type RepeatedWindow, Repeats } from './verdict/repeats.ts';
export type { RunResult, TestResult } from './verdict/result.ts';
export { type Target, target } from './verdict/targets.ts';
