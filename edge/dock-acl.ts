import { topicsOf } from '../protocols/dji-remote-log/topics.ts'
import type { DockAclRequest } from './bridge-request.ts'

/** Mosquitto puts the MQTT user name here: a dock's user name is its serial number. */
const userName = '%u'

/**
 * The text of an access control list for the Mosquitto broker that docks use: a dock may publish and receive
 * on the topics of its own serial number only. Behind a bridge AWS sees one certificate for all docks, so
 * this list is what proves which dock spoke; without it any client of the broker can pose as any dock. `npm
 * run edge` writes it; the broker reads it through `acl_file` (mosquitto.conf(5)). The same request gives the
 * same text. The request must have passed `DockAclRequest`.
 *
 * A dock also reports for its aircraft, on the aircraft's topics, alarms (`events`) among them: those pairs
 * are named one by one.
 */
export const dockAcl = ({ aircraft, localPrefix = '' }: DockAclRequest): string => {
  const own = ownTopics(userName)
  const patterns = [
    ...own.write.map((topic) => `pattern write ${localPrefix}${topic}`),
    ...own.read.map((topic) => `pattern read ${localPrefix}${topic}`),
  ]
  const pairs = aircraft.flatMap(({ dockSn, aircraftSn }) => [
    '',
    `user ${dockSn}`,
    ...['osd', 'state', 'events'].map(
      (kind) => `topic write ${localPrefix}thing/product/${aircraftSn}/${kind}`,
    ),
  ])
  return `${[...heading, ...patterns, ...pairs].join('\n')}\n`
}

const heading = [
  '# Access of DJI docks to this broker, made by Groundcrew. See docs/edge.md.',
  '# %u is the MQTT user name. A dock signs in with its serial number as user name; nobody else may have that name.',
  '# Needs in mosquitto.conf: acl_file with the path of this file, password_file, allow_anonymous false.',
]

/**
 * Every topic a dock uses, not only those of remote logs: with a list in force the broker refuses all others,
 * and the dock's other work must go on.
 * https://developer.dji.com/doc/cloud-api-tutorial/en/api-reference/dock-to-cloud/mqtt/topic-definition.html
 */
const ownTopics = (dockSn: string) => {
  const { servicesReply, events, services, eventsReply } = topicsOf(dockSn)
  const ofDock = (kind: string) => `thing/product/${dockSn}/${kind}`
  return {
    write: [
      servicesReply,
      events,
      ...['osd', 'state', 'requests', 'property/set_reply', 'drc/up'].map(ofDock),
      `sys/product/${dockSn}/status`,
    ],
    read: [
      services,
      eventsReply,
      ...['requests_reply', 'property/set', 'drc/down'].map(ofDock),
      `sys/product/${dockSn}/status_reply`,
    ],
  }
}
