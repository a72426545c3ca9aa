/** Values that the examples share: one dock, one device, one day. */
export const dockSn = '7CTDM0000000001'
export const aircraftSn = '1581F0000000001'
export const deviceId = 'pump-17'
export const id = '019b1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b'
export const otherId = '019b1a2b-5d6e-7f70-9b8c-1d2e3f4a5b6c'
export const fleet = 'north'
export const person = 'ada@example.org'
export const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
export const md5 = '098f6bcd4621d373cade4e832627b4f6'

/** A time on that day. */
export const at = (time: string): string => `2026-11-21T${time}.000Z`

export const createdAt = at('10:02:00')
