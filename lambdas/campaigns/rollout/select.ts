import * as z from 'zod/mini'
import { VersionText } from '../../http/shapes.ts'
import { Labels } from '../../upgrades/device-shapes.ts'

/**
 * Which devices of a campaign's fleet it is for: of all that is named, each has to fit. With nothing named it
 * is for all of them. `versions`: what they say that they run.
 */
export const Select = z.strictObject({
  models: z.optional(
    z.array(z.string().check(z.minLength(1), z.maxLength(64))).check(z.minLength(1), z.maxLength(50)),
  ),
  versions: z.optional(z.array(VersionText).check(z.minLength(1), z.maxLength(50))),
  labels: z.optional(Labels),
})
export type Select = z.infer<typeof Select>
