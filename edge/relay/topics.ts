import { topicsOf as dockTopics, topicsOfAircraft } from '../../protocols/dji-dock/topics.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'

/**
 * What a relay listens to. `sn` is a serial number, or `+` for all. `platform`: Groundcrew is the docks' only
 * platform.
 */

/** On the docks' broker: what docks and their aircraft say. Which of it crosses is the filter's business. */
export const upward = (prefix: string): string[] => {
  const { events, requests, osd, state, status } = dockTopics('+')
  return [events, topicsOf('+').servicesReply, requests, osd, state, status].map((topic) => prefix + topic)
}

/** At AWS: what is said to a dock. */
export const downward = (sn: string, platform: boolean): string[] => {
  const { services, eventsReply } = topicsOf(sn)
  const { requestsReply, stateReply, statusReply } = dockTopics(sn)
  return [services, eventsReply, ...(platform ? [requestsReply, stateReply, statusReply] : [])]
}

/** At AWS, where Groundcrew is the platform: what is said to an aircraft, by way of its dock. */
export const downwardToAircraft = (sn: string): readonly string[] => topicsOfAircraft(sn).received
