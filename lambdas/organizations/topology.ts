import type { ConnectedAircraft, Topology } from '../../protocols/dji-dock/facts.ts'
import { expiry, type Table, writeTogether } from '../table/client.ts'
import { aircraftKey, dockKey, topologyKey } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'
import { freeAfterMs } from './decide-bind.ts'
import { faultIn, type TopologyFault } from './decide-topology.ts'
import { type KnownOfDock, readKnown } from './known.ts'
import { newAircraftPart } from './new-aircraft.ts'

/** Which aircraft hang on a dock: what it says of that counts, as far as it can be so. */

/** An aircraft's own item is kept fresher: it decides whether another dock may have it. */
const seenAgainAfterMs = 5 * 60_000
const mostAttempts = 4

type Said = { dockSn: string; topology: Topology; at: number }

/** Takes topologies. `at`: when the broker had it, epoch ms; an older one changes nothing, nor does a repeat. */
export const topologies = (table: Table) => ({
  take: async (said: Said): Promise<{ fault: TopologyFault } | undefined> => {
    const aircraftSns = said.topology.aircraft.map(({ sn }) => sn)
    for (let attempt = 1; ; attempt++) {
      const known = await readKnown(table, said.dockSn, { aircraftSns }, said.at)
      if (known.topology && known.topology.at >= said.at) return undefined
      const fault = faultIn(said.dockSn, said.topology, known, said.at)
      if (fault) return fault
      const refused = await write(table, said, known)
      if (!refused) return undefined
      if (attempt === mostAttempts) throw new Error('A topology met others each time')
    }
  },
})
export type Topologies = ReturnType<typeof topologies>

/** Resolves to whether something is no longer as it was read. */
const write = async (table: Table, said: Said, known: KnownOfDock): Promise<boolean> => {
  const { dockSn, topology, at } = said
  const parts = {
    // Also where it says the same: its time keeps out what was said in between and comes late.
    topology: topologyPart(table, said),
    dock: dockPart(table, said, known),
    newAircraft: newAircraftPart(table, {
      dockSn,
      known,
      now: at,
      sns: topology.aircraft.map(({ sn }) => sn),
    }),
    ...Object.fromEntries(
      topology.aircraft
        .filter(({ sn }) => !isFresh(said, known, sn))
        .map((one, n) => [`aircraft${n}`, aircraftPart(table, said, one, known)]),
    ),
  }
  return (await writeTogether(table, parts)) !== undefined
}

const contentOf = ({ topology: { dock, aircraft, answerTo } }: Said) => ({
  dockModel: dock.model,
  aircraft,
  ...(answerTo ? {} : { asksNothing: true }),
})

const isFresh = ({ dockSn, at }: Said, { aircraft }: KnownOfDock, sn: string): boolean => {
  const one = aircraft.get(sn)
  return one?.dockSn === dockSn && at - (one.seenAt ?? 0) < seenAgainAfterMs
}

const topologyPart = (table: Table, said: Said) => ({
  Put: {
    TableName: table.name,
    Item: {
      ...topologyKey(said.dockSn),
      ...contentOf(said),
      at: said.at,
      expiresAt: expiry(said.at, table.retention.uploads),
    },
    ConditionExpression: 'attribute_not_exists(pk) OR #at < :at',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: { ':at': said.at },
  },
})

/** A registered dock shows the aircraft that it had last, off or on. */
const dockPart = (table: Table, { dockSn, topology }: Said, { dock }: KnownOfDock) => {
  const [first] = topology.aircraft
  if (!dock || !first || dock.connectedAircraftSn === first.sn) return undefined
  return {
    Update: {
      TableName: table.name,
      Key: dockKey(dockSn),
      ...updateOf({ set: { connectedAircraftSn: first.sn } }),
      ConditionExpression: 'attribute_exists(pk)',
    },
  }
}

const aircraftPart = (
  table: Table,
  { dockSn, at }: Said,
  { sn }: ConnectedAircraft,
  { dock }: KnownOfDock,
) => {
  const { organizationId } = dock ?? {}
  return {
    Update: {
      TableName: table.name,
      Key: aircraftKey(sn),
      ...updateOf({
        set: { dockSn, seenAt: at, ...(dock ? { fleet: dock.fleet } : {}) },
        values: {
          ':free': at - freeAfterMs,
          ...(organizationId ? { ':organizationId': organizationId } : {}),
        },
      }),
      ConditionExpression: [
        `(attribute_not_exists(organizationId)${organizationId ? ' OR organizationId = :organizationId' : ''})`,
        '(attribute_not_exists(dockSn) OR dockSn = :dockSn OR seenAt <= :free)',
      ].join(' AND '),
    },
  }
}
