import * as z from 'zod/mini'
import type { Change, ChangeSource } from '../changes/change.ts'
import { rejectedKey } from '../table/keys.ts'
import { noFleet, readRejectedMessage } from './store.ts'
import { rejectedView } from './view.ts'

const Placed = z.object({ fleet: z.string() })

/** The events of rejected messages: only the first of each kind, since a device may repeat it for ever. */
export const rejectedChanges: ChangeSource = {
  concerns: ({ pk }) => pk.startsWith(rejectedKey('', '').pk),
  eventsOf: ({ before, after }: Change) => {
    if (before || !after) return []
    const message = readRejectedMessage(after)
    const { fleet } = Placed.parse(after)
    return [
      {
        type: 'groundcrew.message.rejected.v1',
        subject: `rejected-messages?source=${encodeURIComponent(message.source)}`,
        fleet: fleet === noFleet ? undefined : fleet,
        record: rejectedView(message),
      },
    ]
  },
}
