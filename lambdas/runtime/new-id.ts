import { v7 } from 'uuid'

/** Makes a UUIDv7 for a time, epoch ms, so that ids sort records by creation. */
export type NewId = (now: number) => string
export const newId: NewId = (now) => v7({ msecs: now })

/** The time in such an id, epoch ms. https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7 */
export const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
