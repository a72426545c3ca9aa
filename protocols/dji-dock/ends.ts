import { finalStatuses } from '../dji-alarms/topics.ts'
import { endWords as upgradeEnds } from '../dji-firmware/statuses.ts'
import { endWords as uploadEnds } from '../dji-remote-log/statuses.ts'

/**
 * The status words with which a dock reports the end of an archive, an upload, an upgrade, a power change or
 * a flight.
 */
export const endWords: readonly string[] = [
  ...new Set([...uploadEnds, ...upgradeEnds, ...Object.keys(finalStatuses)]),
]

/**
 * A pattern for events, as JSON, that report an end: one of these words as a `status`, of the whole or of one
 * of its files, or a fault code. A match only decides how soon an event is processed: an end that is
 * expressed in another way is processed later.
 *
 * It must not contain braces, quotes of AWS IoT SQL, or backslashes: the topic rule has it in a substitution
 * template.
 */
export const endPattern = [
  `"status" *: *" *(${endWords.join('|')}) *"`,
  '"(step_)?result" *: *"? *-?0*[1-9]',
].join('|')
