export {
  type RegisterCall,
  type RegisterModel,
  type RegisterOptions,
  register,
} from './analysis/linearizability/register.ts';
export type { Duration } from './duration.ts';
export type { Experiment } from './experiment.ts';
export type { Chance, SeededChance } from './fault/chance.ts';
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
export { type ExhaustOptions, exhaustConnections } from './fault/postgres/exhaust-connections.ts';
export { lockRows, lockTable, type TableLock } from './fault/postgres/lock.ts';
export { type SlowOptions, slowStatements } from './fault/postgres/slow-statements.ts';
export { terminateBackends } from './fault/postgres/terminate-backends.ts';
export { crash } from './fault/process/crash.ts';
export type { Emptied } from './fault/process/emptied.ts';
export { pause } from './fault/process/pause.ts';
export { restart } from './fault/process/restart.ts';
export { type Slowness, slow } from './fault/process/slow.ts';
export type { StartUp } from './fault/process/start-up.ts';
export { randomSchedule } from './fault/random-schedule.ts';
export { type ReadOnlyOptions, readOnly } from './fault/read-only.ts';
export { evict } from './fault/redis/evict.ts';
export { outOfMemory } from './fault/redis/out-of-memory.ts';
export { type PauseOptions, pauseClients } from './fault/redis/pause-clients.ts';
export { type SlowCommandOptions, slowCommands } from './fault/redis/slow-commands.ts';
export { type Repetition, repeated } from './fault/repeated.ts';
export { bandwidth } from './fault/wire/bandwidth.ts';
export { blackhole } from './fault/wire/blackhole.ts';
export { connectHang } from './fault/wire/connect-hang.ts';
export { dropReplies } from './fault/wire/drop-replies.ts';
export { dropRequests } from './fault/wire/drop-requests.ts';
export { type FlappingFault, type FlappingOptions, flapping } from './fault/wire/flapping.ts';
export { hangUp } from './fault/wire/hang-up.ts';
export { latency } from './fault/wire/latency.ts';
export { type LossOptions, loss } from './fault/wire/loss.ts';
export { refuse } from './fault/wire/refuse.ts';
export { type ResetOptions, reset } from './fault/wire/reset.ts';
export { slowClose } from './fault/wire/slow-close.ts';
export { stall } from './fault/wire/stall.ts';
export type { StateReader } from './final-state.ts';
export { type ArrivalsOptions, arrivals } from './load/arrivals.ts';
export { autocannon } from './load/autocannon.ts';
export { cycle, pick, rows } from './load/data-files.ts';
export { NotApplied } from './load/http/call-outcome.ts';
export type { Call, CallContext } from './load/journeys/call.ts';
export {
  type Journey,
  type JourneyContext,
  type JourneyFunction,
  type JourneyOptions,
  type JourneyUser,
  journey,
  type StepContext,
} from './load/journeys/journey.ts';
export { StepFailed } from './load/journeys/journey-errors.ts';
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
export type { Spacing } from './load/plan/schedule.ts';
export type { Stage } from './load/plan/stages.ts';
export { race } from './load/race.ts';
export type { Probe, ProbeContext, Probes } from './observe/user-probe.ts';
export { currentProfile, type Profile, profile } from './profile.ts';
export type { Operation, OperationKind, Outcome } from './recording/columns.ts';
export { loadRecording } from './recording/file/file.ts';
export { type FinalState, Recording, type Span, type StateRow, type Window } from './recording/recording.ts';
export type { TrialContext } from './search/bisection.ts';
export { type BreakingPointSearch, findBreakingPoint } from './search/breaking-point.ts';
export { type CapacityOptions, findCapacity } from './search/capacity.ts';
export { type ExplorationContext, type ExplorationPlan, explore } from './search/explore.ts';
export { type ObjectiveBounds, type Objectives, objectives } from './search/objectives.ts';
export type { App } from './stack/app/app.ts';
export { type AppDefinition, type CommandOptions, command } from './stack/app/command.ts';
export type { Counter, Fact, Gauge, Observable, Reading, Share } from './stack/observable.ts';
export { type PostgresService, postgres } from './stack/postgres/postgres.ts';
export { type RedisService, redis } from './stack/redis/redis.ts';
export type {
  ContainerRun,
  ProcessRun,
  Runtime,
  Server,
  ServerHost,
  ServerOrder,
  ServerProgram,
} from './stack/server.ts';
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
export { type TcpAddress, type TcpExchange, type TcpOptions, type TcpService, tcp } from './stack/tcp/tcp.ts';
export type { BreakingPoint, Trial } from './verdict/breaking-point.ts';
export {
  type CannotTell,
  cannotTell,
  type History,
  type Invariant,
  invariant,
  type Witness,
} from './verdict/checks/invariant.ts';
export type { Exploration, FailingSchedule, ScheduleTrial } from './verdict/exploration.ts';
export type { Grade, Step } from './verdict/grade.ts';
export type { Judgement, Status } from './verdict/judgement.ts';
export type { LinearizableOptions, OneWinnerOptions } from './verdict/matchers/correctness-matchers.ts';
export { judgementsOf } from './verdict/matchers/matchers.ts';
export type { SteadyBounds } from './verdict/matchers/steady-bounds.ts';
export { type Target, target } from './verdict/metrics/targets.ts';
export { type RepeatedSpan, type RepeatedWindow, Repeats } from './verdict/repeats.ts';
export type { RunResult, TestResult } from './verdict/rows/result.ts';
export type { Remedy, Scenario, Suite } from './verdict/suite.ts';
