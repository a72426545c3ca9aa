/**
 * The topics of an edge broker. Devices that speak Huawei's protocol use `$oc/devices/…`; AWS reserves `$`, so a bridge renames them
 * (`edge/`). The local runtime's edge port does the same on the connection itself. An UNSUBSCRIBE is not renamed, because aedes has no hook for it.
 */

/** Renames topics and topic filters; each leaves alone what is not its own. */
export type TopicRewrite = { toBus(topic: string): string; fromBus(topic: string): string }

const replacePrefix = (topic: string, from: string, to: string): string =>
  topic.startsWith(from) ? to + topic.slice(from.length) : topic

/** `$oc/devices/…` on the edge is `oc/devices/…` on the bus. */
export const huaweiEdge: TopicRewrite = {
  toBus: (topic) => replacePrefix(topic, '$oc/devices/', 'oc/devices/'),
  fromBus: (topic) => replacePrefix(topic, 'oc/devices/', '$oc/devices/'),
}
