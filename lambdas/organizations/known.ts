import * as z from 'zod/mini'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import type { Table } from '../table/client.ts'
import {
  aircraftKey,
  bindingCodeKey,
  dockKey,
  newAircraftKey,
  organizationKey,
  ownerKey,
  topologyKey,
} from '../table/keys.ts'
import { type Key, readAll } from '../table/pages.ts'
import { type Claim, codeName, dayMs, type KnownAircraft, type NewAircraft } from './decide-bind.ts'
import { parseCode, parseOrganization } from './store.ts'

/** Reads, in one strongly consistent request, what decisions about a dock and its aircraft need. */

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
  fleet: z.optional(z.string()),
  dockSn: z.optional(z.string()),
  organizationId: z.optional(z.string()),
  boundWith: z.optional(z.string()),
  callSign: z.optional(z.string()),
  seenAt: z.optional(z.number()),
})

const AccountItem = z.object({ fleet: z.string() })

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

export type KnownQuery = { aircraftSns?: readonly string[]; claims?: readonly Claim[] }

/** Drops serial numbers that no device can have. */
const possible = (sns: readonly string[], dockSn: string): string[] =>
  [...new Set(sns)].filter((sn) => sn !== dockSn && dockSnPattern.test(sn))

const readByKey = async (table: Table, keys: readonly Key[]) => {
  const items = await readAll(table, keys, true)
  const found = new Map(keys.map(({ pk, sk }, n) => [`${pk} ${sk}`, items[n]]))
  return ({ pk, sk }: Key) => found.get(`${pk} ${sk}`)
}

/** Those that exist, by name. */
const present = <Of, Found>(
  all: readonly Of[],
  nameOf: (one: Of) => string,
  find: (one: Of) => Found | undefined,
): ReadonlyMap<string, Found> =>
  new Map(
    all.flatMap((one) => {
      const found = find(one)
      return found === undefined ? [] : [[nameOf(one), found] as const]
    }),
  )

const itself = (name: string): string => name

export const readKnown = async (
  table: Table,
  dockSn: string,
  { aircraftSns = [], claims = [] }: KnownQuery,
  now: number,
) => {
  const sns = possible(aircraftSns, dockSn)
  const codeKeys = new Map(
    claims.map((claim) => [codeName(claim), bindingCodeKey(claim.organizationId, claim.hash)]),
  )
  const organizationIds = [...new Set(claims.map(({ organizationId }) => organizationId))]
  const item = await readByKey(table, [
    dockKey(dockSn),
    ownerKey(dockSn),
    newAircraftKey(dockSn),
    topologyKey(dockSn),
    ...sns.flatMap((sn) => [aircraftKey(sn), dockKey(sn), ownerKey(sn)]),
    ...organizationIds.map(organizationKey),
    ...codeKeys.values(),
  ])
  const tally = item(newAircraftKey(dockSn))
  const { rev, seen } = tally ? NewAircraftItem.parse(tally) : { rev: 0, seen: [] }
  const aircraftOf = (sn: string) => {
    const one = item(aircraftKey(sn))
    return one && AircraftItem.parse(one)
  }
  return {
    dock: z.optional(DockItem).parse(item(dockKey(dockSn))),
    /** The fleet of its login account, if it has one. */
    accountFleet: z.optional(AccountItem).parse(item(ownerKey(dockSn)))?.fleet,
    topology: z.optional(TopologyItem).parse(item(topologyKey(dockSn))),
    aircraft: present(sns, itself, aircraftOf),
    // A machine with an account is a dock too, even if it was never bound.
    otherDocks: new Set(sns.filter((sn) => item(dockKey(sn)) ?? item(ownerKey(sn)))),
    organizations: present(
      organizationIds,
      itself,
      (id) => parseOrganization(item(organizationKey(id)))?.name,
    ),
    codes: present(
      [...codeKeys],
      ([name]) => name,
      ([, key]) => parseCode(item(key)),
    ),
    newAircraft: withinDay(seen, now),
    tally: { rev },
  }
}
export type KnownOfDock = Awaited<ReturnType<typeof readKnown>>

const withinDay = (seen: readonly NewAircraft[], now: number): NewAircraft[] =>
  seen.filter(({ at }) => now - at < dayMs)

/** Whether an aircraft is this dock's, and no other dock has taken it since. */
export const isOwn = (dockSn: string, aircraft: KnownAircraft | undefined): boolean =>
  aircraft?.dockSn === dockSn
