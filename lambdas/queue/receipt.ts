/**
 * When a message was received, by our clock or the broker's, epoch ms, and under which id. `place`, 0 to
 * 99,999, is its order among messages of the same millisecond.
 */
export type Receipt = { receivedAt: number; receiptId: string; place?: number }
