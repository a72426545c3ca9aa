import { describe, explain, type Provider, type StepName, type Symptom } from './causes.ts'
import { newProbe, type Probe } from './probe.ts'
import { symptomOf } from './requests.ts'
import { lastStep, type Step, type StepNeeds, steps } from './steps.ts'

/** The result of a step. `cause` and `advice` are from the table; `detail` describes the response. */
export type StepResult = {
  step: StepName
  outcome: 'passed' | 'failed' | 'skipped'
  cause?: string
  advice?: string
  detail?: string
}

export type CheckNeeds = StepNeeds & { now: () => number; newId: (at: number) => string }

/** Time limits of one step and of all but the last. Together they stay below the function's 20 seconds. */
const stepMs = 5_000
const allStepsMs = 13_000

/** @throws the step's error, or a TimeoutError. Work that ignores the signal is abandoned. */
const inTime = async (
  run: (signal: AbortSignal) => ReturnType<Step>,
  milliseconds: number,
): ReturnType<Step> => {
  const signal = AbortSignal.timeout(milliseconds)
  const late = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
  return Promise.race([run(signal), late])
}

const resultOf = (
  step: StepName,
  symptom: Symptom | 'notApplicable' | undefined,
  provider: Provider,
): StepResult => {
  if (symptom === undefined) return { step, outcome: 'passed' }
  if (symptom === 'notApplicable')
    return { step, outcome: 'skipped', detail: `${provider} has no roles with tags` }
  return { step, outcome: 'failed', ...explain(step, symptom, provider), detail: describe(symptom) }
}

const attempt = async (
  use: CheckNeeds,
  probe: Probe,
  [name, step]: readonly [StepName, Step],
  milliseconds: number,
): Promise<StepResult> => {
  const symptom = await inTime((signal) => step(use, probe, signal), milliseconds).catch((error: unknown) =>
    symptomOf(error, name),
  )
  return resultOf(name, symptom, use.provider)
}

/**
 * Does with a probe what a dock and the backend do with an archive. The first failure ends the check, because
 * later steps would fail for the same reason, but stored objects are removed. Safe to repeat, since each
 * check has its own probe.
 */
export const checkStorage = async (use: CheckNeeds): Promise<{ ok: boolean; steps: StepResult[] }> => {
  const began = use.now()
  const probe = newProbe(use.newId(began))
  const results: StepResult[] = []
  const failed = () => results.find(({ outcome }) => outcome === 'failed')?.step
  const skip = (step: StepName) => results.push({ step, outcome: 'skipped', detail: `${failed()} failed` })

  for (const step of steps) {
    const left = Math.max(1, allStepsMs - (use.now() - began))
    if (failed()) skip(step[0])
    else results.push(await attempt(use, probe, step, Math.min(stepMs, left)))
  }
  if (failed() && probe.stored.size === 0) skip(lastStep[0])
  else results.push(await attempt(use, probe, lastStep, stepMs))
  return { ok: failed() === undefined, steps: results }
}
