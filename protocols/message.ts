import { isFields, type Part, parseJson } from './json.ts'

/**
 * The outcome of reading a message. `dropped`: the paths of fields that could not be read, at most a hundred;
 * the fact is the same as without them. `ignored`: well formed, but not what the reader is for.
 * `notUnderstood`: meant for us, but unusable; `reason` is a stable code, `path` the place in the message
 * (`data.output.ext.files[0].size`).
 */
export type Read<Fact> =
  | { outcome: 'understood'; fact: Fact; dropped?: readonly string[] }
  | { outcome: 'ignored' }
  | { outcome: 'notUnderstood'; reason: string; path: string }

/** A message for a device. */
export type DeviceMessage = { topic: string; payload: string }

export type NotUnderstood = Extract<Read<never>, { outcome: 'notUnderstood' }>

/** The outcome for a message that is meant for us but unusable. */
export const notUnderstood = <Reason extends string>(reason: Reason, path: string): NotUnderstood => ({
  outcome: 'notUnderstood',
  reason,
  path,
})

/** Parsed payloads, while these are in memory: several readers look at each. */
const parsed = new WeakMap<Uint8Array, { json: unknown }>()

const parsedOnce = (payload: Uint8Array): unknown => {
  const { json } = parsed.get(payload) ?? { json: parseJson(payload) }
  parsed.set(payload, { json })
  return json
}

/**
 * A payload as an object whose fields can be read; any bytes give an outcome. The bytes must not change
 * later.
 */
export const openObject = (payload: Uint8Array): Part | NotUnderstood => {
  const fields = parsedOnce(payload)
  if (fields === undefined) return notUnderstood('notJson', '')
  return isFields(fields) ? { fields, path: '', dropped: [] } : notUnderstood('notAnObject', '')
}
