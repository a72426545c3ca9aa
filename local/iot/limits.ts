/**
 * What AWS IoT Core's message broker accepts.
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits (quotas) and
 * https://docs.aws.amazon.com/iot/latest/developerguide/topics.html (topics that begin with `$` are reserved).
 * Not emulated: the 100 publishes and 512 KiB a second of one connection, 8 subscriptions a request and 50 a connection.
 */
export type BrokerLimits = {
  payloadBytes: number
  topicBytes: number
  topicSlashes: number
  clientIdBytes: number
  /** How long an undelivered QoS 1 message is kept for a persistent session, in seconds. */
  redeliverySeconds: number
}

export const awsLimits: BrokerLimits = {
  payloadBytes: 128 * 1024,
  topicBytes: 256,
  topicSlashes: 7,
  clientIdBytes: 128,
  redeliverySeconds: 3600,
}

/** Why a topic or topic filter cannot be used, or undefined if it can. */
export const topicFault = (topic: string, limits: BrokerLimits): string | undefined => {
  if (topic.startsWith('$')) return 'topics that begin with $ are reserved'
  if (Buffer.byteLength(topic) > limits.topicBytes) return `the topic exceeds ${limits.topicBytes} bytes`
  if (topic.split('/').length - 1 > limits.topicSlashes)
    return `the topic has more than ${limits.topicSlashes} slashes`
  return undefined
}

/** Why a message cannot be published, or undefined if it can. AWS knows QoS 0 and 1 only. */
export const publishFault = (
  message: { topic: string; payload: Buffer; qos: number },
  limits: BrokerLimits,
): string | undefined => {
  if (message.qos > 1) return 'QoS 2 is not supported'
  if (message.topic === '' || /[+#]/.test(message.topic)) return 'the topic is empty or has a wildcard'
  if (message.payload.length > limits.payloadBytes) return `the payload exceeds ${limits.payloadBytes} bytes`
  return topicFault(message.topic, limits)
}
