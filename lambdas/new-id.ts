import { v7 } from 'uuid'

/** A UUIDv7 of that time, epoch ms: ids of records order them by creation. */
export type NewId = (now: number) => string
export const newId: NewId = (now) => v7({ msecs: now })
