/**
 * The MQTT 5 reason codes with which AWS IoT Core refuses something.
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt5-reason-codes
 */
export const codes = {
  unspecified: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  unsupportedVersion: 0x84,
  clientIdNotValid: 0x85,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  shuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  qosNotSupported: 0x9b,
  sharedSubscriptionsNotSupported: 0x9e,
  administrativeAction: 0x98,
  subscriptionIdsNotSupported: 0xa1,
} as const

/** The answer to a client that connects before the broker is open. */
export class Unavailable extends Error {
  /** "Server unavailable", for a CONNACK of MQTT 3.1.1. */
  readonly returnCode: number = 3
}

/** Why the broker refuses something, as text; `code` is the reason code for an MQTT 5 client. */
export class Refusal extends Error {
  readonly code: number
  /** "Not authorized", for a CONNACK of MQTT 3.1.1. */
  readonly returnCode: number = 5
  /** What the client's operator can do, as a sentence. */
  readonly advice: string
  constructor(code: keyof typeof codes, reason: string, advice: string) {
    super(reason)
    this.name = 'Refusal'
    this.code = codes[code]
    this.advice = advice
  }
}
