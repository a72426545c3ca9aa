import { createHash } from 'node:crypto'
import type { Machine } from './machines.ts'

/**
 * What a campaign that drives should say and do, worked out from what was done to its devices and nothing
 * else: nothing is read of the product, and no rule of its is shared.
 */

export type PhasePlan = {
  name: string
  take: { labels: Record<string, string> } | { devices: number } | { percent: number }
  together: number
  gate: { confirmedPercent: number; failedAtMostPercent: number; withinSeconds: number }
  next: 'auto' | 'approval'
}

/** `labelled`: ids of those that have the labels of the first phase. Times in ms. */
export type Plan = {
  id: string
  phases: readonly PhasePlan[]
  labelled: ReadonlySet<string>
  timeoutMs: number
  retry: { times: number; afterMs: number }
}

type Stand = {
  phase: number
  is: 'waiting' | 'atWork' | 'failedOnce' | 'willRetry' | 'confirmed' | 'failed'
  tries: number
  began: number
  askedAt?: number | undefined
  dueAt: number
}

export type Entry = { at: number; event: string; phase: string; numbers: Record<string, number> }
export type Point = { at: number; confirmed: number; failed: number }

const states: Readonly<Record<string, string>> = {
  gateFailed: 'stopped',
  gatePassedNeedsApproval: 'awaitingApproval',
  lastPhaseDone: 'finished',
}

/** How long an answer is waited for. */
const answerMs = 60_000

const deal = ({ id, phases, labelled }: Plan, machines: readonly Machine[]): Map<string, number> => {
  const hash = (deviceId: string) => createHash('sha256').update(`${id}\n${deviceId}`).digest('hex')
  const order = machines.map((one) => [hash(one.deviceId), one.deviceId] as const).toSorted()
  let left = order.map(([, deviceId]) => deviceId)
  const dealt = new Map<string, number>()
  for (const [phase, { take }] of phases.entries()) {
    const size =
      'percent' in take
        ? Math.round((machines.length * take.percent) / 100)
        : 'devices' in take && take.devices
    const taken = size === false ? left.filter((one) => labelled.has(one)) : left.slice(0, size)
    for (const deviceId of taken) dealt.set(deviceId, phase)
    left = left.filter((one) => !dealt.has(one))
  }
  return dealt
}

export const startRecount = (plan: Plan, machines: readonly Machine[]) => {
  const dealt = deal(plan, machines)
  const stands = new Map<string, Stand>()
  for (const [deviceId, phase] of dealt)
    stands.set(deviceId, { phase, is: 'waiting', tries: 0, began: 0, dueAt: 0 })
  const all = [...stands.values()]
  const number = (is: Stand['is'], phase?: number) =>
    all.reduce((sum, one) => sum + (one.is === is && (phase ?? one.phase) === one.phase ? 1 : 0), 0)
  const sizeOf = (phase: number) => all.reduce((sum, one) => sum + (one.phase === phase ? 1 : 0), 0)
  const sizes = plan.phases.map((_, phase) => sizeOf(phase))

  const known = { phase: 0, state: 'running', entries: [] as Entry[], curve: [] as Point[] }

  const numbersOf = (phase: number) => {
    const [confirmed, failed, willRetry] = [
      number('confirmed', phase),
      number('failed', phase),
      number('willRetry', phase),
    ]
    return {
      size: sizes[phase] ?? 0,
      confirmed,
      failed,
      ended: confirmed + failed + willRetry,
      skipped: 0,
      open: number('atWork'),
      retries: number('willRetry'),
    }
  }
  const fails = (stand: Stand, isPassing: boolean) => {
    stand.is = isPassing && stand.tries <= plan.retry.times ? 'failedOnce' : 'failed'
  }
  const settle = (at: number) => {
    for (const one of all)
      if (one.is === 'failedOnce') Object.assign(one, { is: 'willRetry', dueAt: at + plan.retry.afterMs })
  }
  const eventOf = (numbers: ReturnType<typeof numbersOf>): string | undefined => {
    const phase = plan.phases[known.phase]
    if (!phase || known.state !== 'running') return undefined
    const isLast = known.phase === plan.phases.length - 1
    if (numbers.failed * 100 > phase.gate.failedAtMostPercent * numbers.size) return 'gateFailed'
    if (numbers.confirmed * 100 < phase.gate.confirmedPercent * numbers.size) return undefined
    if (!isLast) return phase.next === 'approval' ? 'gatePassedNeedsApproval' : 'gatePassed'
    const isIdle = number('atWork') + number('willRetry') + number('waiting') === 0
    return isIdle ? 'lastPhaseDone' : undefined
  }
  const follow = (event: string): void => {
    if (event === 'gatePassed') known.phase += 1
    else known.state = states[event] ?? known.state
  }

  return {
    known,
    number,
    numbersOf,
    /** How often it has tried. */
    triesOf: (deviceId: string): number => stands.get(deviceId)?.tries ?? 0,
    isAtWork: (deviceId: string): boolean => stands.get(deviceId)?.is === 'atWork',
    confirm: (deviceId: string): void => {
      const stand = stands.get(deviceId)
      if (stand) stand.is = 'confirmed'
    },
    fail: (deviceId: string, isPassing: boolean): void => {
      const stand = stands.get(deviceId)
      if (stand?.is === 'atWork') fails(stand, isPassing)
    },
    begin: (deviceId: string, at: number): void => {
      const stand = stands.get(deviceId)
      if (stand) Object.assign(stand, { is: 'atWork', tries: stand.tries + 1, began: at, askedAt: undefined })
    },
    /** The clock ends what has been silent for too long; `isSilent` devices say nothing, ever. */
    silence: (at: number, isSilent: (deviceId: string) => boolean): void => {
      for (const [deviceId, one] of stands) {
        if (one.is !== 'atWork' || !isSilent(deviceId)) continue
        if (one.askedAt === undefined && at >= one.began + plan.timeoutMs) one.askedAt = at
        else if (one.askedAt !== undefined && at >= one.askedAt + answerMs) fails(one, true)
      }
    },
    /** A run of the sweep; resolves to how many devices it has to let begin. */
    sweep: (at: number): number => {
      settle(at)
      const [confirmed, failed] = [number('confirmed'), number('failed')]
      const last = known.curve.at(-1)
      if (last?.confirmed !== confirmed || last.failed !== failed) known.curve.push({ at, confirmed, failed })
      for (let phase = -1; phase !== known.phase; ) {
        phase = known.phase
        const numbers = numbersOf(phase)
        const event = eventOf(numbers)
        if (!event) continue
        known.entries.push({ at, event, phase: plan.phases[phase]?.name ?? '', numbers })
        follow(event)
      }
      if (known.state !== 'running') return 0
      const waiting = all.filter(
        ({ is, phase, dueAt }) =>
          (is === 'waiting' && phase <= known.phase) || (is === 'willRetry' && dueAt <= at),
      )
      const room = (plan.phases[known.phase]?.together ?? 0) - number('atWork')
      return Math.max(0, Math.min(room, waiting.length))
    },
    approve: (): void => {
      known.state = 'running'
      known.phase += 1
    },
  }
}
export type Recount = ReturnType<typeof startRecount>
