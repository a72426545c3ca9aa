import { nativeTopicsOf } from '../protocols/huawei-ota/topics.ts'

/** Mosquitto puts the MQTT user name here: a device's user name is its device id, at IoTDA too. */
const { events, requests } = nativeTopicsOf('%u')

/**
 * The access control list for the Mosquitto broker of devices that speak Huawei IoTDA's protocol: a device
 * may send events only as itself, and read only its own. Behind a bridge AWS sees one certificate for all
 * devices, so this list proves which device sent a message. `npm run edge -- mosquitto-devices-acl` writes
 * it; the broker reads it through `acl_file` (mosquitto.conf(5)). A gateway reports for its children on its
 * own topic.
 */
export const deviceAcl: string = `# Access of devices that speak Huawei IoTDA's protocol to this broker, made by Groundcrew. See docs/edge.md.
# %u is the MQTT user name. A device signs in with its device id as user name; nobody else may have that name.
# Needs in mosquitto.conf: acl_file with the path of this file, allow_anonymous false, and a login (docs/edge.md).
# A rule for # covers no topic that begins with $, so each is named. What else devices use here, add in the same form.
pattern write ${events}
pattern read ${requests}
`
