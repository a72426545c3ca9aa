import * as z from 'zod/mini'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import type { Table } from '../table/client.ts'
import {
  aircraftKey,
  bindingCodeKey,
  dockKey,
  newAircraftKey,
  organizationKey,
  topologyKey,
} from '../table/keys.ts'
import { readAll } from '../table/pages.ts'
import { type Claim, codeName, dayMs, type KnownAircraft, type NewAircraft } from './decide-bind.ts'
import { type Organization, parseCode, parseOrganization } from './store.ts'

/** Reads, in one go and as it is now, what decisions about a dock and its aircraft need. */

const DockItem = z.object({
  fleet: z.string(),
  name: z.optional(z.string()),
  organizationId: z.optional(z.string()),
  boundWith: z.optional(z.string()),
  boundAircraft: z.optional(z.array(z.string())),
  connectedAircraftSn: z.optional(z.string()),
})
export type DockBinding = z.infer<typeof DockItem>

const AircraftItem = z.object({
  dockSn: z.optional(z.string()),
  organizationId: z.optional(z.string()),
  boundWith: z.optional(z.string()),
  callSign: z.optional(z.string()),
  seenAt: z.optional(z.number()),
})

const NewAircraftItem = z.object({
  rev: z.number(),
  seen: z.array(z.object({ sn: z.string(), at: z.number() })),
})

const TopologyItem = z.object({
  at: z.number(),
  dockModel: z.optional(z.string()),
  aircraft: z.array(
    z.object({ sn: z.string(), model: z.optional(z.string()), index: z.optional(z.string()) }),
  ),
})
export type KeptTopology = z.infer<typeof TopologyItem>

export type Asked = { aircraftSns?: readonly string[]; claims?: readonly Claim[] }

/** Of serial numbers that no device can have nothing is known. */
const possible = (sns: readonly string[], dockSn: string): string[] =>
  [...new Set(sns)].filter((sn) => sn !== dockSn && dockSnPattern.test(sn))

export const readKnown = async (
  table: Table,
  dockSn: string,
  { aircraftSns = [], claims = [] }: Asked,
  now: number,
) => {
  const sns = possible(aircraftSns, dockSn)
  const distinct = [...new Map(claims.map((claim) => [codeName(claim), claim])).values()]
  const organizationIds = [...new Set(distinct.map(({ organizationId }) => organizationId))]
  const keys = [
    ...[dockKey(dockSn), newAircraftKey(dockSn), topologyKey(dockSn)],
    ...sns.flatMap((sn) => [aircraftKey(sn), dockKey(sn)]),
    ...organizationIds.map(organizationKey),
    ...distinct.map(({ organizationId, hash }) => bindingCodeKey(organizationId, hash)),
  ]
  const items = (await readAll(table, keys, true)).values()
  const next = () => items.next().value
  const [dock, tally, topology] = [next(), next(), next()]
  const aircraft = new Map<string, z.infer<typeof AircraftItem>>()
  const otherDocks = new Set<string>()
  for (const sn of sns) {
    const [one, asDock] = [next(), next()]
    if (one) aircraft.set(sn, AircraftItem.parse(one))
    if (asDock) otherDocks.add(sn)
  }
  const organizations = new Map<string, Organization>()
  for (const id of organizationIds) {
    const one = parseOrganization(next())
    if (one) organizations.set(id, one)
  }
  const codes = distinct.flatMap((claim) => {
    const code = parseCode(next())
    return code ? [[codeName(claim), code] as const] : []
  })
  const { rev = 0, seen = [] } = tally ? NewAircraftItem.parse(tally) : {}
  return {
    dock: dock && DockItem.parse(dock),
    topology: topology && TopologyItem.parse(topology),
    aircraft,
    otherDocks,
    organizations: new Set(organizations.keys()),
    organizationNames: new Map([...organizations].map(([id, { name }]) => [id, name])),
    codes: new Map(codes),
    newAircraft: withinDay(seen, now),
    tally: { rev },
  }
}
export type KnownOfDock = Awaited<ReturnType<typeof readKnown>>

const withinDay = (seen: readonly NewAircraft[], now: number): NewAircraft[] =>
  seen.filter(({ at }) => now - at < dayMs)

/** The aircraft of a dock, as far as another has not taken it since. */
export const isOwn = (dockSn: string, aircraft: KnownAircraft | undefined): boolean =>
  aircraft?.dockSn === dockSn
