import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { BusEvent } from './pattern.ts'

export type EventRule = {
  name: string
  arn: string
  /** The bus that it listens to. @default the account's */
  busName?: string | undefined
  /** Starts the rule's targets with every event that matches. */
  matches?: ((event: BusEvent) => boolean) | undefined
  /** Starts the rule's targets this often. */
  everyMs?: number | undefined
  targets: readonly EventTarget[]
}

/**
 * Hands an event to a target, after a while if told so. What it returns settles when the target took it, or its
 * first attempt ended. Throws at once where the event is neither taken nor given up.
 */
export type EventTarget = (event: BusEvent, delayMs: number) => Promise<unknown>

/** When each start of a target with an event comes, in milliseconds from now. */
export type Deliveries = () => readonly number[]

type Options = {
  rules: readonly EventRule[]
  clock: Clock
  region: string
  accountId: string
  /** @default once, and at once */
  deliveries?: Deliveries
  /** Told of each event that is put on a bus of the template. */
  onEvent?: ((event: BusEvent) => void) | undefined
}

/** The bus that every account has. */
export const defaultBus = 'default'

export type PutFields = Pick<BusEvent, 'detail-type' | 'source' | 'resources' | 'detail'> & { time?: number }

const onlyOnce: Deliveries = () => [0]

/** What comes later than this nobody waits for who waits for the bus to rest, as for hidden messages of a queue. */
export const usuallyLateMs = 500

/**
 * The event buses: pattern rules for events that are put, and scheduled rules on the clock. A delivery is at least
 * once and unordered.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event.html
 */
export const createEventBus = (options: Options) => {
  const { rules, clock, region, accountId, deliveries = onlyOnce, onEvent } = options
  const cancels = new Map<EventRule, () => void>()
  const underWay = new Set<Promise<unknown>>()

  const start = (rule: EventRule, event: BusEvent, times: readonly number[]): Promise<unknown> => {
    const started = rule.targets.flatMap((target) =>
      times.map((delayMs) => ({ delayMs, done: target(event, delayMs) })),
    )
    const delivery = Promise.all(
      started.flatMap(({ delayMs, done }) => (delayMs <= usuallyLateMs ? [done] : [])),
    )
    underWay.add(delivery)
    const settled = delivery.finally(() => underWay.delete(delivery))
    settled.catch(() => {})
    return settled
  }
  /** For what nobody could put again: what is not taken is lost. */
  const startAnyway = async (rule: EventRule, event: BusEvent): Promise<void> => {
    try {
      await start(rule, event, [0])
    } catch (error) {
      console.error(`${rule.arn}: an event was lost`, error)
    }
  }
  const event = ({ time = clock.now(), ...fields }: PutFields): BusEvent => ({
    version: '0',
    id: randomUUID(),
    account: accountId,
    time: `${new Date(time).toISOString().slice(0, 19)}Z`,
    region,
    ...fields,
  })

  const runScheduled = (rule: EventRule): Promise<unknown> =>
    startAnyway(
      rule,
      event({ 'detail-type': 'Scheduled Event', source: 'aws.events', resources: [rule.arn], detail: {} }),
    )
  const scheduled = rules.filter((rule) => rule.everyMs !== undefined)
  const arm = (rule: EventRule): void => {
    const cancel = clock.after(rule.everyMs ?? 0, () => {
      arm(rule)
      void runScheduled(rule)
    })
    cancels.set(rule, cancel)
  }
  const listening = (busName: string, put: BusEvent): EventRule[] =>
    rules.filter((rule) => (rule.busName ?? defaultBus) === busName && rule.matches?.(put) === true)

  return {
    /** Puts an event of AWS's own; settles when every target of every matching rule took it. */
    put: async (fields: PutFields): Promise<void> => {
      const put = event(fields)
      await Promise.all(listening(defaultBus, put).map((rule) => startAnyway(rule, put)))
    },
    /**
     * Puts an event and gives its id: every target has it then, or will have it. @throws what keeps it from being
     * stored; some targets may have it all the same.
     */
    accept: (busName: string, fields: PutFields): string => {
      const put = event(fields)
      for (const rule of listening(busName, put)) void start(rule, put, deliveries())
      if (busName !== defaultBus) onEvent?.(put)
      return put.id
    },
    startSchedules: (): void => scheduled.forEach(arm),
    /** Starts every scheduled rule now, whatever the clock says. */
    tick: async (): Promise<void> => void (await Promise.all(scheduled.map(runScheduled))),
    atRest: (): boolean => underWay.size === 0,
    /** Resolves when what is under way now has been delivered. */
    rest: async (): Promise<void> => void (await Promise.allSettled(underWay)),
    stop: (): void => {
      for (const cancel of cancels.values()) cancel()
    },
  }
}
export type EventBus = ReturnType<typeof createEventBus>
