import type { ConnectedAircraft, Topology } from '../../protocols/dji-dock/facts.ts'
import { expiry, type Table, writeTogether } from '../table/client.ts'
import { aircraftKey, dockKey, topologyKey } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'
import { freeAfterMs } from './decide-bind.ts'
import { faultIn, type TopologyFault } from './decide-topology.ts'
import { type KnownOfDock, readKnown } from './known.ts'
import { newAircraftPart } from './new-aircraft.ts'

/** Records which aircraft are connected to a dock, as the dock reports it, if that is plausible. */

/**
 * An aircraft's own item is refreshed after this time, in ms: it decides whether another dock may have the
 * aircraft.
 */
const refreshAfterMs = 5 * 60_000
const maxAttempts = 4

type TopologyReport = { dockSn: string; topology: Topology; at: number }

/**
 * Records topologies. `at`: when the broker received it, epoch ms; an older or repeated one changes nothing.
 */
export const topologies = (table: Table) => ({
  take: async (report: TopologyReport): Promise<{ fault: TopologyFault } | undefined> => {
    const aircraftSns = report.topology.aircraft.map(({ sn }) => sn)
    for (let attempt = 1; ; attempt++) {
      const known = await readKnown(table, report.dockSn, { aircraftSns }, report.at)
      if (known.topology && known.topology.at >= report.at) return undefined
      const fault = faultIn(report.dockSn, report.topology, known, report.at)
      if (fault) return fault
      const refused = await write(table, report, known)
      if (!refused) return undefined
      if (attempt === maxAttempts) throw new Error('A topology was overtaken by others in every try')
    }
  },
})
export type Topologies = ReturnType<typeof topologies>

/** Resolves to whether the write was refused, since something has changed since it was read. */
const write = async (table: Table, report: TopologyReport, known: KnownOfDock): Promise<boolean> => {
  const { dockSn, topology, at } = report
  const parts = {
    // Written even if it is unchanged: its time keeps out late topologies from in between.
    topology: topologyPart(table, report),
    dock: dockPart(table, report, known),
    newAircraft: newAircraftPart(table, {
      dockSn,
      known,
      now: at,
      sns: topology.aircraft.map(({ sn }) => sn),
    }),
    ...Object.fromEntries(
      topology.aircraft
        .filter(({ sn }) => !isFresh(report, known, sn))
        .map((one, n) => [`aircraft${n}`, aircraftPart(table, report, one, known)]),
    ),
  }
  return (await writeTogether(table, parts)) !== undefined
}

const contentOf = ({ topology: { dock, aircraft, answerTo } }: TopologyReport) => ({
  dockModel: dock.model,
  aircraft,
  ...(answerTo ? {} : { asksNothing: true }),
})

const isFresh = ({ dockSn, at }: TopologyReport, { aircraft }: KnownOfDock, sn: string): boolean => {
  const one = aircraft.get(sn)
  return one?.dockSn === dockSn && at - (one.seenAt ?? 0) < refreshAfterMs
}

const topologyPart = (table: Table, report: TopologyReport) => ({
  Put: {
    TableName: table.name,
    Item: {
      ...topologyKey(report.dockSn),
      ...contentOf(report),
      at: report.at,
      expiresAt: expiry(report.at, table.retention.uploads),
    },
    ConditionExpression: 'attribute_not_exists(pk) OR #at < :at',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: { ':at': report.at },
  },
})

/** A registered dock shows the aircraft that it last had, switched off or on. */
const dockPart = (table: Table, { dockSn, topology }: TopologyReport, { dock }: KnownOfDock) => {
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
  { dockSn, at }: TopologyReport,
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
