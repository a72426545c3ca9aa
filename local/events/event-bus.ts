import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { BusEvent } from './pattern.ts'

export type EventRule = {
  name: string
  arn: string
  /** Starts the rule's targets with every event that matches. */
  matches?: ((event: BusEvent) => boolean) | undefined
  /** Starts the rule's targets this often. */
  everyMs?: number | undefined
  targets: readonly EventTarget[]
}

/** Hands an event to a target; settles when the target took it, or its first attempt ended. */
export type EventTarget = (event: BusEvent) => Promise<void>

type Options = { rules: readonly EventRule[]; clock: Clock; region: string; accountId: string }

/**
 * The default event bus: pattern rules for events that are put, and scheduled rules on the clock. Delivery is
 * at least once and unordered in AWS; here it is once, since the queues behind it may duplicate.
 */
export const createEventBus = ({ rules, clock, region, accountId }: Options) => {
  const cancels = new Map<EventRule, () => void>()
  const underWay = new Set<Promise<unknown>>()

  const start = async (rule: EventRule, event: BusEvent): Promise<void> => {
    const delivery = Promise.all(rule.targets.map((target) => target(event)))
    underWay.add(delivery)
    await delivery.finally(() => underWay.delete(delivery))
  }
  const event = (fields: Pick<BusEvent, 'detail-type' | 'source' | 'resources' | 'detail'>): BusEvent => ({
    version: '0',
    id: randomUUID(),
    account: accountId,
    time: `${new Date(clock.now()).toISOString().slice(0, 19)}Z`,
    region,
    ...fields,
  })

  const runScheduled = (rule: EventRule): Promise<void> =>
    start(
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

  return {
    /** Puts an event; settles when every target of every matching rule took it. */
    put: async (fields: Parameters<typeof event>[0]): Promise<void> => {
      const put = event(fields)
      await Promise.all(rules.filter((rule) => rule.matches?.(put)).map((rule) => start(rule, put)))
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
