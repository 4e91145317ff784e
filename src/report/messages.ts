import type { ProgressReport } from './progress.ts';

/** The type of the artifact by which progress travels from the worker to the reporter, at once. */
export const progressType = 'breaking-point:progress';

/** Progress of a running test on its way to the reporter. */
export interface ProgressArtifact {
  readonly type: typeof progressType;
  readonly progress: ProgressReport;
}

/** The progress in an artifact of Vitest's; undefined when the artifact is another one. */
export function readProgress(artifact: { readonly type: string }): ProgressReport | undefined {
  return artifact.type === progressType ? (artifact as ProgressArtifact).progress : undefined;
}
