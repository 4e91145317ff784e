import { trialGround } from './ground.ts';

/** Makes a trial; what `run` does meanwhile belongs to it. */
export async function asTrial<T>(title: string, trial: () => Promise<T>): Promise<T> {
  const ground = trialGround();
  ground?.beginTrial(title);
  try {
    return await trial();
  } finally {
    ground?.endTrial();
  }
}
