import * as z from 'zod'
import type { Template } from '../lib/synthesize.ts'
import { unthrottled } from './unthrottled.ts'

/**
 * Alternative designs for the reports of docks and devices, derived from one template: each is measured as it
 * would be deployed, in one run.
 */

/** How a queue is batched. */
export type Batches = { windowSeconds: number; size: number }
/** `isSplit`: final reports of docks use another queue than the others. */
export type Design = { name: string; isSplit: boolean; docks: Batches; devices: Batches }

const gathered: Batches = { windowSeconds: 1, size: 100 }
const prompt: Batches = { windowSeconds: 0, size: 10 }

export const designs: readonly Design[] = [
  { name: 'window of 1 s, 100 a batch, for all', isSplit: false, docks: gathered, devices: gathered },
  { name: 'no window, 10 a batch, for all', isSplit: false, docks: prompt, devices: prompt },
  { name: 'ours: docks two ways, devices no window', isSplit: true, docks: gathered, devices: prompt },
]

const Payload = z.looseObject({
  Actions: z.array(z.looseObject({ Sqs: z.looseObject({ QueueUrl: z.unknown() }) })),
})
const Chosen = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) })

/** The queue of all reports that are not final. */
const withoutChoice = (payload: unknown): unknown => {
  const { Actions, ...rest } = Payload.parse(payload)
  const queues = Actions.map(({ Sqs: { QueueUrl, ...sqs } }) => ({
    Sqs: { ...sqs, QueueUrl: Chosen.parse(QueueUrl)['Fn::Join'][1].at(-2) },
  }))
  return { ...rest, Actions: queues }
}

/** Applies a design through the runtime's `alter`. */
export const asDesigned =
  ({ isSplit, docks, devices }: Design) =>
  (template: Template): void => {
    unthrottled(template)
    for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
      if (!Properties) continue
      if (Type === 'AWS::IoT::TopicRule' && id.includes('dockProgress') && !isSplit)
        Properties.TopicRulePayload = withoutChoice(Properties.TopicRulePayload)
      const batches = id.startsWith('Ingestprogress') ? docks : id.startsWith('Ingestupgrades') && devices
      if (Type !== 'AWS::Lambda::EventSourceMapping' || !batches) continue
      Properties.MaximumBatchingWindowInSeconds = batches.windowSeconds
      Properties.BatchSize = batches.size
    }
  }
