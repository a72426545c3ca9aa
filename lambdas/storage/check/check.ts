import { type Came, describe, explain, type Provider, type StepName } from './causes.ts'
import { newProbe, type Probe } from './probe.ts'
import { cameOf } from './requests.ts'
import { lastStep, type Step, type StepNeeds, steps } from './steps.ts'

/** What became of a step. `cause` and `advice` are those of the table; `detail` says what came back. */
export type StepResult = {
  step: StepName
  outcome: 'passed' | 'failed' | 'skipped'
  cause?: string
  advice?: string
  detail?: string
}

export type CheckNeeds = StepNeeds & { now: () => number; newId: (at: number) => string }

/**
 * A step that takes longer gets no answer. All together, with the last, stay below the function's 20 seconds.
 */
const stepMs = 5_000
const allStepsMs = 13_000

/** @throws what the step does, or a TimeoutError; what does not listen to the signal is left to itself. */
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
  came: Came | 'notApplicable' | undefined,
  provider: Provider,
): StepResult => {
  if (came === undefined) return { step, outcome: 'passed' }
  if (came === 'notApplicable')
    return { step, outcome: 'skipped', detail: `${provider} has no roles with tags` }
  return { step, outcome: 'failed', ...explain(step, came, provider), detail: describe(came) }
}

const attempt = async (
  use: CheckNeeds,
  probe: Probe,
  [name, step]: readonly [StepName, Step],
  milliseconds: number,
): Promise<StepResult> => {
  const came = await inTime((signal) => step(use, probe, signal), milliseconds).catch((error: unknown) =>
    cameOf(error, name),
  )
  return resultOf(name, came, use.provider)
}

/**
 * Does with a probe of its own what a dock and the backend do with an archive. The first step that fails ends
 * it, since what comes after would only fail of the same; but what was stored is taken away. Each check has
 * its own probe: it may be repeated.
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
