import { v7 } from 'uuid'

/** A UUIDv7 of that time, epoch ms: ids of records order them by creation. */
export type NewId = (now: number) => string
export const newId: NewId = (now) => v7({ msecs: now })

/** When such an id was made, epoch ms. https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7 */
export const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
