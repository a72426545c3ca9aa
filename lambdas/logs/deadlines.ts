/**
 * The fixed times of uploads; the longest, `credentialsLifetimeSeconds`, is in
 * `storage/credentials/provider.ts`.
 */

/**
 * How long a dock may take to answer, which is also the expiry of the MQTT message. Docks answer within
 * seconds; a listing takes longer because the dock asks its aircraft.
 */
export const listAnswerSeconds = 30
export const startAnswerSeconds = 15
export const cancelAnswerSeconds = 15

/** After its credentials expire, a dock has this long to report how the upload ended. */
export const afterExpiryMs = 5 * 60_000

/** How long after the dock's last report a canceled upload waits for the dock to report its end. */
export const cancelGraceMs = 5 * 60_000

/** An archive that is not in storage this long after the dock's `ok` is missing. */
export const missingAfterMs = 5 * 60_000

/** After this long without progress the upload shows `stalledSince`. */
export const stalledAfterMs = 10 * 60_000

/**
 * The first retry waits this long after the end, so that it does not overtake a better report that comes by
 * another queue. Each further retry waits twice as long as the one before. The delay must be short: a
 * collection may have only ten minutes (the least `finishWithinSeconds`, and the least time after
 * `afterSeconds`, in `collections/rules/shapes.ts`), and a retry has to begin in that time.
 */
export const firstRetryDelayMs = 60_000

/**
 * A follow-up that could not be started for this long is dropped: an export blocks flights, and nobody
 * expects it that late.
 */
export const patienceMs = 60 * 60_000
