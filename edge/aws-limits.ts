/**
 * The limits of one AWS IoT Core connection, treated as fixed.
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */
export const limits = { subscriptions: 50, payloadBytes: 128 * 1024 }
