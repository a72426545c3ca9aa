/** When and as what the broker took a message in: its clock, epoch ms, and its id. */
export type Receipt = { receivedAt: number; receiptId: string }
