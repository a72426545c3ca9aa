import type { Change, ChangeEvent, ChangeSource } from '../changes/change.ts'
import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import { webhookKey, webhooksPartition } from '../table/keys.ts'
import { Hook } from './hook.ts'
import type { WebhookTestTold } from './shapes.ts'
import { webhookView } from './view.ts'

/**
 * The events of webhooks: deliveries were given up, the receiver has ended the webhook, and tests that
 * somebody requested. Each event follows a change of the webhook's state, so it is published once until the
 * state changes back. Therefore two failing webhooks cannot send events about each other in a loop.
 */
export const webhookChanges: ChangeSource = {
  concerns: ({ pk, sk }) => pk === webhooksPartition && sk.startsWith(webhookKey('').sk),
  eventsOf: ({ before, after }: Change): readonly ChangeEvent[] => {
    if (!after) return []
    const [now, earlier] = [Hook.parse(after), before && Hook.parse(before)]
    const isSame = earlier?.key === now.key
    const common = { subject: `webhooks/${now.id}`, fleet: fleetOf(now) }
    const isNew = isSame && now.state !== earlier.state && now.state !== 'active'
    const isTested = now.tested !== undefined && now.tested.at !== earlier?.tested?.at
    return [
      ...(isNew
        ? [
            {
              ...common,
              type: `groundcrew.webhook.${now.state === 'ended' ? 'ended' : 'failing'}.v1` as const,
              record: webhookView(now),
              previous: { state: earlier.state },
            },
          ]
        : []),
      ...(isTested && now.tested
        ? [
            {
              ...common,
              type: 'groundcrew.webhook.test.v1' as const,
              record: testRecord(now.id, now.tested),
            },
          ]
        : []),
    ]
  },
}

const testRecord = (id: string, { at, by }: NonNullable<Hook['tested']>): View<typeof WebhookTestTold> => ({
  id,
  testedAt: iso(at),
  testedBy: by,
})

/**
 * An event has one fleet: without one, only receivers for all fleets get the event of a webhook for several.
 */
const fleetOf = ({ fleets }: Hook): string | undefined => (fleets?.length === 1 ? fleets[0] : undefined)
