import { topicsOf as dockTopics, topicsOfAircraft } from '../../protocols/dji-dock/topics.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'

/**
 * The topics of a relay. `sn` is a serial number, or `+` for all. `platform`: Groundcrew is the docks' only
 * platform.
 */

/** On the docks' broker: the messages of docks and their aircraft. The filter decides which of them cross. */
export const upward = (prefix: string): string[] => {
  const { events, requests, osd, state, status } = dockTopics('+')
  return [events, topicsOf('+').servicesReply, requests, osd, state, status].map((topic) => prefix + topic)
}

/** At AWS: the messages to a dock. */
export const downward = (sn: string, platform: boolean): string[] => {
  const { services, eventsReply } = topicsOf(sn)
  const { requestsReply, stateReply, statusReply } = dockTopics(sn)
  return [services, eventsReply, ...(platform ? [requestsReply, stateReply, statusReply] : [])]
}

/** At AWS, if Groundcrew is the platform: the messages to an aircraft, through its dock. */
export const downwardToAircraft = (sn: string): readonly string[] => topicsOfAircraft(sn).received
