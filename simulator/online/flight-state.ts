/** The statuses with which a task can end, in the vendor's words. */
export const flightEnds = ['ok', 'partially_done', 'failed', 'canceled', 'rejected', 'timeout'] as const
export type FlightEnding = (typeof flightEnds)[number]

/** A flight in the air. `cutPower`: nobody hears of its end. */
export type Flight = { land: (end: FlightEnding) => void; cutPower: () => void }

/** What changes in a dock with it. */
export type Flying = { flight?: Flight | undefined }

/** How far a flight is; `end` once it has ended. */
export type FlightReport = { flightId: string; percent: number; end?: FlightEnding }
