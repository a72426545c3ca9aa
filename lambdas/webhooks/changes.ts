import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import type { Change, ChangeEvent, ChangeSource } from '../table/change.ts'
import { webhookKey, webhooksPartition } from '../table/keys.ts'
import { Hook } from './hook.ts'
import type { WebhookTestTold } from './shapes.ts'
import { webhookView } from './view.ts'

/**
 * What is told of webhooks: that something was given up, that a receiver has ended one, and the tests that are asked
 * for by hand. Each of these is a change of the webhook's own item, told once until it has changed back: what is told
 * of one that fails cannot go round between two that do.
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
              record: testTold(now.id, now.tested),
            },
          ]
        : []),
    ]
  },
}

const testTold = (id: string, { at, by }: NonNullable<Hook['tested']>): View<typeof WebhookTestTold> => ({
  id,
  testedAt: iso(at),
  testedBy: by,
})

/** An event is of one fleet: what is told of a webhook for several is for those alone who hear of all. */
const fleetOf = ({ fleets }: Hook): string | undefined => (fleets?.length === 1 ? fleets[0] : undefined)
