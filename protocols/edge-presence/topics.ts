/**
 * Where a relay beside a broker tells of the docks behind it. Plain data: topic rules, policies and the relay
 * are made from it.
 */

/** Up, retained: whether a dock is there. `+` gives the filter for all docks, `*` the resource pattern. */
export const presenceTopicOf = (dockSn: string): string => `groundcrew/presence/${dockSn}`

export const presenceFilter = presenceTopicOf('+')

/** The dock's serial number is this segment, counted from 1 as the rules' `topic(n)` counts. */
export const presenceSnSegment = 3
