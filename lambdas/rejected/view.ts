import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import type * as shapes from './shapes.ts'
import type { RejectedMessage } from './store.ts'

/** Rejected messages as the API shows them. Pure. */
export const rejectedView = ({
  firstAt,
  lastAt,
  ...row
}: RejectedMessage): View<typeof shapes.RejectedMessage> => ({
  ...row,
  firstAt: iso(firstAt),
  lastAt: iso(lastAt),
})
