/**
 * Our answers to a dock: an answer in our own terms becomes a topic and a payload. Pure: the same answer
 * always gives the same message. A dock matches answers by ids, so that sending one twice is harmless.
 */
import type { DeviceMessage } from '../message.ts'
import { type Refusal, refusalCodes } from './codes.ts'
import type { AnswerTo } from './facts.ts'
import { topicsOf } from './topics.ts'

/** The values of an app at the vendor's developer site, without which docks do not work. Secret. */
export type Licence = { appId: string; appKey: string; appLicense: string }

/** A device and its organization, if it has one. */
export type BindStatus = {
  sn: string
  bound?: { organizationId: string; organizationName: string; callSign?: string }
}

/**
 * The answer to a request. `nothing`: there are no flight areas or maps; `bound`: the outcome for each
 * device.
 */
export type Answer =
  | { kind: 'config'; licence: Licence; ntpHost?: string; ntpPort?: number }
  | { kind: 'bindStatus'; devices: readonly BindStatus[] }
  | { kind: 'organization'; name: string }
  | { kind: 'bound'; devices: readonly { sn: string; refused?: Refusal }[] }
  | { kind: 'nothing' }
  | { kind: 'refused'; refusal: Refusal }

/** `sentAt` is epoch milliseconds. */
type To = { answerTo: AnswerTo; sentAt: number }

/** Answers a request. The payload of `config` contains the licence: it must not be logged or stored. */
export const answerRequest = (to: To & { dockSn: string }, answer: Answer): DeviceMessage =>
  reply(topicsOf(to.dockSn).requestsReply, to, dataOf(answer))

/** Acknowledges a dock's topology, or refuses it. */
export const answerTopology = (to: To & { dockSn: string; refused?: boolean }): DeviceMessage =>
  reply(topicsOf(to.dockSn).statusReply, to, { result: to.refused ? 1 : 0 })

/** Acknowledges an event of a dock or its aircraft. */
export const acknowledgeEvent = (to: To & { sn: string }): DeviceMessage =>
  reply(topicsOf(to.sn).eventsReply, to, { result: 0 })

/**
 * The same for properties. The form is that of a recorded platform, without `method`; what docks expect is
 * not documented (README.md).
 */
export const acknowledgeState = ({ sn, answerTo, sentAt }: To & { sn: string }): DeviceMessage => {
  const { method, ...ids } = answerTo
  return reply(topicsOf(sn).stateReply, { answerTo: ids, sentAt }, { result: 0 })
}

const reply = (topic: string, { answerTo, sentAt }: To, data: object): DeviceMessage => ({
  topic,
  payload: JSON.stringify({
    tid: answerTo.requestId,
    bid: answerTo.processId,
    timestamp: sentAt,
    method: answerTo.method,
    data,
  }),
})

const dataOf = (answer: Answer): object => {
  switch (answer.kind) {
    case 'config':
      // The only answer that is not wrapped.
      return {
        app_id: answer.licence.appId,
        app_key: answer.licence.appKey,
        app_license: answer.licence.appLicense,
        ntp_server_host: answer.ntpHost,
        ntp_server_port: answer.ntpPort,
      }
    case 'bindStatus':
      return { result: 0, output: { bind_status: answer.devices.map(bindStatus) } }
    case 'organization':
      return { result: 0, output: { organization_name: answer.name } }
    case 'bound':
      return { result: 0, output: { err_infos: answer.devices.map(bindOutcome) } }
    case 'nothing':
      return { result: 0, output: { files: [] } }
    case 'refused':
      return { result: refusalCodes[answer.refusal] }
  }
}

/** Strings are empty rather than missing: in the vendor's table none of them is optional. */
const bindStatus = ({ sn, bound }: BindStatus): object => ({
  sn,
  is_device_bind_organization: bound !== undefined,
  organization_id: bound?.organizationId ?? '',
  organization_name: bound?.organizationName ?? '',
  device_callsign: bound?.callSign ?? '',
})

const bindOutcome = ({ sn, refused }: { sn: string; refused?: Refusal }): object => ({
  sn,
  err_code: refused ? refusalCodes[refused] : 0,
})
