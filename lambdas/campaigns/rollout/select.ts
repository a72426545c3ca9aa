import * as z from 'zod/mini'
import { Name, VersionText } from '../../http/shapes.ts'
import { Labels } from '../../upgrades/device-shapes.ts'

/**
 * Which devices of its fleet a campaign is for: a device must match each given field. Without any it is for
 * all. `versions`: those that devices report.
 */
export const Select = z.strictObject({
  models: z.optional(z.array(Name).check(z.minLength(1), z.maxLength(50))),
  versions: z.optional(z.array(VersionText).check(z.minLength(1), z.maxLength(50))),
  labels: z.optional(Labels),
})
export type Select = z.infer<typeof Select>
