/**
 * How long a dock may take to answer, which is also the expiry of the MQTT message. Docks answer within
 * seconds; a listing takes longer because the dock asks its aircraft. Other deadlines are in `state.ts` and
 * `series.ts`.
 */
export const listAnswerSeconds = 30
export const startAnswerSeconds = 15
export const cancelAnswerSeconds = 15

/** After its credentials expire, a dock has this long to report how the upload ended. */
export const afterExpiryMs = 5 * 60_000
