import {
  alarmListPath,
  methods as alarmMethods,
  finalStatuses,
  flightStatusPath,
} from '../protocols/dji-alarms/topics.ts'
import { firmwarePath } from '../protocols/dji-dock/topics.ts'
import { dockSnPattern, dockSnSegment } from '../protocols/dji-remote-log/topics.ts'

/**
 * What topic rules select of the messages on their topics, as AWS IoT SQL. Pure.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
 */

/** What a message in a shared queue is about, where it is not what the queue is named for. */
export type About = 'connection' | 'relay' | 'firmware' | 'progress'

/**
 * Any payload reaches us exactly as sent, nothing in it can pose as ours, and who sent it is told by the topic.
 */
const envelope = (sourceSegment: number): string =>
  `SELECT encode(*, 'base64') AS payload, topic(${sourceSegment}) AS source, timestamp() AS receivedAt, newuuid() AS receiptId, clientid() AS clientId`

/**
 * The message as what it says. The detour over `encode` and `decode` lets what is not JSON pass, too, to be seen among
 * the rejected messages; a plain `method` would end as a parse error of the rule.
 * https://docs.aws.amazon.com/iot/latest/developerguide/binary-payloads.html
 */
const message = "decode(encode(*, 'base64'), 'base64')"

/** A message without `method` passes, since the vendor's own examples have none. */
export const select = (filter: string, methods: readonly string[], about?: About): string =>
  [
    envelope(dockSnSegment) + (about ? `, '${about}' AS about` : ''),
    `FROM '${filter}'`,
    `WHERE ${isOneOf(methods, 'method', methods[0])}`,
  ].join(' ')

const isOneOf = (values: readonly string[], path: string, otherwise = ''): string =>
  `get_or_default(${message}.${path}, '${otherwise}') IN [${values.map((value) => `'${value}'`).join(', ')}]`

/**
 * Whether a message, as JSON, has this pattern. False for what is no message of anybody: an expression that is Undefined
 * would leave a template without a queue.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-func-regex-matches
 */
export const isFound = (pattern: string): string =>
  `get_or_default(regexp_matches(get_or_default(${message}, ''), '${pattern}'), false)`

/**
 * Besides, lists of alarms that are not empty, and flights that have ended: docks say both every two seconds, and
 * mostly that there is nothing. Every side is a Boolean, whatever a message holds: with anything else a statement
 * would be Undefined as a whole.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-operators.html
 */
export const selectWithAlarms = (filter: string, methods: readonly string[], about: About): string => {
  const alarms = `(${isOneOf([alarmMethods.alarms], 'method')} AND NOT isUndefined(get(${message}.${alarmListPath}, 0)))`
  const flights = `(${isOneOf([alarmMethods.flight], 'method')} AND ${isOneOf(Object.keys(finalStatuses), flightStatusPath)})`
  return `${select(filter, methods, about)} OR ${alarms} OR ${flights}`
}

/**
 * Devices speak of much else on this topic; telling it apart is the function's business, since one message
 * may hold several.
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
 * What a dock asks or says, of that kind, from a topic that has nothing else. Nothing that is no JSON is
 * answered: but it is counted among the rejected messages.
 */
export const selectAll = (kind: 'request' | 'topology', filter: string): string =>
  `${envelope(dockSnSegment)}, '${kind}' AS kind FROM '${filter}'`

/** What asks for an acknowledgement, which little on these topics does: told by a field, whatever the method. */
export const selectNeedsReply = (kind: 'event' | 'state', filter: string): string =>
  [
    `${envelope(dockSnSegment)}, '${kind}' AS kind`,
    `FROM '${filter}'`,
    `WHERE get_or_default(${message}.need_reply, 0) IN [1]`,
  ].join(' ')
