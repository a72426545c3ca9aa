/** The final statuses of a task, in the vendor's words. */
export const flightEnds = ['ok', 'partially_done', 'failed', 'canceled', 'rejected', 'timeout'] as const
export type FlightEnding = (typeof flightEnds)[number]

/** A running flight. `cutPower`: its end is not reported. */
export type Flight = { land: (end: FlightEnding) => void; cutPower: () => void }

/** The flight state of a dock. */
export type Flying = { flight?: Flight | undefined }

/** The progress of a flight; `end` once it has ended. */
export type FlightReport = { flightId: string; percent: number; end?: FlightEnding }
