import type { ClientAction } from './client-action.ts'
import type { Refusal } from './refusal.ts'

/** Renames topics and topic filters; each leaves alone what is not its own. */
export type TopicRewrite = { toBus(topic: string): string; fromBus(topic: string): string }

/** What a client shows when it connects. */
export type Credentials = { clientId: string; username?: string | undefined; password?: Buffer | undefined }

/** Who may connect to an edge broker, and what each may do there; topics have their names on the bus. */
export type EdgeLogin = {
  /** Why these may not connect; undefined if they may. */
  refusal(credentials: Credentials): Refusal | undefined
  authorize(action: ClientAction): boolean
}

/** What an edge broker does to its clients. Anybody may connect without `login`. */
export type Edge = { rewrite: TopicRewrite; login?: EdgeLogin }

const replacePrefix = (topic: string, from: string, to: string): string =>
  topic.startsWith(from) ? to + topic.slice(from.length) : topic

/** `$oc/devices/…` on the edge is `oc/devices/…` on the bus. */
export const huaweiEdge: TopicRewrite = {
  toBus: (topic) => replacePrefix(topic, '$oc/devices/', 'oc/devices/'),
  fromBus: (topic) => replacePrefix(topic, 'oc/devices/', '$oc/devices/'),
}
