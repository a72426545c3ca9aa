/**
 * How long a dock may take to answer, which is also how long the broker keeps the command for a dock that is
 * away. What else ends by time is in `state.ts`, what follows and when in `series.ts`. Docks answer within
 * seconds; a list takes longer because the dock asks its aircraft.
 */
export const listAnswerSeconds = 30
export const startAnswerSeconds = 15
export const cancelAnswerSeconds = 15

/** After its credentials expire, a dock has this long to report how the upload ended. */
export const afterExpiryMs = 5 * 60_000
