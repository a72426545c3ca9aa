import { finalStatuses } from '../dji-alarms/topics.ts'
import { endWords as upgradeEnds } from '../dji-firmware/statuses.ts'
import { endWords as uploadEnds } from '../dji-remote-log/statuses.ts'

/** The words with which a dock says of an archive, an upload, an upgrade, its aircraft's power, or a flight that it has ended. */
export const endWords: readonly string[] = [
  ...new Set([...uploadEnds, ...upgradeEnds, ...Object.keys(finalStatuses)]),
]

/**
 * A pattern that finds an event that ends something, in the event as JSON: one of these words as a `status`, of the
 * whole or of one of its files, or the code of a fault. What is found decides how soon an event is looked at, and
 * nothing else: one that says its end in another way is only later.
 *
 * Braces, quotes of AWS IoT SQL, and backslashes are none of it: the topic rule has it in a substitution template.
 */
export const endPattern = [
  `"status" *: *" *(${endWords.join('|')}) *"`,
  '"(step_)?result" *: *"? *-?0*[1-9]',
].join('|')
