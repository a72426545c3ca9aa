import * as z from 'zod/mini'
import type { Change, ChangeEvent, ChangeSource } from '../changes/change.ts'
import { debugKey, dockKey } from '../table/keys.ts'
import { Session } from './session.ts'
import { debugView, stateOf } from './view.ts'

/**
 * The events of docks' debug modes: that an aircraft is on, that it could not be switched on, that the debug
 * mode is closed, or that a dock is stuck.
 */

const Item = z.extend(Session, { dockSn: z.string(), rev: z.number() })
const Dock = z.object({ fleet: z.string() })

type Read = z.infer<typeof Item>

export const debugChanges: ChangeSource = {
  concerns: ({ sk }) => sk === debugKey('').sk,
  eventsOf: async ({ before, after }: Change, read): Promise<readonly ChangeEvent[]> => {
    // Sessions are deleted only when they expire.
    if (!after) return []
    const [now, earlier] = [Item.parse(after), before && Item.parse(before)]
    const types = typesOf(now, earlier)
    if (types.length === 0) return []
    const { dockSn, rev } = now
    const [dock] = await read([dockKey(dockSn)])
    const fleet = dock && Dock.parse(dock).fleet
    return types.map((type) => ({
      type,
      subject: `docks/${dockSn}/debug-mode`,
      version: String(rev),
      ...(fleet === undefined ? {} : { fleet }),
      record: debugView(dockSn, now),
      previous: { state: earlier ? stateOf(earlier.phase) : 'off' },
    }))
  },
}

const typesOf = (now: Read, earlier: Read | undefined): ChangeEvent['type'][] => {
  const types: ChangeEvent['type'][] = []
  if (now.failure && now.failure.at !== earlier?.failure?.at) types.push('groundcrew.debug.refused.v1')
  const isNew = now.phase !== earlier?.phase
  if (isNew && now.phase === 'on') types.push('groundcrew.debug.on.v1')
  if (isNew && now.phase === 'stuck') types.push('groundcrew.debug.stuck.v1')
  // A refused session was never on.
  if (isNew && now.phase === 'off' && types.length === 0) types.push('groundcrew.debug.off.v1')
  return types
}
