import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { BusEvent } from './pattern.ts'

export type EventRule = {
  name: string
  arn: string
  /** The rule's bus. @default the account's */
  busName?: string | undefined
  /** Invokes the rule's targets with every event that matches. */
  matches?: ((event: BusEvent) => boolean) | undefined
  /** Invokes the rule's targets at this interval. */
  everyMs?: number | undefined
  targets: readonly EventTarget[]
}

/**
 * Delivers an event to a target, after `delayMs`. The promise settles when the target has accepted it, or its
 * first attempt has ended. Throws at once if the event is neither accepted nor dead-lettered.
 */
export type EventTarget = (event: BusEvent, delayMs: number) => Promise<unknown>

/** When each delivery of an event to a target happens, in milliseconds from now. */
export type Deliveries = () => readonly number[]

type Options = {
  rules: readonly EventRule[]
  clock: Clock
  region: string
  accountId: string
  /** @default once, immediately */
  deliveries?: Deliveries
  /** Called with each event that is put on a bus of the template. */
  onEvent?: ((event: BusEvent) => void) | undefined
}

/** The default bus of an account. */
export const defaultBus = 'default'

export type PutFields = Pick<BusEvent, 'detail-type' | 'source' | 'resources' | 'detail'> & { time?: number }

const onlyOnce: Deliveries = () => [0]

/**
 * A wait for an idle bus does not wait for deliveries later than this, as it does not for a queue's hidden
 * messages.
 */
export const usuallyLateMs = 500

/**
 * The event buses: pattern rules for put events, and scheduled rules on the clock. Delivery is at least once
 * and unordered.
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
  /** For events that nobody could put again: an undelivered one is lost. */
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
    /** Puts an event of AWS itself; settles when every target of every matching rule has accepted it. */
    put: async (fields: PutFields): Promise<void> => {
      const put = event(fields)
      await Promise.all(listening(defaultBus, put).map((rule) => startAnyway(rule, put)))
    },
    /**
     * Puts an event and returns its id: every target has it then, or will get it. @throws the error that kept
     * it from being stored; some targets may have it even so.
     */
    accept: (busName: string, fields: PutFields): string => {
      const put = event(fields)
      for (const rule of listening(busName, put)) void start(rule, put, deliveries())
      if (busName !== defaultBus) onEvent?.(put)
      return put.id
    },
    startSchedules: (): void => scheduled.forEach(arm),
    /** Runs every scheduled rule now, whatever the time. */
    tick: async (): Promise<void> => void (await Promise.all(scheduled.map(runScheduled))),
    atRest: (): boolean => underWay.size === 0,
    /** Resolves when all deliveries in flight have ended. */
    rest: async (): Promise<void> => void (await Promise.allSettled(underWay)),
    stop: (): void => {
      for (const cancel of cancels.values()) cancel()
    },
  }
}
export type EventBus = ReturnType<typeof createEventBus>
