import * as z from 'zod/mini'
import { deviceIdPattern } from '../../protocols/huawei-ota/topics.ts'
import { visibleText } from '../http/shapes.ts'

/** Identifiers and labels of devices. */

export const DeviceId = z.string().check(z.regex(deviceIdPattern, 'must be 1 to 128 of A-Z a-z 0-9 _ -'))

/**
 * Labels to select devices by: up to 16, each a name and a value. The few characters of names can stand in a
 * URL.
 */
export const Labels = z
  .record(
    z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be named with 1 to 64 of A-Z a-z 0-9 _ . -')),
    visibleText(64, 'must be 1 to 64 visible characters, without blanks around them'),
  )
  .check(z.refine((labels) => Object.keys(labels).length <= 16, 'must be 16 labels at most'))
