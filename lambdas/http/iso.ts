/** A time as JSON has it, from epoch ms. */
export const iso = (at: number): string => new Date(at).toISOString()
