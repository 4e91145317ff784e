/** Grades, best first. */
export type Grade = 'excellent' | 'good' | 'warning' | 'critical';

/** A step of a metric's grades. */
export interface Step {
  readonly grade: Grade;
  /** What to do about it; null when nothing needs doing. */
  readonly action: string | null;
  /** The step holds values below this one, or up to and with it when `closed`. Absent in the last step. */
  readonly below?: number;
  readonly closed?: boolean;
}

/** Values below this one, from the step before on. */
export function upTo(below: number, grade: Grade, action: string | null = null): Step {
  return { below, grade, action };
}

/** Values up to this one and this one itself. */
export function upToAndWith(below: number, grade: Grade, action: string | null = null): Step {
  return { below, closed: true, grade, action };
}

/** All values beyond the steps before. */
export function beyond(grade: Grade, action: string | null = null): Step {
  return { grade, action };
}

/** The step of a value. +Infinity (never recovered) has one; NaN has none. */
export function gradeOf(steps: readonly Step[] | undefined, value: number): Step | undefined {
  if (Number.isNaN(value)) return undefined;
  return steps?.find(({ below, closed }) => (below === undefined ? true : closed ? value <= below : value < below));
}

/** Whether a grade needs nothing to be done about it. */
export function isGood({ grade }: Step): boolean {
  return grade === 'excellent' || grade === 'good';
}
