import * as z from 'zod'
import { dockSnPattern } from '../protocols/dji-remote-log/topics.ts'
import { deviceIdPattern } from '../protocols/huawei-ota/topics.ts'

/**
 * The operator's input about a broker and its machines, checked before any of it becomes configuration. A
 * value is the rest of a line in Mosquitto's file, so a line break in it would start another line.
 */

/** A dock's or an aircraft's serial number, as in topics. */
export const SerialNumber = z.string().regex(dockSnPattern, {
  error: (issue) => `${JSON.stringify(issue.input)} is not a serial number (letters and digits, at most 32)`,
})

/** The id of a device that speaks Huawei IoTDA's protocol, as in topics. */
export const DeviceId = z.string().regex(deviceIdPattern, {
  error: (issue) =>
    `${JSON.stringify(issue.input)} is not a device id (letters, digits, _ and -, at most 128)`,
})

/** A host name or an IPv4 address. */
export const hostName =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/
const noControlCharacters = /^\P{Cc}*$/u
export const isLoopback = (host: string) => host === 'localhost' || /^127(\.\d{1,3}){3}$/.test(host)

const notAPort = { error: 'is not a port from 1 to 65535' }

const AbsolutePath = z
  .string()
  .startsWith('/', { error: 'must be an absolute path on the machine of the broker' })
  .regex(noControlCharacters, { error: 'holds a control character' })

const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, { error: 'takes letters, digits, _ . -, at most 100' })

const areDistinct = (ids: readonly string[]) => new Set(ids).size === ids.length

const LocalPrefix = z
  .string()
  .regex(/^[^\s\p{Cc}+#"$/][^\s\p{Cc}+#"]*\/$/u, { error: 'is not a topic prefix such as "site-a/"' })
  .optional()

/**
 * `insecurePlain` is for tests and the local runtime: without TLS nothing may leave the machine.
 * `allowRetained` is for a broker whose other clients need retained messages.
 */
const BridgeConnection = z.object({
  endpoint: z.string().regex(hostName, { error: 'is not a host name (no scheme, port or path)' }),
  port: z.int(notAPort).min(1, notAPort).max(65_535, notAPort).optional(),
  certificates: z.object({ ca: AbsolutePath, cert: AbsolutePath, key: AbsolutePath }).optional(),
  insecurePlain: z.boolean().optional(),
  allowRetained: z.boolean().optional(),
  bridgeName: Name,
  remoteClientId: Name,
})

/** The connection of a bridge to AWS IoT Core; part of every bridge request. */
export type BridgeConnection = z.infer<typeof BridgeConnection>

const tlsUnlessOnThisMachine = (request: BridgeConnection, context: z.RefinementCtx): void => {
  const refuse = (path: keyof BridgeConnection, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message })
  if (Boolean(request.certificates) === Boolean(request.insecurePlain))
    refuse('certificates', 'needs certificates, or insecurePlain instead of them')
  if (request.insecurePlain && !isLoopback(request.endpoint))
    refuse('insecurePlain', 'is only for an endpoint on this machine: without TLS others can listen and pose')
}

/**
 * The input of `dockBridge`. An empty list of docks means every dock of the broker. `localPrefix` is the
 * broker's prefix of the vendor's topics, with its trailing slash.
 */
export const DockBridgeRequest = BridgeConnection.extend({
  docks: z.array(SerialNumber).refine(areDistinct, { error: 'names a dock twice' }),
  localPrefix: LocalPrefix,
}).superRefine(tlsUnlessOnThisMachine)

export type DockBridgeRequest = z.infer<typeof DockBridgeRequest>

/** The input of `deviceBridge`. An empty list of devices means every device of the broker. */
export const DeviceBridgeRequest = BridgeConnection.extend({
  devices: z.array(DeviceId).refine(areDistinct, { error: 'names a device twice' }),
}).superRefine(tlsUnlessOnThisMachine)

export type DeviceBridgeRequest = z.infer<typeof DeviceBridgeRequest>

/** The input of `dockAcl`. `aircraft` maps a dock to the aircraft for which it reports. */
export const DockAclRequest = z.object({
  aircraft: z.array(z.object({ dockSn: SerialNumber, aircraftSn: SerialNumber })),
  localPrefix: LocalPrefix,
})

export type DockAclRequest = z.infer<typeof DockAclRequest>
