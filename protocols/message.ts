/**
 * The outcome of reading a message. `dropped`: the places of fields that could not be read, the first
 * hundred; the fact is the same as without them. `ignored`: well formed, but not what the
 * reader is for. `notUnderstood`: meant for us and unusable; `reason` is a stable code, `path` the place in the message
 * (`data.output.ext.files[0].size`).
 */
export type Read<Fact> =
  | { outcome: 'understood'; fact: Fact; dropped?: readonly string[] }
  | { outcome: 'ignored' }
  | { outcome: 'notUnderstood'; reason: string; path: string }

/** A message for a device. */
export type DeviceMessage = { topic: string; payload: string }
