import type { Clock } from '../clock.ts'
import type { Resources } from '../declared.ts'
import type { FunctionSettings } from '../functions/function-host.ts'
import type { Functions } from '../functions/open-functions.ts'
import { type ChaosOptions, createChaos } from '../queues/chaos.ts'
import type { QueueAccess } from '../queues/queue-access.ts'
import { isStorageFault } from '../state-file.ts'
import { localAccountId } from '../template/read-template.ts'
import { createEventBus, type EventTarget, usuallyLateMs } from './event-bus.ts'
import { readEventRules } from './from-template.ts'
import type { BusEvent } from './pattern.ts'

const service = 'events.amazonaws.com'

type DeclaredTarget = { arn: string; deadLetterArn?: string | undefined }

/** Sometimes late, and seldom twice, so that no code relies on better. */
const usualDeliveries = (): readonly number[] => {
  const delayMs = (): number => (Math.random() < 0.1 ? Math.ceil(Math.random() * usuallyLateMs) : 0)
  return Math.random() < 0.02 ? [delayMs(), delayMs()] : [delayMs()]
}

type Needs = {
  chaos?: ChaosOptions | undefined
  /** Called with each event that is put on a bus of the template. */
  onEvent?: ((event: BusEvent) => void) | undefined
  clock: Clock
  region: string
  functions: Functions
  queues: QueueAccess
  mayInvoke: (service: string, sourceArn: string, to: FunctionSettings) => boolean
  warn: (line: string) => void
}

/**
 * Delivers events to a queue or a function, with EventBridge's own permissions: the queue's policy, the
 * function's permissions.
 */
const delivery = (
  targetArn: string,
  ruleArn: string,
  { functions, queues, mayInvoke }: Needs,
): EventTarget => {
  if (!targetArn.startsWith('arn:aws:lambda:')) {
    queues.find(targetArn)
    return (event, delayMs) => {
      queues.sendAsService(service, ruleArn, targetArn, JSON.stringify(event), delayMs)
      return Promise.resolve()
    }
  }
  const to = functions.find(targetArn)
  return (event, delayMs) => {
    if (!mayInvoke(service, ruleArn, to.settings))
      throw new Error(`${to.settings.name} lets no ${service} in for ${ruleArn}`)
    return to.startAsync(event, delayMs)
  }
}

/**
 * The event bus with the template's rules and targets. An event that a target refuses goes to the target's
 * dead-letter queue.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
export const openEventBus = (resources: Resources, needs: Needs) => {
  const logged = (ruleArn: string, error: unknown): void =>
    needs.warn(`${ruleArn}: ${error instanceof Error ? error.message : error}`)

  const giveUp = (ruleArn: string, deadLetterArn: string, event: BusEvent): void => {
    try {
      needs.queues.sendAsService(service, ruleArn, deadLetterArn, JSON.stringify(event))
    } catch (error) {
      if (isStorageFault(error)) throw error
      logged(ruleArn, error)
    }
  }
  const target = (ruleArn: string, { arn, deadLetterArn }: DeclaredTarget): EventTarget => {
    const deliver = delivery(arn, ruleArn, needs)
    return (event, delayMs) => {
      try {
        return deliver(event, delayMs)
      } catch (error) {
        // An event that could not be stored was not accepted, and its sender gets the error.
        if (isStorageFault(error)) throw error
        logged(ruleArn, error)
        if (deadLetterArn !== undefined) giveUp(ruleArn, deadLetterArn, event)
        return Promise.resolve()
      }
    }
  }
  const rules = readEventRules(resources).map((rule) => ({
    ...rule,
    targets: rule.targets.map((one) => target(rule.arn, one)),
  }))
  const chaos = createChaos(needs.chaos)
  const isChaotic = { now: needs.chaos !== undefined }
  const bus = createEventBus({
    rules,
    clock: needs.clock,
    region: needs.region,
    accountId: localAccountId,
    onEvent: needs.onEvent,
    deliveries: () =>
      isChaotic.now ? Array.from({ length: chaos.copies() }, chaos.delayMs) : usualDeliveries(),
  })
  return {
    ...bus,
    /** Sets delays and duplicates for events from now on, for tests. */
    disturb: (to: ChaosOptions | undefined): void => {
      isChaotic.now = to !== undefined
      chaos.set(to)
    },
  }
}
