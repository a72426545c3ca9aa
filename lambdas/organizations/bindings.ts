import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Refusal } from '../../protocols/dji-dock/codes.ts'
import type { BindStatus } from '../../protocols/dji-dock/down.ts'
import type { BindDevice } from '../../protocols/dji-dock/facts.ts'
import { isRefused, type Table, unlessRefused } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { aircraftKey, dockKey } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'
import { writeBindings } from './bind.ts'
import { type BindOutcome, claimOf, codeName, codeState, decideBind } from './decide-bind.ts'
import { isOwn, readKnown } from './known.ts'

/** Which organization docks and their aircraft belong to. */

/** Tries against concurrent writers: each reads the current items and decides again. */
const maxAttempts = 4

export const bindings = (table: Table) => ({
  /** The bindings of the dock and its aircraft; about other devices it says nothing. */
  status: async (dockSn: string, sns: readonly string[], now: number): Promise<BindStatus[]> => {
    const known = await readKnown(table, dockSn, { aircraftSns: sns }, now)
    const boundOf = (sn: string) => {
      if (sn === dockSn) return known.dock && { ...known.dock, callSign: known.dock.name }
      const aircraft = known.aircraft.get(sn)
      return isOwn(dockSn, aircraft) ? aircraft : undefined
    }
    const ids = sns.flatMap((sn) => boundOf(sn)?.organizationId ?? [])
    const claims = [...new Set(ids)].map((organizationId) => ({ organizationId, hash: '' }))
    const { organizations } = await readKnown(table, dockSn, { claims }, now)
    return sns.map((sn) => {
      const { organizationId, callSign } = boundOf(sn) ?? {}
      const organizationName = organizationId && organizations.get(organizationId)
      if (!organizationId || organizationName === undefined) return { sn }
      return { sn, bound: { organizationId, organizationName, ...(callSign ? { callSign } : {}) } }
    })
  },

  /** The name of an organization, for a dock that may bind to it, or is bound. */
  nameFor: async (
    dockSn: string,
    claimed: Omit<BindDevice, 'sn'>,
    now: number,
  ): Promise<{ name: string } | { refused: Refusal }> => {
    const claim = claimOf(claimed)
    const known = await readKnown(table, dockSn, { claims: [claim] }, now)
    const name = known.organizations.get(claim.organizationId)
    if (name === undefined) return { refused: 'noOrganization' }
    const { dock } = known
    const isBound = dock?.organizationId === claim.organizationId && dock.boundWith === claim.hash
    const code = known.codes.get(codeName(claim))
    const isUsable = code !== undefined && codeState(code, now) === 'usable'
    return isBound || isUsable ? { name } : { refused: 'wrongCode' }
  },

  /**
   * Binds a dock and its aircraft, as far as they may be bound, in one transaction. This registers an
   * unregistered dock. A repeat changes nothing, and takes no second use of the code.
   */
  bind: async (dockSn: string, devices: readonly BindDevice[], now: number): Promise<BindOutcome[]> => {
    const query = { aircraftSns: devices.map(({ sn }) => sn), claims: devices.map(claimOf) }
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const known = await readKnown(table, dockSn, query, now)
      const outcomes = decideBind(dockSn, devices, known, now)
      if (!outcomes.some(({ binds }) => binds)) return outcomes
      if (await writeBindings(table, { dockSn, devices, outcomes, known, now })) return outcomes
    }
    return devices.map(({ sn }) => ({ sn, refused: 'notBound' }))
  },

  /**
   * Removes a dock of these fleets, and the aircraft bound with it, from its organization, and records by
   * whom. Resolves to whether the dock exists. A repeat completes an interrupted call; otherwise it changes
   * only that record.
   */
  unbind: async (
    dockSn: string,
    fleets: Fleets,
    { by, now }: { by: string; now: number },
  ): Promise<boolean> => {
    const places = fleets === 'all' ? [] : fleets.map((fleet, n) => [`:fleet${n}`, fleet] as const)
    const isInFleet = places.length > 0 ? ` AND #fleet IN (${places.map(([name]) => name).join(', ')})` : ''
    if (fleets !== 'all' && places.length === 0) return false
    const none = { organizationId: undefined, boundWith: undefined, boundAt: undefined }
    const update = updateOf({
      set: { ...none, unbound: { by, at: now } },
      values: Object.fromEntries(places),
    })
    const outcome = await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: dockKey(dockSn),
          ...update,
          ...(isInFleet
            ? { ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#fleet': 'fleet' } }
            : {}),
          ConditionExpression: `attribute_exists(pk)${isInFleet}`,
          ReturnValues: 'ALL_OLD',
        }),
      ),
    )
    if (isRefused(outcome)) return false
    const { boundAircraft } = outcome.Attributes ?? {}
    const sns = Array.isArray(boundAircraft) ? boundAircraft.filter((sn) => typeof sn === 'string') : []
    for (const sn of sns) await unbindAircraft(table, dockSn, sn)
    if (sns.length > 0) await forgetAircraft(table, dockSn)
    return true
  },
})
export type Bindings = ReturnType<typeof bindings>

/** An aircraft that another dock has by now is left as it is. */
const unbindAircraft = (table: Table, dockSn: string, sn: string) =>
  unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: aircraftKey(sn),
        ...updateOf({
          set: { organizationId: undefined, boundWith: undefined, fleet: undefined },
          values: { ':dockSn': dockSn },
        }),
        ConditionExpression: 'dockSn = :dockSn',
      }),
    ),
  )

/**
 * Comes last, so that a repeat finds the aircraft that are still to be unbound. A dock that is bound again
 * meanwhile keeps its list.
 */
const forgetAircraft = (table: Table, dockSn: string) =>
  unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: dockKey(dockSn),
        UpdateExpression: 'REMOVE boundAircraft',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(organizationId)',
      }),
    ),
  )
