import * as z from 'zod/mini'
import type { Change, ChangeSource } from '../changes/change.ts'
import { dockKey, presenceKey, topologyKey } from '../table/keys.ts'
import { Projected } from './project.ts'
import { PresenceRegisters } from './registers.ts'
import { standingOf } from './state.ts'
import { Topology } from './store.ts'
import { presenceView } from './view.ts'

const Dock = z.object({ dockSn: z.string(), fleet: z.string() })

/**
 * The events of presence, of registered docks only: that a dock came, left, or that its presence became
 * unknown.
 */
export const presenceChanges: ChangeSource = {
  concerns: ({ pk, sk }) => sk === presenceKey('').sk && pk.startsWith(presenceKey('').pk),
  eventsOf: async ({ key, before, after, at }: Change, read) => {
    const [state, earlier] = [after, before].map((item) => item && Projected.parse(item).state)
    if (!after || !state || state === earlier) return []
    const sn = key.pk.slice(presenceKey('').pk.length)
    const [item, topology] = await read([dockKey(sn), topologyKey(sn)])
    if (!item) return []
    const { dockSn, fleet } = Dock.parse(item)
    const registers = PresenceRegisters.parse(after)
    // The stream has whole seconds: the record is shown as of the moment at which its state was written.
    const moment = [at, at + 999].find((one) => standingOf({ registers }, one).state === state) ?? at
    const { since, source } = presenceView({ registers }, {}, moment)
    const known = { registers, topology: topology && Topology.parse(topology) }
    const presence = { ...presenceView(known, { [sn]: registers }, moment), state, since, source }
    return [
      {
        type: `groundcrew.presence.${state}.v1`,
        subject: `docks/${dockSn}`,
        fleet,
        record: { dockSn, presence },
        previous: { state: earlier },
      },
    ]
  },
}
