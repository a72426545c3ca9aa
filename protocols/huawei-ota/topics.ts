/**
 * The topics of upgrade reports, and how these are distinguished from a device's other events. Plain data:
 * the topic rules, the broker policies, the edge bridges and the simulator are generated from it.
 *
 * The vendor's topics begin with `$oc`. AWS reserves topics that begin with `$`, and may disconnect a client
 * that uses one (https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html), so a bridge
 * renames them.
 */

/** The topics of one device. `+` gives filters for all devices, `*` resource patterns. */
export const topicsOf = (deviceId: string) => ({
  /** Up: events, as a bridge or adapted firmware sends them. */
  events: `oc/devices/${deviceId}/sys/events/up`,
  /**
   * Up: events that come through the MQTT bridge of AWS IoT Greengrass. It can only put a prefix before a
   * topic (https://docs.aws.amazon.com/greengrass/v2/developerguide/mqtt-bridge-component.html).
   */
  prefixedEvents: `in/$oc/devices/${deviceId}/sys/events/up`,
  /** Down: the platform's requests to a device. */
  requests: `oc/devices/${deviceId}/sys/events/down`,
})

/** The vendor's own names of the topics, on the device's side of a bridge. */
export const nativeTopicsOf = (deviceId: string) => ({
  events: `$oc/devices/${deviceId}/sys/events/up`,
  requests: `$oc/devices/${deviceId}/sys/events/down`,
})

/**
 * What the cloud subscribes to, and the segment with the device's id, counted from 1 like the rules'
 * `topic(n)`.
 */
export const eventSources = {
  bridged: { filter: topicsOf('+').events, deviceIdSegment: 3 },
  prefixed: { filter: topicsOf('+').prefixedEvents, deviceIdSegment: 4 },
} as const

/**
 * A device id as IoTDA allows it: letters, digits, `_` and `-`, at most 128, usually the product's id, `_`
 * and the device's own (https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_0046.html,
 * 2025-05-16). None of these has a meaning in a topic, a key, a resource or a policy variable.
 */
export const deviceIdPattern = /^[A-Za-z0-9_-]{1,128}$/

/**
 * Values of `service_id`: upgrades, a device's introduction when it connects, and the time. From other
 * services on the same topics (`$file_manager`, and `$log`, which the vendor's Python SDK sends at every
 * connect) we only learn that the device is online.
 */
export const otaService = '$ota'
export const sdkInfoService = '$sdk_info'
export const timeService = '$time_sync'

/** Values of `event_type`. */
export const eventTypes = {
  upgradeReport: 'upgrade_progress_report',
  versionReport: 'version_report',
  versionQuery: 'version_query',
  sdkInfo: 'sdk_info_report',
  firmwareOffer: 'firmware_upgrade_v2',
  softwareOffer: 'software_upgrade_v2',
  olderFirmwareOffer: 'firmware_upgrade',
  olderSoftwareOffer: 'software_upgrade',
  timeRequest: 'time_sync_request',
  timeResponse: 'time_sync_response',
} as const
