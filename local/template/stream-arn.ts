/** Whether an event source mapping reads a table's stream, and not a queue. */
export const isStreamArn = (arn: unknown): boolean => /^arn:aws:dynamodb:/.test(String(arn))
