/**
 * When and as what a message was taken in: our time or the broker's, epoch ms, and an id. `place`, 0 to
 * 99,999, is the order among what came in the same millisecond.
 */
export type Receipt = { receivedAt: number; receiptId: string; place?: number }
