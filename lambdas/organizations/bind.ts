import type { BindDevice } from '../../protocols/dji-dock/facts.ts'
import { invisible } from '../../protocols/invisible.ts'
import { type Table, writeTogether } from '../table/client.ts'
import { aircraftKey, bindingCodeKey, dockKey } from '../table/keys.ts'
import { defaultFleet } from '../table/settings.ts'
import { updateOf } from '../table/update.ts'
import { type BindOutcome, type Claim, codeName, fleetWith, freeAfterMs } from './decide-bind.ts'
import type { KnownOfDock } from './known.ts'
import { newAircraftPart } from './new-aircraft.ts'

/** Writes a decision about binding, on condition that nothing it rests on has changed. */

type Decided = {
  dockSn: string
  devices: readonly BindDevice[]
  outcomes: readonly BindOutcome[]
  known: KnownOfDock
  now: number
}

/** Docks that a code's record lists. */
const maxUsedBy = 5
const maxBoundAircraft = 10

/**
 * Writes all bindings in one transaction: devices, uses of codes, new aircraft. Resolves to false if
 * something has changed since it was read.
 */
export const writeBindings = async (table: Table, decided: Decided): Promise<boolean> => {
  const { dockSn, outcomes } = decided
  const binding = outcomes.filter(({ binds }) => binds)
  const parts = {
    ...Object.fromEntries(
      binding.map(({ sn, binds }, n) => [
        `device${n}`,
        binds && (sn === dockSn ? dockPart(table, decided, binds) : aircraftPart(table, decided, sn, binds)),
      ]),
    ),
    ...codeParts(table, decided),
    newAircraft: newAircraftPart(table, {
      dockSn,
      known: decided.known,
      now: decided.now,
      sns: binding.map(({ sn }) => sn).filter((sn) => sn !== dockSn),
    }),
    dock: boundAircraftPart(table, decided),
  }
  return (await writeTogether(table, parts)) === undefined
}

/** Invisible characters are removed from names. */
const seen = new RegExp(`[${invisible}]`, 'gu')
const nameOf = (devices: readonly BindDevice[], sn: string): string | undefined =>
  devices
    .find((device) => device.sn === sn)
    ?.callSign?.replace(seen, '')
    .trim() || undefined

const aircraftBound = ({ outcomes, known, dockSn }: Decided): string[] => {
  const now = outcomes.filter(({ sn, binds }) => binds && sn !== dockSn).map(({ sn }) => sn)
  return [...new Set([...now, ...(known.dock?.boundAircraft ?? [])])].slice(0, maxBoundAircraft)
}

/** Also refuses a device that the same request, delivered twice, has bound: it would take a second use. */
const isUnbound = 'attribute_not_exists(organizationId)'

const dockPart = (table: Table, decided: Decided, claim: Claim) => {
  const { dockSn, devices, known, now } = decided
  const fleet = known.codes.get(codeName(claim))?.fleet
  const callSign = nameOf(devices, dockSn)
  return {
    Update: {
      TableName: table.name,
      Key: dockKey(dockSn),
      ...updateOf({
        set: {
          dockSn,
          kind: 'dock',
          kindKey: dockSn,
          organizationId: claim.organizationId,
          boundWith: claim.hash,
          boundAt: now,
          boundAircraft: aircraftBound(decided),
        },
        once: {
          createdAt: now,
          fleet: fleet ?? known.accountFleet ?? defaultFleet,
          ...(callSign ? { name: callSign } : {}),
        },
      }),
      // `once` has set the fleet's value too: the dock's own, or the new one.
      ConditionExpression:
        fleet === undefined
          ? isUnbound
          : `${isUnbound} AND (attribute_not_exists(#fleet) OR #fleet = :fleet)`,
    },
  }
}

const aircraftPart = (table: Table, { dockSn, devices, known, now }: Decided, sn: string, claim: Claim) => ({
  Update: {
    TableName: table.name,
    Key: aircraftKey(sn),
    ...updateOf({
      set: {
        dockSn,
        organizationId: claim.organizationId,
        boundWith: claim.hash,
        seenAt: now,
        callSign: nameOf(devices, sn),
        fleet: fleetWith(
          known,
          devices.find((device) => device.sn === dockSn),
        ),
      },
      values: { ':free': now - freeAfterMs },
    }),
    ConditionExpression: `${isUnbound} AND (attribute_not_exists(dockSn) OR dockSn = :dockSn OR seenAt <= :free)`,
  },
})

/** One use per code, however many devices it binds. */
const codeParts = (table: Table, { dockSn, outcomes, known, now }: Decided) => {
  const claims = outcomes.flatMap(({ binds, takesUse }) => (binds && takesUse ? [binds] : []))
  const distinct = [...new Map(claims.map((claim) => [codeName(claim), claim])).values()]
  return Object.fromEntries(
    distinct.map((claim, n) => [
      `code${n}`,
      {
        Update: {
          TableName: table.name,
          Key: bindingCodeKey(claim.organizationId, claim.hash),
          ...updateOf({
            set: {
              usedBy: [{ dockSn, at: now }, ...(known.codes.get(codeName(claim))?.usedBy ?? [])].slice(
                0,
                maxUsedBy,
              ),
            },
            add: { usesLeft: -1 },
            values: { ':none': 0 },
          }),
          // How long it is good never changes.
          ConditionExpression: 'usesLeft > :none AND attribute_not_exists(revokedAt)',
        },
      },
    ]),
  )
}

/** If only the aircraft binds, the dock's item lists it too. */
const boundAircraftPart = (table: Table, decided: Decided) => {
  const { dockSn, outcomes } = decided
  if (outcomes.some(({ sn, binds }) => binds && sn === dockSn)) return undefined
  return {
    Update: {
      TableName: table.name,
      Key: dockKey(dockSn),
      ...updateOf({
        set: { boundAircraft: aircraftBound(decided) },
        values: { ':organizationId': decided.known.dock?.organizationId },
      }),
      ConditionExpression: 'organizationId = :organizationId',
    },
  }
}
