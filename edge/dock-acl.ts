import { topicsOfAircraft, topicsOfDock } from '../protocols/dji-dock/topics.ts'
import type { DockAclRequest } from './bridge-request.ts'

/** Mosquitto puts the MQTT user name here: a dock's user name is its serial number. */
const userName = '%u'

/**
 * The access control list for the Mosquitto broker that docks use: a dock may publish and receive only on the
 * topics of its own serial number. Behind a bridge AWS sees one certificate for all docks, so this list
 * proves which dock sent a message; without it any client of the broker can pose as any dock. `npm run edge`
 * writes it; the broker reads it through `acl_file` (mosquitto.conf(5)). The same request gives the same
 * text. The request must have passed `DockAclRequest`.
 *
 * A dock also reports for its aircraft, on the aircraft's topics, for example alarms (`events`): those pairs
 * are listed one by one.
 */
export const dockAcl = ({ aircraft, localPrefix = '' }: DockAclRequest): string => {
  // All topics that a dock uses: with an access list the broker refuses any other, and the dock must keep
  // working.
  const own = topicsOfDock(userName)
  const patterns = [
    ...own.published.map((topic) => `pattern write ${localPrefix}${topic}`),
    ...own.received.map((topic) => `pattern read ${localPrefix}${topic}`),
  ]
  const pairs = aircraft.flatMap(({ dockSn, aircraftSn }) => [
    '',
    `user ${dockSn}`,
    ...topicsOfAircraft(aircraftSn).published.map((topic) => `topic write ${localPrefix}${topic}`),
    ...topicsOfAircraft(aircraftSn).received.map((topic) => `topic read ${localPrefix}${topic}`),
  ])
  return `${[...heading, ...patterns, ...pairs].join('\n')}\n`
}

const heading = [
  '# Access of DJI docks to this broker, made by Groundcrew. See docs/edge.md.',
  '# %u is the MQTT user name. A dock signs in with its serial number as user name; nobody else may have that name.',
  '# Needs in mosquitto.conf: acl_file with the path of this file, password_file, allow_anonymous false.',
]
