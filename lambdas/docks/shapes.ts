import * as z from 'zod/mini'
import { changed, Fleet, Name, Percent, Sn, Time } from '../http/shapes.ts'
import { uploadStates } from '../logs/upload-states.ts'
import { Presence } from '../presence/shapes.ts'

/** Docks, as JSON over HTTP. */

/** Request bodies are strict: unknown fields are errors. Times are ISO 8601 in UTC. */

export const DockInput = z.strictObject({
  name: z.optional(Name),
  aircraftSn: z.optional(Sn),
  fleet: z.optional(Fleet),
})

/** A dock is always in a fleet. */
export const DockChange = z.strictObject({
  name: changed(Name),
  aircraftSn: changed(Sn),
  fleet: z.optional(Fleet),
})

/**
 * `aircraftSn`: as the dock reports it, if it reports to us, otherwise as registered. `organizationId`: the
 * organization that the dock is bound to. `latestUpload`: the newest upload and its state. While it is open
 * it is also `activeUpload`, with `stalledSince` if the dock has reported nothing about it for ten minutes.
 * `heardAs`, only for a single dock: an unregistered dock used this serial number in other letter case.
 */
export const Dock = z.object({
  dockSn: z.string(),
  name: z.optional(z.string()),
  aircraftSn: z.optional(z.string()),
  fleet: z.string(),
  createdAt: Time,
  organizationId: z.optional(z.string()),
  boundAt: z.optional(Time),
  activeUpload: z.optional(
    z.object({
      id: z.string(),
      state: z.string(),
      percent: Percent,
      href: z.string(),
      stalledSince: z.optional(Time),
    }),
  ),
  latestUpload: z.optional(
    z.object({ id: z.string(), state: z.enum(uploadStates), createdAt: Time, href: z.string() }),
  ),
  presence: z.optional(Presence),
  lastHeardAt: z.optional(Time),
  foreignExport: z.optional(z.object({ objectKey: z.string(), seenAt: Time })),
  heardAs: z.optional(z.object({ dockSn: z.string(), seenAt: Time })),
})
