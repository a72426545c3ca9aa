import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import { lastAdvance } from '../logs/state.ts'
import type { UploadWithoutRequest } from '../logs/store.ts'
import { advanceOf, endSummary, uploadHref } from '../logs/view.ts'
import type { Presence as PresenceShape } from '../presence/shapes.ts'
import { type Dock, isForeignRunning, type Signs } from '../registry/store.ts'
import type * as shapes from './shapes.ts'

type Presence = View<typeof PresenceShape>

/** A dock as the API shows it, with the state of its newest uploads. Pure. */
export const dockView = (
  dock: Dock,
  {
    uploads,
    listedAt,
    foreign,
    presence,
  }: Signs & { uploads: readonly UploadWithoutRequest[]; presence?: Presence },
  now: number,
): View<typeof shapes.Dock> => {
  const { dockSn, name, fleet, createdAt, activeUpload, organizationId, boundAt } = dock
  const active = uploads.find(({ id }) => id === activeUpload)
  const advance = active && advanceOf(active.hot, now)
  const latest = uploads.find(({ id }) => id === dock.latestUpload)
  const ended = latest && endSummary(latest, now)
  const heard = [...uploads.map(({ hot }) => lastAdvance(hot.registers)), listedAt, foreign?.seenAt]
  const times = heard.filter((at) => at !== undefined)
  return {
    dockSn,
    name,
    aircraftSn: dock.connectedAircraftSn ?? dock.aircraftSn,
    fleet,
    createdAt: iso(createdAt),
    organizationId,
    boundAt: boundAt === undefined ? undefined : iso(boundAt),
    activeUpload: active && advance && { id: active.id, ...advance, href: uploadHref(dockSn, active.id) },
    latestUpload: ended && { ...ended, href: uploadHref(dockSn, ended.id) },
    presence,
    lastHeardAt: times.length > 0 ? iso(Math.max(...times)) : undefined,
    foreignExport:
      foreign && isForeignRunning(foreign, now)
        ? { objectKey: foreign.objectKey, seenAt: iso(foreign.seenAt) }
        : undefined,
  }
}
