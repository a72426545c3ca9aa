import {
  alarmListPath,
  methods as alarmMethods,
  finalStatuses,
  flightStatusPath,
} from '../protocols/dji-alarms/topics.ts'
import { firmwarePath } from '../protocols/dji-dock/topics.ts'
import { dockSnPattern, dockSnSegment } from '../protocols/dji-remote-log/topics.ts'

/**
 * The AWS IoT SQL of topic rules. Pure.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
 */

/** The kind of a message in a shared queue; the queue's own kind has none. */
export type About = 'connection' | 'relay' | 'firmware' | 'progress'

/**
 * Passes the payload on exactly as sent, in base64, so that nothing in it can pass for a field of ours. The
 * sender comes from the topic.
 */
const envelope = (sourceSegment: number): string =>
  `SELECT encode(*, 'base64') AS payload, topic(${sourceSegment}) AS source, timestamp() AS receivedAt, newuuid() AS receiptId, clientid() AS clientId`

/**
 * The parsed message. The detour through `encode` and `decode` also lets invalid JSON through, to the
 * rejected messages; a plain `method` would end in a parse error of the rule.
 * https://docs.aws.amazon.com/iot/latest/developerguide/binary-payloads.html
 */
const message = "decode(encode(*, 'base64'), 'base64')"

/**
 * Selects messages by method. A message without `method` passes, because the vendor's own examples have none.
 */
export const select = (filter: string, methods: readonly string[], about?: About): string =>
  [
    envelope(dockSnSegment) + (about ? `, '${about}' AS about` : ''),
    `FROM '${filter}'`,
    `WHERE ${isOneOf(methods, 'method', methods[0])}`,
  ].join(' ')

const isOneOf = (values: readonly string[], path: string, otherwise = ''): string =>
  `get_or_default(${message}.${path}, '${otherwise}') IN [${values.map((value) => `'${value}'`).join(', ')}]`

/**
 * Whether the JSON text of a message matches a pattern. False if the message cannot be decoded: an expression
 * that evaluates to Undefined would leave a substitution template without a queue.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-func-regex-matches
 */
export const isFound = (pattern: string): string =>
  `get_or_default(regexp_matches(get_or_default(${message}, ''), '${pattern}'), false)`

/**
 * Also selects non-empty lists of alarms and the ends of flights: docks send both every two seconds, mostly
 * without content. Every operand is a Boolean, whatever the message contains: otherwise the whole statement
 * would evaluate to Undefined.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-operators.html
 */
export const selectWithAlarms = (filter: string, methods: readonly string[], about: About): string => {
  const alarms = `(${isOneOf([alarmMethods.alarms], 'method')} AND NOT isUndefined(get(${message}.${alarmListPath}, 0)))`
  const flights = `(${isOneOf([alarmMethods.flight], 'method')} AND ${isOneOf(Object.keys(finalStatuses), flightStatusPath)})`
  return `${select(filter, methods, about)} OR ${alarms} OR ${flights}`
}

/**
 * Selects everything on the topic. Devices report much else there, but one message may contain several
 * events, so the function sorts them.
 */
export const selectEvents = ({
  filter,
  deviceIdSegment,
}: {
  filter: string
  deviceIdSegment: number
}): string => `${envelope(deviceIdSegment)} FROM '${filter}'`

export const selectAbout = (about: About, segment: number, filter: string, where = ''): string =>
  `${envelope(segment)}, '${about}' AS about FROM '${filter}'${where && ` WHERE ${where}`}`

/** https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html, regexp_matches */
export const couldBeSn = (segment: number): string =>
  `regexp_matches(topic(${segment}), '${dockSnPattern.source}')`

export const hasFirmware = `regexp_matches(get_or_default(${message}.${firmwarePath}, ''), '.')`

/**
 * Selects everything on a topic that has only messages of this kind. Invalid JSON passes too: it gets no
 * answer, but is counted among the rejected messages.
 */
export const selectAll = (kind: 'request' | 'topology', filter: string): string =>
  `${envelope(dockSnSegment)}, '${kind}' AS kind FROM '${filter}'`

/** Selects the few messages on these topics that ask for an acknowledgement, by a field and not by method. */
export const selectNeedsReply = (kind: 'event' | 'state', filter: string): string =>
  [
    `${envelope(dockSnSegment)}, '${kind}' AS kind`,
    `FROM '${filter}'`,
    `WHERE get_or_default(${message}.need_reply, 0) IN [1]`,
  ].join(' ')
