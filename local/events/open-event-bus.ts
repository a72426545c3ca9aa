import type { Clock } from '../clock.ts'
import type { Resources } from '../declared.ts'
import type { FunctionSettings } from '../functions/function-host.ts'
import type { Functions } from '../functions/open-functions.ts'
import type { QueueAccess } from '../queues/queue-access.ts'
import { localAccountId } from '../template/read-template.ts'
import { createEventBus, type EventTarget } from './event-bus.ts'
import { readEventRules } from './from-template.ts'
import type { BusEvent } from './pattern.ts'

const service = 'events.amazonaws.com'

type DeclaredTarget = { arn: string; deadLetterArn?: string | undefined }

type Needs = {
  clock: Clock
  region: string
  functions: Functions
  queues: QueueAccess
  mayInvoke: (service: string, sourceArn: string, to: FunctionSettings) => boolean
  warn: (line: string) => void
}

/**
 * Hands events to a queue or a function, with EventBridge's own rights: the queue's policy, the function's
 * permissions.
 */
const delivery = (
  targetArn: string,
  ruleArn: string,
  { functions, queues, mayInvoke }: Needs,
): EventTarget => {
  if (!targetArn.startsWith('arn:aws:lambda:')) {
    queues.find(targetArn)
    return async (event) => queues.sendAsService(service, ruleArn, targetArn, JSON.stringify(event))
  }
  const to = functions.find(targetArn)
  return async (event) => {
    if (!mayInvoke(service, ruleArn, to.settings))
      throw new Error(`${to.settings.name} lets no ${service} in for ${ruleArn}`)
    await to.startAsync(event)
  }
}

/**
 * The event bus with the template's rules and targets. What a target refuses goes to the target's dead-letter
 * queue.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
export const openEventBus = (resources: Resources, needs: Needs) => {
  const logged = (ruleArn: string, error: unknown): void =>
    needs.warn(`${ruleArn}: ${error instanceof Error ? error.message : error}`)

  const giveUp = (ruleArn: string, deadLetterArn: string, event: BusEvent): void => {
    try {
      needs.queues.sendAsService(service, ruleArn, deadLetterArn, JSON.stringify(event))
    } catch (error) {
      logged(ruleArn, error)
    }
  }
  const target = (ruleArn: string, { arn, deadLetterArn }: DeclaredTarget): EventTarget => {
    const deliver = delivery(arn, ruleArn, needs)
    return (event) =>
      deliver(event).catch((error: unknown) => {
        logged(ruleArn, error)
        if (deadLetterArn !== undefined) giveUp(ruleArn, deadLetterArn, event)
      })
  }
  const rules = readEventRules(resources).map((rule) => ({
    ...rule,
    targets: rule.targets.map((one) => target(rule.arn, one)),
  }))
  return createEventBus({ rules, clock: needs.clock, region: needs.region, accountId: localAccountId })
}
