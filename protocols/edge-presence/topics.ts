/**
 * The topics on which a relay beside a broker reports docks' presence. Plain data: topic rules, policies and
 * the relay are generated from it.
 */

/** Up, retained: whether a dock is online. `+` gives the filter for all docks, `*` the resource pattern. */
export const presenceTopicOf = (dockSn: string): string => `groundcrew/presence/${dockSn}`

export const presenceFilter = presenceTopicOf('+')

/** The segment with the dock's serial number, counted from 1 like the rules' `topic(n)`. */
export const presenceSnSegment = 3
