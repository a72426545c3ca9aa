import type { ClientAction } from './client-action.ts'
import type { Refusal } from './refusal.ts'

/** Renames topics and topic filters between edge and bus; other names stay as they are. */
export type TopicRewrite = { toBus(topic: string): string; fromBus(topic: string): string }

/** A client's credentials in its CONNECT. */
export type Credentials = { clientId: string; username?: string | undefined; password?: Buffer | undefined }

/**
 * Decides who may connect to an edge broker, and what each client may do there. Topics have their names on
 * the bus.
 */
export type EdgeLogin = {
  /** Why these credentials are refused; undefined if they are accepted. */
  refusal(credentials: Credentials): Refusal | undefined
  authorize(action: ClientAction): boolean
}

/** An edge broker's rules. Without `login` anybody may connect. */
export type Edge = { rewrite: TopicRewrite; login?: EdgeLogin }

const replacePrefix = (topic: string, from: string, to: string): string =>
  topic.startsWith(from) ? to + topic.slice(from.length) : topic

/** `$oc/devices/…` on the edge is `oc/devices/…` on the bus. */
export const huaweiEdge: TopicRewrite = {
  toBus: (topic) => replacePrefix(topic, '$oc/devices/', 'oc/devices/'),
  fromBus: (topic) => replacePrefix(topic, 'oc/devices/', '$oc/devices/'),
}
