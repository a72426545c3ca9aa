import type { FlightOutcome } from './facts.ts'

/**
 * How alarms and ends of flights are distinguished from a dock's other traffic. Plain data: the topic rule is
 * generated from it. Both come on `events`, the topic of remote logs; an aircraft's alarms also come on the
 * aircraft's own topic.
 *
 * Source: DJI Cloud API, "HMS" and "Wayline" of Dock 1, 2 and 3 (README.md has the pages and their dates).
 */

/** The vendor's method names. */
export const methods = { alarms: 'hms', flight: 'flighttask_progress' } as const

/** The path of the list of alarms, which is empty most of the time. */
export const alarmListPath = 'data.list'
/** The path of a flight's status. */
export const flightStatusPath = 'data.output.status'

/** The statuses with which a flight ends; all others are of a flight in progress. */
export const finalStatuses: Readonly<Record<string, FlightOutcome>> = {
  ok: 'done',
  partially_done: 'partlyDone',
  failed: 'failed',
  canceled: 'canceled',
  rejected: 'rejected',
  timeout: 'timedOut',
}

/** The vendor's page that describes how a code maps to a text, and where the texts are. */
export const textsPage =
  'https://developer.dji.com/doc/cloud-api-tutorial/en/feature-set/dock-feature-set/hms.html'
