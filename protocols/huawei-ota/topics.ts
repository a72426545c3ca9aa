/**
 * Where upgrade reports travel and how they are told from a device's other events. Plain data: the topic
 * rules, the broker policies, the edge bridges and the simulator are made from it.
 *
 * The vendor's topics begin with `$oc`. AWS reserves topics that begin with `$` and may end the connection of
 * who uses one (https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html), so a bridge
 * renames them on their way.
 */

/** The topics of one device. `+` gives filters for all devices, `*` resource patterns. */
export const topicsOf = (deviceId: string) => ({
  /** Up: events, as a bridge or changed firmware sends them. */
  events: `oc/devices/${deviceId}/sys/events/up`,
  /**
   * Up: events that come through the MQTT bridge of AWS IoT Greengrass. It can only put a prefix before a
   * topic (https://docs.aws.amazon.com/greengrass/v2/developerguide/mqtt-bridge-component.html).
   */
  prefixedEvents: `in/$oc/devices/${deviceId}/sys/events/up`,
  /** Down: what the platform asks of a device. */
  requests: `oc/devices/${deviceId}/sys/events/down`,
})

/** The vendor's own names of the topics, on the device's side of a bridge. */
export const nativeTopicsOf = (deviceId: string) => ({
  events: `$oc/devices/${deviceId}/sys/events/up`,
  requests: `$oc/devices/${deviceId}/sys/events/down`,
})

/**
 * What the cloud listens to. The device's id is this segment, counted from 1 as the rules' `topic(n)` counts.
 */
export const eventSources = {
  bridged: { filter: topicsOf('+').events, deviceIdSegment: 3 },
  prefixed: { filter: topicsOf('+').prefixedEvents, deviceIdSegment: 4 },
} as const

/**
 * A device id as IoTDA allows it: letters, digits, `_` and `-`, at most 128 of them, as a rule the product's
 * id, `_` and the device's own (https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_0046.html,
 * 2025-05-16). None of these means anything in a topic, a key, a resource or a policy variable.
 */
export const deviceIdPattern = /^[A-Za-z0-9_-]{1,128}$/

/**
 * Values of `service_id`: upgrades, what a device says of itself when it connects, and the time. Of others on
 * the same topics (`$file_manager`, and `$log`, which the vendor's Python SDK sends at every connect) we only
 * know that the device is there.
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
