/**
 * The topics of remote-log messages, and how these are distinguished from a dock's other traffic. Plain data:
 * the topic rules, the broker policies, the edge bridges and the simulator are generated from it.
 *
 * Source: DJI Cloud API, "Remote Log" of Dock 1, 2 and 3 (README.md has the pages and their dates).
 */

/**
 * The four topics of one dock, in the vendor's terms. `+` gives filters for all docks, `*` resource patterns.
 */
export const topicsOf = (dockSn: string) => ({
  /** Down: commands. */
  services: `thing/product/${dockSn}/services`,
  /** Up: replies to commands. */
  servicesReply: `thing/product/${dockSn}/services_reply`,
  /** Up: progress. */
  events: `thing/product/${dockSn}/events`,
  /** Down: acknowledgements of events that need one. */
  eventsReply: `thing/product/${dockSn}/events_reply`,
})

/** What the cloud subscribes to. */
export const topicFilters = {
  replies: topicsOf('+').servicesReply,
  events: topicsOf('+').events,
} as const

/** The segment of a topic with the dock's serial number, counted from 1 like the rules' `topic(n)`. */
export const dockSnSegment = 3

/**
 * A serial number that is safe in topics, object keys, session tags, IAM resources and policy variables:
 * letters and digits only. The vendor documents no format; those seen have 14 to 20 characters.
 */
export const dockSnPattern = /^[A-Za-z0-9]{1,32}$/

/** The vendor's method names. */
export const methods = {
  list: 'fileupload_list',
  start: 'fileupload_start',
  update: 'fileupload_update',
  progress: 'fileupload_progress',
} as const

/**
 * Values of `method` that the rule on `services_reply` selects. The first stands in for a missing one:
 * `get_or_default` replaces missing and null values, whereas a comparison with a missing value is neither
 * true nor false, and selects nothing.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
 */
export const replyMethods: readonly string[] = [methods.list, methods.start, methods.update]

/** The same for the rule on `events`. */
export const eventMethods: readonly string[] = [methods.progress]

/**
 * Where a message may have its `files`. The documentation shows `data.files` (list replies),
 * `data.output.ext.files` (progress) and, on the page of 2023-07-18, `data.ext.files`.
 */
export const filesPaths: readonly string[] = [
  'data.output.ext.files',
  'data.output.files',
  'data.ext.files',
  'data.files',
]

/**
 * Fields that identify a message without `method` as ours (the examples of API v1.8 to v1.11 have none). The
 * reply to any command has `data.result`, so its command id tells whether it is ours; among events only ours
 * have `files`. `data.output.status` is no mark: every long-running command of a dock reports it.
 */
export const replyMarks: readonly string[] = ['data.result', ...filesPaths]

/** The same for events. */
export const eventMarks: readonly string[] = filesPaths
