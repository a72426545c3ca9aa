/** Formats epoch ms as an ISO 8601 time, for JSON. */
export const iso = (at: number): string => new Date(at).toISOString()
